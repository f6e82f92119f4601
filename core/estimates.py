"""What the database's own statistics say of its tables, remembered for minutes: how many rows, how often an element of a column
is met, how moments are spread. Of PostgreSQL; anything else tells nothing. Only what a way of asking costs may depend on it, never
an answer."""

import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.db import connection

#: For so many seconds what the statistics said is remembered.
REMEMBERED = 300
ELEMENTS = "unnest(most_common_elems::text::text[], most_common_elem_freqs)"
MOMENTS = "unnest(most_common_vals::text::timestamptz[], most_common_freqs)"
BOUNDS = "unnest(histogram_bounds::text::timestamptz[])"
_told: dict[tuple[Any, ...], tuple[float, Any]] = {}


def forget() -> None:
    """Read the statistics anew next time."""
    _told.clear()


@dataclass(frozen=True)
class Spread:
    """How the moments of a column are spread, in seconds since 1970: `parts[i]` of them are no earlier than `seconds[i]`. The latest
    come first."""

    count: float
    seconds: Sequence[float]
    parts: Sequence[float]

    def part_since(self, moment: float) -> float:
        """Which part of them is no earlier than this moment."""
        return _between(-moment, [-each for each in self.seconds], self.parts)

    def moment_of(self, part: float) -> float:
        """Since when there is this part of them."""
        return _between(part, self.parts, self.seconds)


def elements(table: str, column: str) -> Mapping[str, float]:
    """The elements that are met most often in a column of arrays or lexemes, each with the part of the rows that has it."""

    def read() -> Mapping[str, float]:
        found = _rows("element, share", f"LATERAL {ELEMENTS} AS common(element, share)", table, column)
        return {element: share for element, share in found if element is not None}

    return _remembered((elements, table, column), read)


def spread(table: str, column: str) -> Spread | None:
    """How the moments of a column are spread; None where that is not known."""

    def read() -> Spread | None:
        common = _rows(
            "extract(epoch FROM value)::float8, share", f"LATERAL {MOMENTS} AS common(value, share)", table, column
        )
        bounds = _rows("extract(epoch FROM value)::float8", f"LATERAL {BOUNDS} AS bound(value)", table, column)
        counted = "(SELECT reltuples FROM pg_class WHERE oid = format('%%I', tablename)::regclass)"
        counts = _rows(f"{counted} * (1 - null_frac)", "(SELECT) AS alone", table, column)
        return (
            _spread(counts[0][0], common, sorted((each for (each,) in bounds), reverse=True))
            if len(bounds) > 1
            else None
        )

    return _remembered((spread, table, column), read)


def _spread(count: float, common: Sequence[tuple[float, float]], bounds: Sequence[float]) -> Spread:
    """Between two bounds lie as many as between any others; the most common moments are told besides."""
    apart = max(1 - sum(share for _value, share in common), 0.0) / (len(bounds) - 1)
    steps = sorted([(bounds[0], 0.0), *((each, apart) for each in bounds[1:]), *common], reverse=True)
    total = sum(share for _value, share in steps) or 1.0
    return Spread(count, [value for value, _share in steps], list(accumulate(share / total for _value, share in steps)))


def _between(value: float, known: Sequence[float], told: Sequence[float]) -> float:
    """What is told of a value, where it is told of those that are known, which ascend; of what is between two, in proportion."""
    place = bisect_left(known, value)
    if place == 0 or place == len(known):
        return told[min(place, len(known) - 1)]
    before, after = known[place - 1], known[place]
    return told[place - 1] + (told[place] - told[place - 1]) * (value - before) / (after - before)


def _rows(what: str, beside: str, table: str, column: str) -> list[tuple[Any, ...]]:
    if connection.vendor != "postgresql":
        return []
    of_column = "schemaname = current_schema() AND tablename = %s AND attname = %s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {what} FROM pg_stats, {beside} WHERE {of_column}", [table, column])  # noqa: S608  names
        return cursor.fetchall()


def _remembered[T](key: tuple[Any, ...], read: Callable[[], T]) -> T:
    at, found = _told.get(key, (-float(REMEMBERED), None))
    if time.monotonic() - at >= REMEMBERED:
        found = read()
        _told[key] = (time.monotonic(), found)
    return found  # type: ignore[return-value]
