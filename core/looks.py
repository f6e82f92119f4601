"""Who is told that somebody looked at a row: whether its answer was made for them or had been kept for everybody."""

from collections import defaultdict
from collections.abc import Callable

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
