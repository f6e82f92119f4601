"""Full text: which index answers `q` for a model, and how its hits are paged, the best tier first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import models
from django.db.models import Q, QuerySet

from core.resources import paging
from core.resources.facets import Counts

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


class Mirror(Protocol):
    """An engine of its own that holds a copy of a model's rows, and may be asked in the database's place.

    It is asked with the query itself, so that who may see what is part of what it looks for. Whatever it cannot answer exactly as the
    database would, it answers with None: then the database is asked. Its copy may be some seconds old.
    """

    def keys(self, rows: QuerySet, most: int, *, backwards: bool = False) -> list[int] | None:
        """The keys of the first rows, the newest first, or the oldest."""
        ...

    def count(self, rows: QuerySet) -> int | None:
        """How many rows there are."""
        ...

    def counts(
        self,
        rows: QuerySet,
        columns: Sequence[str],
        tokens: Sequence[int],
        spans: Mapping[str, tuple[Sequence[str], Sequence[str]]],
    ) -> Counts | None:
        """Counts over all of the rows: `spans` has, by name, the paths where the least and the most are."""
        ...


_indexes: dict[type[models.Model], TextIndex] = {}
_mirrors: dict[type[models.Model], Mirror] = {}
ROUNDS = 3


def register_mirror(model: type[models.Model], mirror: Mirror) -> None:
    """Let this engine be asked before the database, for pages by relevance, their counts, and facets."""
    _mirrors[model] = mirror


def mirror_of(model: type[models.Model]) -> Mirror | None:
    return _mirrors.get(model)


def count(rows: QuerySet, most: int) -> int:
    """How many rows there are, counting no further than `most`; where the database counts, in the order that they have."""
    mirror = mirror_of(rows.model)
    found = mirror.count(rows) if mirror is not None else None
    return min(found, most) if found is not None else rows.values("pk")[:most].count()


def first(rows: QuerySet, among: QuerySet, most: int, *, backwards: bool = False) -> list[Any]:
    """The first rows, the newest first or the oldest. Where a mirror finds them they are read from `among`, whose condition is
    part of theirs: what has changed since and does not meet it any more is left out, and what comes next takes its place.
    """
    mirror, found = mirror_of(rows.model), list[Any]()
    for _round in range(ROUNDS):
        asked = most - len(found)
        keys = mirror.keys(rows, asked, backwards=backwards) if mirror is not None else None
        if keys is None:
            break
        read = {row.pk: row for row in among.filter(pk__in=keys)} if keys else {}
        found += [read[key] for key in keys if key in read]
        if len(found) == most or len(keys) < asked:
            return found
        rows = rows.filter(pk__gt=keys[-1]) if backwards else rows.filter(pk__lt=keys[-1])
    return found + list(rows.order_by("pk" if backwards else "-pk")[: most - len(found)])


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
        asked = limit + 1 - len(page)
        if number == PINNED:
            part = _put_first(rows, found.first, after, backwards=backwards)[:asked]
        else:
            tier = rows.filter(tiers[number])
            if after is not None:
                tier = tier.filter(pk__gt=after) if backwards else tier.filter(pk__lt=after)
            part = first(tier, rows, asked, backwards=backwards)
        for row in part:
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
