"""Statements that are asked again and again, put into words once: what Django would otherwise build anew for every request.

A statement is named by the function that builds its queryset and by everything that the function is told, rules included: conditions
that differ in anything, be it a value, are other statements. So nothing that changes may be known to the function otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import BaseExpression


@dataclass(frozen=True)
class Words:
    """A statement, where it is asked, and how its columns become values of the model's."""

    database: str
    sql: str
    parameters: tuple[Any, ...]
    converters: dict[int, tuple[list[Any], Any]]


def rows_of(build: Callable[..., QuerySet], *told: Any, which: str = "", value: Any = None) -> list[SimpleNamespace]:
    """The rows of `build(*told)`, by the names of their columns; of those, the ones that are meant by `which`, a condition on
    `seen` with one placeholder. It is written by us; `value` may be anybody's."""
    try:
        words = _words(build, told, _kinds(told))
    except TypeError:  # a condition that has no hash is another one each time
        words = _worded(build, told)
    if words is None:
        return []
    sql, parameters = words.sql, words.parameters
    if which:
        sql, parameters = f"SELECT * FROM ({sql}) AS seen WHERE {which}", (*parameters, value)  # noqa: S608
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
    if key is None or (isinstance(key, int) and abs(key) >= 2**63):  # no column holds it, and not every driver sends it
        return False
    connection = connections[model._default_manager.db]
    value = model._meta.pk.get_db_prep_value(key, connection)
    return bool(rows_of(_keys, model, condition, which="seen.pk = %s", value=value))


def _keys(model: type[Model], condition: Q) -> QuerySet:
    return model._default_manager.filter(condition).order_by().values("pk")
