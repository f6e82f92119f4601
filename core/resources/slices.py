"""Slices of time: the numbers by which an index knows when a moment is, and the rows of a list that are in some of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, F, Func

#: How wide they are, in seconds: an hour, and always eight times as much, up to 170 days. An index is made of them: changing one
#: means making it anew.
WIDTHS = tuple(3_600 * 8**place for place in range(5))


def number(seconds: float, place: int) -> int:
    """The number of the slice that these seconds since 1970 are in, of those whose width is at this place."""
    return int(seconds // WIDTHS[place]) * len(WIDTHS) + place


def numbers_of(column: str) -> str:
    """SQL of PostgreSQL: the numbers of the slices, one of each width, that the moment of a column is in."""
    seconds = f"extract(epoch FROM {column} AT TIME ZONE 'UTC')"
    each = [f"floor({seconds} / {width})::bigint * {len(WIDTHS)} + {place}" for place, width in enumerate(WIDTHS)]
    return f"ARRAY[{', '.join(each)}]"


class Numbers(Func):
    """The numbers of a column's moment, for an index of PostgreSQL."""

    def __init__(self, column: str) -> None:
        super().__init__(F(column))

    def as_sql(self, compiler: Any, connection: Any, *_arguments: Any, **_options: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = compiler.compile(self.source_expressions[0])
        return numbers_of(column), (*parameters,) * len(WIDTHS)


@dataclass(frozen=True)
class Slice:
    """The moments of a column from `since` on and before `until`, where these are given. All have one of the `numbers`, or are no
    earlier than `besides`: said once more, so that the index finds them."""

    column: str
    since: datetime | None
    until: datetime | None
    numbers: tuple[int, ...] = ()
    besides: datetime | None = None

    def condition(self, column: str) -> tuple[str, list[Any]]:
        """SQL of PostgreSQL, with its parameters: the column, by this name, is within."""
        met: list[tuple[str, list[Any]]] = []
        if self.since is not None:
            met.append((f"{column} >= %s", [self.since]))
        if self.until is not None:
            met.append((f"{column} < %s", [self.until]))
        if self.numbers and self.besides is not None:
            found = f"({numbers_of(column)} && %s::bigint[] OR {column} >= %s)"
            met.append((found, [list(self.numbers), self.besides]))
        elif self.numbers:
            met.append((f"{numbers_of(column)} && %s::bigint[]", [list(self.numbers)]))
        return " AND ".join(text for text, _values in met), [each for _text, values in met for each in values]


class Within(Func):
    """A condition on rows: their moment is within a slice."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, of: Slice) -> None:
        super().__init__(F(of.column))
        self.of = of

    def as_sql(self, compiler: Any, connection: Any, *_arguments: Any, **_options: Any) -> tuple[str, tuple[Any, ...]]:
        column, _parameters = compiler.compile(self.source_expressions[0])
        text, values = self.of.condition(column)
        return f"({text})", tuple(values)
