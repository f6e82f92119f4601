"""Statements that are asked again and again, put into words once: what Django would otherwise build anew for every request.

A statement is named by the function that builds its queryset and by everything that the function is told, rules included: conditions
that differ in anything, be it a value, are other statements. So nothing that changes may be known to the function otherwise.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import BaseExpression
from django.db.models.query import ModelIterable
from django.db.models.sql import UpdateQuery

type Change = tuple[QuerySet, dict[str, Any]]
#: Which value a parameter stands for, and the type as which the driver gets it.
type Place = tuple[int, type]


@dataclass(frozen=True)
class Words:
    """A statement, where it is asked, and how its columns become values of the model's."""

    database: str
    sql: str
    parameters: tuple[Any, ...]
    converters: dict[int, tuple[list[Any], Any]]


def rows_of(
    build: Callable[..., QuerySet], *told: Any, which: str = "", values: Sequence[Any] = ()
) -> list[SimpleNamespace]:
    """The rows of `build(*told)`, by the names of their columns; of those, the ones that are meant by `which`, what follows a WHERE
    about `seen`, with a placeholder for each value. It is written by us; `values` may be anybody's."""
    words = _told(build, told)
    if words is None:
        return []
    sql, parameters = words.sql, words.parameters
    if which:
        sql, parameters = f"SELECT * FROM ({sql}) AS seen WHERE {which}", (*parameters, *values)  # noqa: S608
    connection = connections[words.database]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [each[0] for each in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for place, (converters, expression) in words.converters.items():
        for row in found:
            for converter in converters:
                row[names[place]] = converter(row[names[place]], expression, connection)
    return [SimpleNamespace(**row) for row in found]


def _told(build: Callable[..., QuerySet], told: tuple[Any, ...]) -> Words | None:
    try:
        return _words(build, told, _kinds(told))
    except TypeError:  # a condition that has no hash is another one each time
        return _worded(build, told)


@lru_cache(maxsize=1_000)
def _words(build: Callable[..., QuerySet], told: tuple[Any, ...], _kinds: Any) -> Words | None:
    return _worded(build, told)


def _worded(build: Callable[..., QuerySet], told: tuple[Any, ...]) -> Words | None:
    """None where no row can be meant."""
    rows = build(*told)
    compiler = rows.query.get_compiler(rows.db)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return None
    return Words(rows.db, sql, tuple(parameters), compiler.get_converters(each[0] for each in compiler.select))


@dataclass(frozen=True)
class Form:
    """A statement whose rows become the model's: what was compiled, and for each of its parameters the place of the value asked with."""

    rows: Any
    compiler: Any
    sql: str
    parameters: tuple[Any, ...]
    places: tuple[Place | None, ...]


@dataclass(frozen=True)
class Seen:
    """The row of this key, if it meets the condition."""

    model: type[Model]
    condition: Q
    key: Any


def models_of(
    build: Callable[..., QuerySet], *told: Any, values: Sequence[int | str | UUID] = (), only_if: Seen | None = None
) -> list[Any]:
    """The rows of `build(*told, *values)` as the model's own, with the related ones that it selects: what reading it gives.
    With `only_if`, none of them where there is no such row; that is asked in the same statement.

    The values may be anybody's and differ from one time to the next; the statement is one for the same `told` and as many
    values of the same types. `build` compares each with a column, by `=` or `IN`, and does nothing else with it.
    """
    if only_if is not None and _is_none(only_if.key):
        return []
    form = _form(build, told, _kinds(told), tuple(type(each) for each in values))
    if form is None:
        return []
    connection, sql = connections[form.rows.db], form.sql
    parameters = _with(values, form.parameters, form.places, connection)
    if only_if is not None:
        words = _told(_keys, (only_if.model, only_if.condition))
        if words is None:
            return []
        sql = f"SELECT * FROM ({sql}) AS found WHERE EXISTS (SELECT 1 FROM ({words.sql}) AS seen WHERE seen.pk = %s)"  # noqa: S608
        parameters = (*parameters, *words.parameters, _key(only_if.model, only_if.key, connection))
    compiler = copy(form.compiler)  # it belongs to the thread that asks
    compiler.connection, compiler.as_sql = connection, lambda *_words, **_more: (sql, parameters)
    read: Any = SimpleNamespace(
        db=form.rows.db, model=form.rows.model, query=SimpleNamespace(get_compiler=lambda **_using: compiler),
        _fetch_mode=form.rows._fetch_mode, _known_related_objects={},
    )  # fmt: skip
    return list(ModelIterable(read))


@lru_cache(maxsize=1_000)
def _form(build: Callable[..., QuerySet], told: tuple[Any, ...], _kinds: Any, types: tuple[type, ...]) -> Form | None:
    """The statement, with marks where the values belong; None where no row can be meant.

    ValueError where it cannot be kept: each mark must be met again once, or something else would be asked than was built.
    """
    marks = [_mark(kind, place) for place, kind in enumerate(types)]
    rows: Any = build(*told, *marks)
    compiler = rows.query.get_compiler(rows.db)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        if marks:
            raise ValueError(f"{build.__name__} asks for nothing, or for a column that holds no such values.") from None
        return None
    if rows._prefetch_related_lookups:
        raise ValueError(f"{build.__name__} is no statement that can be kept.")
    return Form(rows, compiler, sql, tuple(parameters), _places(build, parameters, marks, compiler.connection))


def update(build: Callable[..., Change], *told: Any, values: Sequence[int | str | UUID]) -> int:
    """How many rows it changed: those of `build(*told, *values)`, to what that says of their columns, as `QuerySet.update` does.

    The statement is kept as that of `models_of` is; each value stands in it once.
    """
    change = _change(build, told, _kinds(told), tuple(type(each) for each in values))
    connection = connections[change.database]
    if any(
        _sent(each, connection) is None for each in values
    ):  # no column holds it: it is equal to none, and none becomes it
        return 0
    parameters = _with(values, change.parameters, change.places, connection)
    with transaction.mark_for_rollback_on_error(change.database), connection.cursor() as cursor:
        cursor.execute(change.sql, parameters)
        return int(cursor.rowcount)


@dataclass(frozen=True)
class Changing:
    """A statement that changes rows; for each of its parameters the place of the value."""

    database: str
    sql: str
    parameters: tuple[Any, ...]
    places: tuple[Place | None, ...]


@lru_cache(maxsize=1_000)
def _change(build: Callable[..., Change], told: tuple[Any, ...], _kinds: Any, types: tuple[type, ...]) -> Changing:
    marks = [_mark(kind, place) for place, kind in enumerate(types)]
    rows, columns = build(*told, *marks)
    if (
        rows.query.is_sliced
        or rows.query.distinct_fields
        or rows.query.combinator
        or type(rows).update is not QuerySet.update
    ):
        raise ValueError(f"{build.__name__} is no statement that can be kept.")
    query: Any = rows.query.chain(UpdateQuery)  # type: ignore[type-var]
    query.add_update_values(columns)
    if query.related_updates or query.count_active_tables() > 1:
        raise ValueError(f"{build.__name__} is about more than rows of one table.")
    compiler = query.get_compiler(rows.db)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        raise ValueError(f"{build.__name__} asks for nothing, or for a column that holds no such values.") from None
    return Changing(rows.db, sql, tuple(parameters), _places(build, parameters, marks, compiler.connection))


def _places(build: Any, parameters: Sequence[Any], marks: Sequence[Any], connection: Any) -> tuple[Place | None, ...]:
    """Which value each parameter stands for, if any. A number may have a type of the driver's, by its column."""
    sent = [_sent(each, connection) for each in marks]
    places = tuple(
        next(
            ((place, type(each)) for place, mark in enumerate(sent) if isinstance(each, type(mark)) and each == mark),
            None,
        )
        for each in parameters
    )
    if sorted(place[0] for place in places if place is not None) != list(range(len(marks))):
        raise ValueError(f"{build.__name__} is no statement that can be kept.")
    return places


def _with(
    values: Sequence[Any], parameters: Sequence[Any], places: Sequence[Place | None], connection: Any
) -> tuple[Any, ...]:
    """The parameters of a statement that was kept, with these values in their places."""
    sent = [_sent(each, connection) for each in values]
    return tuple(
        known if place is None else place[1](sent[place[0]]) if type(sent[place[0]]) is int else sent[place[0]]
        for known, place in zip(parameters, places, strict=True)
    )


def _mark(kind: type, place: int) -> int | str | UUID:
    """A value of this type; that a statement of ours has it for another reason is found out."""
    if kind is int:
        return 1_900_000_000 + place
    if kind is UUID:
        return UUID(int=2**127 + place)
    if kind is str:
        return f"a value {place} of an unlikely kind"
    raise ValueError(f"{kind.__name__} is no type of what is asked with.")


def _sent(value: Any, connection: Any) -> Any:
    """A value as the driver gets it. What is too large for any column is equal to nothing."""
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return None if isinstance(value, int) and abs(value) >= 2**63 else value


def _kinds(told: Any) -> Any:
    """Of what types everything told is: to Python 1, 1.0 and True are the same, to a database they may not be."""
    if isinstance(told, Q):
        return tuple(_kinds(each) for each in told.children)
    if isinstance(told, (tuple, list, set, frozenset)):
        return tuple(_kinds(each) for each in told)
    if isinstance(told, BaseExpression):
        return type(told), type(getattr(told, "value", None)), _kinds(told.get_source_expressions())
    return type(told)


def holds(model: type[Model], condition: Q, key: Any) -> bool:
    """Does the row of this key meet the condition, as the database has it now?"""
    if _is_none(key):
        return False
    connection = connections[model._default_manager.db]
    return bool(rows_of(_keys, model, condition, which="seen.pk = %s", values=[_key(model, key, connection)]))


def _is_none(key: Any) -> bool:
    """Does no column hold it? Not every driver would send it."""
    return key is None or (isinstance(key, int) and abs(key) >= 2**63)


def _key(model: type[Model], key: Any, connection: Any) -> Any:
    return model._meta.pk.get_db_prep_value(key, connection)


def _keys(model: type[Model], condition: Q) -> QuerySet:
    return model._default_manager.filter(condition).order_by().values("pk")
