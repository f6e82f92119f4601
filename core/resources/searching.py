"""Full text: which index answers `q` for a model, and how its hits are paged, the best tier first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import models
from django.db.models import Q, QuerySet

from core.resources import paging

RELEVANCE = "relevance"
KEYS = (paging.Key("tier", descending=False, nullable=False), paging.Key("pk", descending=True, nullable=False))


@dataclass(frozen=True)
class Found:
    """What a text finds among some rows.

    `tiers`: conditions from the best hits to the last; no row meets two of them. `whole`: what meets any of them.
    `meant`: the text with its words corrected, where the last tier was found by that, else nothing.
    """

    tiers: tuple[Q, ...]
    whole: Q
    meant: str = ""


class TextIndex(Protocol):
    """Finds rows of one model by text. It narrows the rows it is given and never adds to them: who may see what is theirs."""

    words: str

    def exactly(self, text: str) -> Q:
        """The rows that have every word of the text; all rows for a text without a word."""
        ...

    def find(self, text: str, rows: QuerySet) -> Found | None:
        """The hits of a text among these rows, corrected where too few have it as it is written; None without a word."""
        ...


_indexes: dict[type[models.Model], TextIndex] = {}


def register(model: type[models.Model], index: TextIndex) -> None:
    """Let this index answer `q` of the model's resource, in the API and in the admin. Call it when the app is ready."""
    _indexes[model] = index


def index_of(model: type[models.Model]) -> TextIndex | None:
    """The index of a model; None where `q` looks into its columns."""
    return _indexes.get(model)


def turn(rows: QuerySet, tiers: Sequence[Q], *, cursor: str | None, limit: int, about: str) -> paging.Page:
    """The page after (or before) a cursor of hits by relevance: tier by tier, the newest row first in each.

    A tier is asked only once those before it are exhausted, so a frequent word costs what its first page does: at most one
    query for each tier, however many rows there are.
    """
    backwards, position = paging.position_of(cursor, KEYS, about) if cursor else (False, None)
    start, key = position if position is not None else (0, None)
    if start >= len(
        tiers
    ):  # the last tier is gone since: what was beyond it is nothing, what was before it is all of the rest
        start, key = (len(tiers) - 1, None) if backwards else (len(tiers), None)
    numbers = range(start, -1, -1) if backwards else range(start, len(tiers))
    found: list[Any] = []
    for number in numbers:
        part = rows.filter(tiers[number]).order_by("pk" if backwards else "-pk")
        if number == start and key is not None:
            part = part.filter(pk__gt=key) if backwards else part.filter(pk__lt=key)
        for row in part[: limit + 1 - len(found)]:
            row.tier = number
            found.append(row)
        if len(found) > limit:
            break
    return paging.page_of(found, KEYS, about, limit=limit, backwards=backwards, is_first=position is None)
