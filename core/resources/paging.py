"""Keyset pages: signed cursors, both directions, nulls last, any mix of directions; never an offset."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from typing import Any

from django.core import signing
from django.db import models
from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.dateparse import parse_date, parse_datetime

from core.errors import FieldError, Invalid
from core.resources import slices

SALT = "cursor"
#: The parts in which a part of a list is read until there are so many rows.
Split = Callable[["Part", int], Iterable["Part"]]


def _whole(part: "Part", _most: int) -> Iterable["Part"]:
    """A part of a list, read at once."""
    return (part,)


@dataclass(frozen=True)
class Key:
    """One column of an order: descending or not, and whether it may be null (nulls come last, both ways)."""

    column: str
    descending: bool
    nullable: bool


@dataclass(frozen=True)
class Page:
    """The rows of one page, and the cursors of its neighbours."""

    rows: list[Any]
    next: str | None
    prev: str | None


def keys_of(
    model: type[models.Model], names: Sequence[str], computed: Collection[str] = frozenset()
) -> tuple[Key, ...]:
    """The order as keys, ended by the primary key so that it is total. Money orders by its minor units.

    `computed` are names of annotations: whole numbers, never null.
    """
    keys, seen = [], set()
    for name in [*names, "-id" if names and names[0].startswith("-") else "id"]:
        bare = name.lstrip("-")
        if bare in computed:
            keys.append(Key(bare, name.startswith("-"), False))
            continue
        column = f"{bare}_minor" if bare in getattr(model, "money_fields", {}) else bare
        field = model._meta.get_field("pk" if column == "pk" else column)
        if field.attname not in seen:  # type: ignore[union-attr]
            seen.add(field.attname)  # type: ignore[union-attr]
            keys.append(Key(field.attname, name.startswith("-"), field.null))  # type: ignore[union-attr]
    return tuple(keys)


def turn(
    queryset: QuerySet, keys: tuple[Key, ...], *, cursor: str | None, limit: int, about: str, split: Split = _whole
) -> Page:
    """The page after (or before) a cursor, or the first. `about` names list and filters: a cursor of another is refused with 422.
    `split` says in which parts what may be a part of it is read, in turn.

    Rows whose first column is null come last, and are asked for only where a page reaches them: the others are then in one plain
    order, in which the database seeks. So a page costs what its rows do, at any depth.
    """

    def read(part: "Part", most: int) -> QuerySet:
        return part.of(queryset)[:most]

    return page(queryset.model, read, keys, cursor=cursor, limit=limit, about=about, split=split)


def page(
    model: type[models.Model], read: Callable[["Part", int], Iterable[Any]], keys: tuple[Key, ...], *, cursor: str | None,
    limit: int, about: str, split: Split = _whole,
) -> Page:  # fmt: skip
    """As `turn`, of rows that `read` gives: so many of a part, in its order, from where it begins."""
    backwards, position = position_of(cursor, keys, about) if cursor else (False, None)
    position = typed(model, keys, position) if position is not None else None
    parts = chain.from_iterable(split(each, limit + 1) for each in _parts(keys, position, backwards))
    found = _gathered(parts, read, limit)
    return page_of(found, keys, about, limit=limit, backwards=backwards, is_first=position is None)


def _gathered(parts: Iterable["Part"], read: Callable[["Part", int], Iterable[Any]], limit: int) -> list[Any]:
    """A page and one more row, from the parts in turn."""
    found: list[Any] = []
    for part in parts:
        found += read(part, limit + 1 - len(found))
        if len(found) > limit:
            break
    return found


@dataclass(frozen=True)
class Part:
    """Rows of a list that are alike in whether the first column is null: how they are ordered, and where to begin among them.
    `within`: only those of them whose moment is in this slice.
    """

    keys: tuple[Key, ...]
    position: tuple[Any, ...] | None
    only: Q
    backwards: bool
    within: slices.Slice | None = None

    def of(self, queryset: QuerySet) -> QuerySet:
        rows = queryset.filter(self.only).order_by(*_order(self.keys, self.backwards))
        if self.within is not None:
            rows = rows.filter(slices.Within(self.within))
        return rows if self.position is None else rows.filter(_beyond(self.keys, self.position, self.backwards))

    @property
    def descends(self) -> bool | None:
        """Do all its columns descend, or ascend, as it is read? None where they differ, or one may be null."""
        directions = {key.descending for key in self.keys}
        one_way = len(directions) == 1 and not any(key.nullable for key in self.keys)
        return directions.pop() != self.backwards if one_way else None


def _parts(keys: tuple[Key, ...], position: Sequence[Any] | None, backwards: bool) -> list[Part]:
    """What is read in turn. Where the first column may be null: the rows that have it, and those that have not."""
    first, *rest = keys
    position = tuple(position) if position is not None else None
    if not first.nullable or not rest:
        return [Part(keys, position, Q(), backwards)]
    absent = Q(**{f"{first.column}__isnull": True})
    begins_absent = position is not None and position[0] is None
    having = Part((replace(first, nullable=False), *rest), None if begins_absent else position, ~absent, backwards)
    lacking = Part(tuple(rest), position[1:] if begins_absent and position is not None else None, absent, backwards)
    if position is None:
        return [having, lacking]
    if backwards:
        return [lacking, having] if begins_absent else [having]
    return [lacking] if begins_absent else [having, lacking]


def page_of(
    found: list[Any], keys: tuple[Key, ...], about: str, *, limit: int, backwards: bool, is_first: bool
) -> Page:
    """The page of up to `limit` rows and one more, as they were read: from a cursor, or from the beginning."""
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    after = more if not backwards else True
    before = not is_first if not backwards else more
    return Page(
        found,
        _write(keys, found[-1], about, backwards=False) if found and after else None,
        _write(keys, found[0], about, backwards=True) if found and before else None,
    )


def _order(keys: tuple[Key, ...], backwards: bool) -> list[Any]:
    found = []
    for key in keys:
        descending = key.descending != backwards
        options: dict[str, Any] = ({"nulls_first": True} if backwards else {"nulls_last": True}) if key.nullable else {}
        found.append(F(key.column).desc(**options) if descending else F(key.column).asc(**options))
    return found


def _beyond(keys: tuple[Key, ...], position: Sequence[Any], backwards: bool) -> Any:
    """Rows that come after the position in the order (or in its reverse)."""
    directions = {key.descending for key in keys}
    if len(directions) == 1 and not any(key.nullable for key in keys):
        # One row comparison: the database seeks in the index instead of scanning to the place.
        less = directions.pop() != backwards
        columns = Tuple(*(F(key.column) for key in keys))
        return TupleLessThan(columns, tuple(position)) if less else TupleGreaterThan(columns, tuple(position))
    found, head = Q(), Q()
    for key, value in zip(keys, position, strict=True):
        found |= head & _past(key, value, backwards)
        head &= Q(**{f"{key.column}__isnull": True}) if value is None else Q(**{key.column: value})
    return found & _bound(keys[0], position[0], backwards)


def _past(key: Key, value: Any, backwards: bool) -> Q:
    null = Q(**{f"{key.column}__isnull": True})
    if value is None:
        return ~null if backwards else Q(pk__in=())
    less = key.descending != backwards
    past = Q(**{f"{key.column}__{'lt' if less else 'gt'}": value})
    return past | null if key.nullable and not backwards else past


def _bound(key: Key, value: Any, backwards: bool) -> Q:
    """Redundant, but lets the database start at the place in the first column's index."""
    if key.nullable:
        return Q()
    return Q(**{f"{key.column}__{'lte' if key.descending != backwards else 'gte'}": value})


def _signer() -> signing.Signer:
    """Without a time stamp: the same page has the same cursors, and so the same ETag."""
    return signing.Signer(salt=SALT)


def _write(keys: tuple[Key, ...], row: Any, about: str, *, backwards: bool) -> str:
    values = [_plain(getattr(row, key.column)) for key in keys]
    return _signer().sign_object([about, int(backwards), values], compress=True)


def _plain(value: Any) -> Any:
    return (
        value.isoformat()
        if isinstance(value, date | datetime)
        else value
        if value is None or isinstance(value, bool | int | str)
        else str(value)
    )


def position_of(cursor: str, keys: tuple[Key, ...], about: str) -> tuple[bool, list[Any]]:
    """Whether a cursor goes backwards, and the values of the row that it stands at. Refuses with 422 one of another list."""
    try:
        said, backwards, values = _signer().unsign_object(cursor)
        if said != about or len(values) != len(keys):
            raise ValueError
    except (signing.BadSignature, ValueError, TypeError):
        raise Invalid(
            errors=[FieldError("cursor", "cursor", "That cursor is not of this list, order and filters; start again.")]
        ) from None
    return bool(backwards), list(values)


def typed(model: type[models.Model], keys: tuple[Key, ...], values: list[Any]) -> list[Any]:
    """Cursor values as the columns' own types."""
    found, columns = [], {each.attname: each for each in model._meta.concrete_fields}
    for key, value in zip(keys, values, strict=True):
        field = columns.get(key.column)
        if isinstance(field, models.DateTimeField) and value is not None:
            value = parse_datetime(value)
        elif isinstance(field, models.DateField) and value is not None:
            value = parse_date(value)
        found.append(value)
    return found
