"""Who is told that somebody looked at a row, or searched and found nothing: whether the answer was made for them or had been kept for
everybody."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from core.rules import Actor

type Notice = Callable[[HttpRequest, Actor, int], None]
_noticing: dict[str, list[Notice]] = defaultdict(list)


def on_look(label: str) -> Callable[[Notice], Notice]:
    """Call the function with each request that is answered one whole row of the model, "catalog.listing", who asks, and its key.

    It answers nothing, must not raise, and must not write to the database: a read stays a read.
    """

    def register(notice: Notice) -> Notice:
        _noticing[label].append(notice)
        return notice

    return register


def looked(request: HttpRequest, response: HttpResponse, label: str, key: int, *, by: Actor) -> HttpResponse:
    """The response, with what it shows told to everybody who notices, now and whenever it is given again."""
    response.shows = (label, key)  # type: ignore[attr-defined]
    notice(request, (label, key), by=by)
    return response


def notice(request: HttpRequest, shows: tuple[str, int] | None, *, by: Actor) -> None:
    """Tell those who notice looks at what is shown, if it is one row."""
    if shows is not None:
        for each in _noticing.get(shows[0], ()):
            each(request, by, shows[1])


@dataclass(frozen=True)
class Miss:
    """A text that no row has as it is written: of which model, in which place, and what was probably meant, if that was found."""

    label: str
    text: str
    place: Any
    meant: str


type Regret = Callable[[HttpRequest, Actor, Miss], None]
_regretting: dict[str, list[Regret]] = defaultdict(list)


def on_miss(label: str) -> Callable[[Regret], Regret]:
    """Call the function with each search of the model's rows that found nothing as it was written. It promises what `on_look` does."""

    def register(regret: Regret) -> Regret:
        _regretting[label].append(regret)
        return regret

    return register


def missed(request: HttpRequest, response: HttpResponse, miss: Miss, *, by: Actor) -> HttpResponse:
    """The response, with what it lacks told to everybody who wants to know, now and whenever it is given again."""
    response.misses = miss  # type: ignore[attr-defined]
    regret(request, miss, by=by)
    return response


def regret(request: HttpRequest, miss: Miss | None, *, by: Actor) -> None:
    """Tell of a search that found nothing, if it is one."""
    if miss is not None:
        for each in _regretting.get(miss.label, ()):
            each(request, by, miss)
