"""What a typed document may hold: definitions of its values, as plain values without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

from core.audiences import ALL, Audience
from core.resources.kinds import colours, locations
from core.resources.tokens import Space, pack

BUCKETS = 64
EARLIEST, LATEST = 1900, 2100
TEXT_LIMIT = 500


class Kind(StrEnum):
    """What sort of value it is."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    MULTI_CHOICE = "multi_choice"
    BOOLEAN = "boolean"
    DATE = "date"
    MONEY = "money"
    RANGE = "range"
    COLOUR = "colour"
    LOCATION = "location"


CHOOSING = (Kind.CHOICE, Kind.MULTI_CHOICE)
RANGED = (Kind.NUMBER, Kind.DATE, Kind.MONEY, Kind.RANGE)
MEASURED = (Kind.NUMBER, Kind.RANGE)
BOUNDED = (Kind.NUMBER, Kind.RANGE, Kind.MONEY)
#: How the values of a kind may be counted beside results, the usual way first; what is not here is not counted.
FACETS = {
    Kind.CHOICE: ("terms",),
    Kind.MULTI_CHOICE: ("terms",),
    Kind.BOOLEAN: ("terms",),
    Kind.COLOUR: ("terms",),
    Kind.NUMBER: ("span", "histogram"),
    Kind.RANGE: ("span",),
    Kind.MONEY: ("span", "histogram"),
    Kind.DATE: ("histogram",),
}


@dataclass(frozen=True)
class Option:
    """One of the values that may be chosen. Documents hold its code; an archived one stays readable but is not taken anew.

    `under`: the code of the other choice's option with which alone it is offered, such as the make of a model.
    """

    id: int
    code: str
    label: str
    position: int = 0
    is_archived: bool = False
    under: str = ""


@dataclass(frozen=True)
class Condition:
    """When a value is asked for: only where another has one of these values, or any value at all."""

    code: str
    values: tuple[str, ...] = ()

    def holds(self, document: Mapping[str, Any]) -> bool:
        """Does the document meet it?"""
        held = document.get(self.code)
        if held in (None, "", []):
            return False
        words = held if isinstance(held, list) else [str(held).lower() if isinstance(held, bool) else held]
        return not self.values or any(each in self.values for each in words)


@dataclass(frozen=True)
class Definition:
    """One value of a document: its code, kind and bounds; whether it must be there, and what may be asked of it.

    `unit` is what numbers are kept in, and the currency of money; bounds of money are in minor units.
    `index_low` and `index_high` are frozen: between them numbers fall into equal buckets, whatever the bounds become.
    `pattern` is what a text must match (core.resources.patterns). `depends_on`: the choice that decides which options there
    are. `shown_if`: when it is asked for at all. `read`: the audiences that see it, and that write it where they may write the
    document. `source`: who defines it. `searchable`: its values are words to find the row by. `facet_kind`: how it is counted, where
    that is not as usual. `is_narrowed`: it says less may be said than one
    above it would. `group`: the heading that it stands under; groups go by `group_position`, what is in none comes first.
    """

    id: int
    code: str
    label: str
    kind: Kind
    unit: str = ""
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    is_integer: bool = False
    index_low: float | None = None
    index_high: float | None = None
    required: bool = False
    filterable: bool = False
    facetable: bool = False
    position: int = 0
    read: Audience = ALL
    options: tuple[Option, ...] = field(default=())
    source: str = ""
    pattern: str = ""
    depends_on: str = ""
    shown_if: Condition | None = None
    searchable: bool = True
    facet_kind: str = ""
    group: str = ""
    group_position: int = -1
    is_narrowed: bool = False

    @property
    def facet(self) -> str:
        """How it is counted beside results: as staff say, else as is usual for its kind; empty where it is not."""
        return (self.facet_kind or next(iter(FACETS.get(self.kind, ())), "")) if self.facetable else ""

    def option(self, code: Any) -> Option | None:
        """The option of this code, archived or not."""
        return self._by_code.get(code) if isinstance(code, str) else None

    @cached_property
    def _by_code(self) -> dict[str, Option]:
        return {each.code: each for each in self.options}

    @cached_property
    def open_options(self) -> tuple[Option, ...]:
        return tuple(each for each in self.options if not each.is_archived)

    def tokens(self, value: Any) -> list[int]:
        """The tokens of one value; none for text, which is searched and not filtered, and for a value of a former kind."""
        try:
            return self._tokens(value)
        except (TypeError, ValueError, KeyError, AttributeError):
            return []

    def _tokens(self, value: Any) -> list[int]:
        if self.kind in CHOOSING:
            codes = value if isinstance(value, list) else [value]
            chosen = [self.option(code) for code in codes]
            return [pack(Space.OPTION, each.id) for each in chosen if each is not None]
        if self.kind is Kind.BOOLEAN:
            return [pack(Space.FLAG, self.id, int(value))]
        if self.kind is Kind.RANGE:
            return self.buckets(value["least"], value["most"])
        if self.kind is Kind.COLOUR:
            return [pack(Space.BUCKET, self.id, colours.PLACES[colours.family_of(value)])]
        if self.kind is Kind.LOCATION:
            return [pack(Space.BUCKET, self.id, locations.cell(value["latitude"], value["longitude"]))]
        if self.kind in RANGED:
            return [pack(Space.BUCKET, self.id, self.bucket(value["amount"] if self.kind is Kind.MONEY else value))]
        return []

    def bucket(self, value: Any) -> int:
        """The bucket of a number or date. Never falls as the value rises, so that a range is a run of buckets."""
        if self.kind is Kind.DATE:
            return min(max(date.fromisoformat(value).year, EARLIEST), LATEST) - EARLIEST
        if self.index_low is not None and self.index_high is not None and self.index_high > self.index_low:
            share = (value - self.index_low) / (self.index_high - self.index_low)
            return min(max(int(share * BUCKETS), 0), BUCKETS - 1)
        return _magnitude(value)

    @property
    def last_bucket(self) -> int:
        if self.kind is Kind.DATE:
            return LATEST - EARLIEST
        bounded = self.index_low is not None and self.index_high is not None and self.index_high > self.index_low
        return BUCKETS - 1 if bounded else 2 * _MAGNITUDES

    def buckets(self, least: Any, most: Any) -> list[int]:
        """The tokens of every bucket from least to most; None is no bound on that side."""
        first = 0 if least is None else self.bucket(least)
        last = self.last_bucket if most is None else self.bucket(most)
        return [pack(Space.BUCKET, self.id, each) for each in range(first, last + 1)]


_MAGNITUDES = 120


def _magnitude(value: float) -> int:
    """Two buckets for each doubling, for numbers without known bounds: 0 is in the middle, the negative ones below."""
    size, step = abs(value), 0
    bound = 2**-10
    while step < _MAGNITUDES and size >= bound:
        step += 1
        bound *= 1.5 if step % 2 else 4 / 3
    return _MAGNITUDES + step if value >= 0 else _MAGNITUDES - step


def unasked(definitions: Sequence[Definition], document: Mapping[str, Any]) -> frozenset[str]:
    """The codes that this document is not asked for. What is not asked for has no value that another could wait for."""
    waiting = [each for each in definitions if each.shown_if is not None]
    gone: frozenset[str] = frozenset()
    for _round in waiting:
        rest = {code: value for code, value in document.items() if code not in gone}
        found = frozenset(each.code for each in waiting if each.shown_if is not None and not each.shown_if.holds(rest))
        if found == gone:
            break
        gone = found
    return gone


def tokens_of(document: Mapping[str, Any], definitions: Sequence[Definition], extra: Sequence[int] = ()) -> list[int]:
    """Every token of a document: those of the defined values that it is asked for, and the extra ones (places the row stands in)."""
    found, gone = set(extra), unasked(definitions, document)
    for each in definitions:
        value = document.get(each.code)
        if value is not None and each.code not in gone:
            found.update(each.tokens(value))
    return sorted(found)
