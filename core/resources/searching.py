"""Full text: which index answers `q` for a model, and how its hits are paged, the best tier first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import models
from django.db.models import Q, QuerySet

from core.resources import paging

RELEVANCE = "relevance"
#: The number of the tier of those that staff put first: before all others.
PINNED = -1
KEYS = (paging.Key("tier", descending=False, nullable=False), paging.Key("pk", descending=True, nullable=False))


@dataclass(frozen=True)
class Found:
    """What a text finds among some rows.

    `tiers`: conditions from the best hits to the last; no row meets two of them. `whole`: what meets any of them.
    `meant`: the text with its words corrected, where the last tier was found by that, else nothing. `first`: the keys of those that
    stand before all others, where they are among the rows; they are in no tier. `is_unmet`: no row has the text as it is written.
    """

    tiers: tuple[Q, ...]
    whole: Q
    meant: str = ""
    first: tuple[int, ...] = ()
    is_unmet: bool = False


class TextIndex(Protocol):
    """Finds rows of one model by text. It narrows the rows it is given and never adds to them: who may see what is theirs."""

    words: str

    def exactly(self, text: str) -> Q:
        """The rows that have every word of the text; all rows for a text without a word."""
        ...

    def find(self, text: str, rows: QuerySet, place: Any = None) -> Found | None:
        """The hits of a text among these rows, corrected where too few have it as it is written; None without a word.

        `place` is what `documents.place_of` says of the request, such as a category: where the rows are looked for.
        """
        ...


_indexes: dict[type[models.Model], TextIndex] = {}


def register(model: type[models.Model], index: TextIndex) -> None:
    """Let this index answer `q` of the model's resource, in the API and in the admin. Call it when the app is ready."""
    _indexes[model] = index


def index_of(model: type[models.Model]) -> TextIndex | None:
    """The index of a model; None where `q` looks into its columns."""
    return _indexes.get(model)


def turn(rows: QuerySet, found: Found, *, cursor: str | None, limit: int, about: str) -> paging.Page:
    """The page after (or before) a cursor of hits by relevance: those put first, then tier by tier, the newest row first in each.

    A tier is asked only once those before it are exhausted, so a frequent word costs what its first page does: at most one
    query for each tier, however many rows there are.
    """
    tiers = found.tiers
    backwards, position = paging.position_of(cursor, KEYS, about) if cursor else (False, None)
    start, key = position if position is not None else (PINNED, None)
    if start >= len(
        tiers
    ):  # the last tier is gone since: what was beyond it is nothing, what was before it is all of the rest
        start, key = (len(tiers) - 1, None) if backwards else (len(tiers), None)
    numbers = range(start, PINNED - 1, -1) if backwards else range(start, len(tiers))
    page: list[Any] = []
    for number in numbers:
        after = key if number == start else None
        part: Any
        if number == PINNED:
            part = _put_first(rows, found.first, after, backwards=backwards)
        else:
            asked = rows.filter(tiers[number]).order_by("pk" if backwards else "-pk")
            if after is not None:
                asked = asked.filter(pk__gt=after) if backwards else asked.filter(pk__lt=after)
            part = asked
        for row in part[: limit + 1 - len(page)]:
            row.tier = number
            page.append(row)
        if len(page) > limit:
            break
    return paging.page_of(page, KEYS, about, limit=limit, backwards=backwards, is_first=position is None)


def _put_first(rows: QuerySet, keys: Sequence[int], after: int | None, *, backwards: bool) -> Sequence[Any]:
    """The rows of these keys in the order of the keys: those beyond the key, if one is given. One that is not among them any more is
    taken for the last.
    """
    if not keys:
        return []
    place = keys.index(after) if after in keys else len(keys)
    wanted = keys if after is None else keys[:place] if backwards else keys[place + 1 :]
    present = {row.pk: row for row in rows.filter(pk__in=wanted)}
    found = [present[key] for key in wanted if key in present]
    return found[::-1] if backwards else found
