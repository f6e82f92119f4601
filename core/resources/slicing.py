"""Lists in slices of time: where many rows have the tokens that are asked for, those that come next in the order of the list are gathered
first, and others only where these do not fill the page.

An index of tokens knows in which slices the moment of a row is, so what is gathered is bounded by the page and not by how many match.
Rows and order are what they would be without: each slice is a part of the list, read in its turn. The database's statistics say how
far a slice has to reach; if they are wrong the page costs more, at most half as much again as gathering all at once does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil, prod
from typing import Any

from django.db.models import Model, Q

from core import context, estimates
from core.resources.paging import Part
from core.resources.slices import WIDTHS, Slice, number
from core.resources.tokens import TokensIndex

#: So many times the rows of a page are looked for at first, since what else is asked for leaves fewer; then always so many times as
#: many. Where all that match are not so many times as many as are looked for, they are gathered at once.
ROOM, FARTHER, WORTH = 3, 8, 3
#: Where a page is met among so many rows of the list, those are looked at one by one, as the planner sees for itself.
WALKED = 1_000
#: In so many slices of one width, where there is one so wide.
MOST = 16


def of_part(model: type[Model], asked: Q, part: Part, most: int) -> Iterator[Part]:
    """The parts of a part of a list, to be read in turn until there are `most` rows; `asked` is what all of them meet."""
    descends, table = part.keys[0].descending != part.backwards, model._meta.db_table
    index = _index(model, part, asked) if descends or part.position is not None else None
    share = _share(asked, index.fields[0], estimates.elements(table, index.fields[0])) if index is not None else 0.0
    spread = estimates.spread(table, part.keys[0].column) if 0 < share < min(most / WALKED, 1) else None
    if spread is None:
        yield part
        return
    begins = part.position[0].timestamp() if part.position is not None else None
    here = spread.part_since(begins) if begins is not None else 0.0
    matching, left = spread.count * share, 1 - here if descends else here
    wanted, edge = float(ROOM * most), spread.seconds[0] if begins is None else begins
    last: datetime | None = None
    while wanted * WORTH <= matching * left:
        reach = here + wanted / matching * (1 if descends else -1)
        newest = begins is None and last is None
        numbers, besides, edge = _numbers(edge, spread.moment_of(reach), descends=descends, newest=newest)
        ends = datetime.fromtimestamp(edge, UTC)
        yield replace(part, within=_slice(part, last, ends, descends=descends, numbers=numbers, besides=besides))
        last, wanted = ends, wanted * FARTHER
    yield part if last is None else replace(part, within=_slice(part, last, None, descends=descends))


def _slice(
    part: Part, begins: datetime | None, ends: datetime | None, *, descends: bool, numbers: tuple[int, ...] = (),
    besides: datetime | None = None,
) -> Slice:  # fmt: skip
    since, until = (ends, begins) if descends else (begins, ends)
    return Slice(part.keys[0].column, since, until, numbers, besides)


def _index(model: type[Model], part: Part, asked: Q) -> TokensIndex | None:
    """The index that knows the slices of the order's first column, of all rows that meet what is asked; None where there is none."""
    for each in model._meta.indexes:
        if isinstance(each, TokensIndex) and each.moment == part.keys[0].column and not part.keys[0].nullable:
            met = _met(asked)
            return each if all(one in met for one in _met(each.condition or Q())) else None
    return None


def _met(asked: Any) -> list[Any]:
    """The conditions that all rows meet, of those that are asked for."""
    if not isinstance(asked, Q) or asked.connector != Q.AND or asked.negated:
        return [asked]
    return [one for each in asked.children for one in _met(each)]


def _share(asked: Any, column: str, common: Mapping[str, float]) -> float:
    """Which part of the rows has the tokens that are asked for, were each met independently of the others; 1 where none are."""
    if isinstance(asked, Q):
        parts = [_share(each, column, common) for each in asked.children]
        if asked.negated or asked.connector not in (Q.AND, Q.OR):
            return 1.0
        return min(sum(parts), 1.0) if asked.connector == Q.OR else prod(parts)
    name, value = asked if isinstance(asked, tuple) else ("", ())
    if name == f"{column}__overlaps":
        return min(sum(common.get(str(each), 0.0) for each in value), 1.0)
    return prod(common.get(str(each), 0.0) for each in value) if name == f"{column}__has_all" else 1.0


def _numbers(
    begins: float, reaches: float, *, descends: bool, newest: bool
) -> tuple[tuple[int, ...], datetime | None, float]:
    """The slices from here to so far at least; and where they end, which is where one of them does. `newest`: with those of all that
    is newer than where they begin, up to now, and with the moment after those: what says that it is later has no slice."""
    distance = abs(begins - reaches)
    place = next((place for place, width in enumerate(WIDTHS) if distance <= width * MOST), len(WIDTHS) - 1)
    width = WIDTHS[place]
    # One of them at least, or the next would be this one again.
    ends = (min(reaches, begins - 1) // width if descends else max(ceil(reaches / width), begins // width + 1)) * width
    first, last = sorted((number(begins, place), number(ends, place)))
    found = list(range(first, last + 1, len(WIDTHS)))
    if not newest:
        return tuple(found), None, float(ends)
    top, now = (begins // width + 1) * width, context.now().timestamp()
    while top <= now:
        widest = max(place for place, width in enumerate(WIDTHS) if top % width == 0)
        found.append(number(top, widest))
        top += WIDTHS[widest]
    return tuple(found), datetime.fromtimestamp(top, UTC), float(ends)
