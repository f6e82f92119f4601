"""What a typed document may hold: definitions of its values, as plain values without a database."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from core.audiences import ALL, Audience
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


CHOOSING = (Kind.CHOICE, Kind.MULTI_CHOICE)
RANGED = (Kind.NUMBER, Kind.DATE)


@dataclass(frozen=True)
class Option:
    """One of the values that may be chosen. Documents hold its code; an archived one stays readable but is not taken anew."""

    id: int
    code: str
    label: str
    position: int = 0
    is_archived: bool = False


@dataclass(frozen=True)
class Definition:
    """One value of a document: its code, kind and bounds; whether it must be there, and what may be asked of it.

    `index_low` and `index_high` are frozen: between them numbers fall into equal buckets, whatever the bounds become.
    `read`: the audiences that see it, and that write it where they may write the document. `source`: who defines it.
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

    def option(self, code: Any) -> Option | None:
        """The option of this code, archived or not."""
        return next((each for each in self.options if each.code == code), None)

    @property
    def open_options(self) -> tuple[Option, ...]:
        return tuple(each for each in self.options if not each.is_archived)

    def tokens(self, value: Any) -> list[int]:
        """The tokens of one value; none for text, which is searched and not filtered."""
        if self.kind in CHOOSING:
            codes = value if isinstance(value, list) else [value]
            chosen = [self.option(code) for code in codes]
            return [pack(Space.OPTION, each.id) for each in chosen if each is not None]
        if self.kind is Kind.BOOLEAN:
            return [pack(Space.FLAG, self.id, int(value))]
        if self.kind in RANGED:
            return [pack(Space.BUCKET, self.id, self.bucket(value))]
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


def tokens_of(document: dict[str, Any], definitions: tuple[Definition, ...], extra: list[int] = ()) -> list[int]:  # type: ignore[assignment]
    """Every token of a document: those of its defined values, and the extra ones (places the row stands in)."""
    found = set(extra)
    for each in definitions:
        value = document.get(each.code)
        if value is not None:
            found.update(each.tokens(value))
    return sorted(found)


def schema_of(definitions: tuple[Definition, ...]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a complete document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {each.code: _property(each) for each in definitions},
        "required": [each.code for each in definitions if each.required],
        "additionalProperties": False,
    }


def _property(definition: Definition) -> dict[str, Any]:
    found: dict[str, Any] = {"title": definition.label}
    if definition.help:
        found["description"] = definition.help
    if definition.unit:
        found["x-unit"] = definition.unit
    codes = [each.code for each in definition.open_options]
    match definition.kind:
        case Kind.TEXT:
            found |= {"type": "string", "minLength": 1, "maxLength": TEXT_LIMIT}
        case Kind.NUMBER:
            found["type"] = "integer" if definition.is_integer else "number"
            found |= {} if definition.minimum is None else {"minimum": whole_if_whole(definition.minimum)}
            found |= {} if definition.maximum is None else {"maximum": whole_if_whole(definition.maximum)}
        case Kind.CHOICE:
            found |= {"type": "string", "enum": codes}
        case Kind.MULTI_CHOICE:
            found |= {"type": "array", "items": {"type": "string", "enum": codes}, "uniqueItems": True, "minItems": 1}
        case Kind.BOOLEAN:
            found["type"] = "boolean"
        case Kind.DATE:
            found |= {"type": "string", "format": "date"}
    if definition.kind in CHOOSING:
        found["x-labels"] = {each.code: each.label for each in definition.open_options}
    return found


def whole_if_whole(number: float) -> int | float:
    """2020.0 reads 2020."""
    return int(number) if number == int(number) else number
