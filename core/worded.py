"""INSERTs that are put into words once: a row after the other is written by the same words, with values of its own.

Django's compiler builds the text of an INSERT anew for each. What it builds depends on the columns, the number of rows and what is
returned, unless a value or a column is an expression; so its own text is kept by those, and only values are prepared, by the fields
themselves and in Django's own order. Whatever is not as plain as that, Django words (docs/decisions/0038).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, cast
from weakref import WeakKeyDictionary

from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models import Model
from django.db.models.sql import InsertQuery

from core.memo import for_good

MOST = 8  # rows of one statement; more are written seldom, and their building is shared by many

type Statements = list[tuple[str, tuple[Any, ...]]]


@dataclass(frozen=True)
class Kept:
    """The text of an INSERT; its parameters stand row after row, or column after column as lists (UNNEST)."""

    sql: str
    by_column: bool


#: By model, and by database, rows, what is returned and columns; None where Django has to word it each time.
_known: WeakKeyDictionary[type[Model], dict[tuple[Any, ...], Kept | None]] = WeakKeyDictionary()


class Expression(Exception):
    """A value is one: Django compiles it."""


class Worded:
    """A backend's compiler of INSERTs, with its texts kept."""

    query: InsertQuery
    connection: Any
    returning_fields: Any
    returning_params: Any
    pre_save_val: Callable[[Any, Any], Any]
    _layout: bool | None = None

    def as_sql(self) -> Statements:
        query: Any = self.query
        columns, rows = tuple([each.attname for each in query.fields]), len(query.objs)
        if query.on_conflict is not None or not columns or not 0 < rows <= MOST:
            return cast(Statements, super().as_sql())  # type: ignore[misc]
        returned = tuple([each.attname for each in self.returning_fields or ()])
        key = (self.connection.alias, rows, returned, columns)
        texts = _known.setdefault(query.model, {})
        if key not in texts:
            return self._first(texts, key)
        kept = texts[key]
        if kept is None:
            return cast(Statements, super().as_sql())  # type: ignore[misc]
        given: list[Any] = []
        try:
            values = self._prepared(given)
        except Expression:
            self.pre_save_val = partial(
                _replayed, iter(given), self.pre_save_val
            )  # each is asked for once, whoever words it
            return cast(Statements, super().as_sql())  # type: ignore[misc]
        if kept.by_column:
            return [(kept.sql, tuple(values))]
        return [(kept.sql, tuple(chain.from_iterable(zip(*values, strict=True))))]

    def _first(self, texts: dict[tuple[Any, ...], Kept | None], key: tuple[Any, ...]) -> Statements:
        """As Django words it; the text is kept if nothing but its columns is in it."""
        found = cast(Statements, super().as_sql())  # type: ignore[misc]
        if not _is_plain(self.query.fields):
            texts[key] = None
        elif self._layout is not None and len(found) == 1 and not self.returning_params:
            texts[key] = Kept(found[0][0], self._layout)
        return found

    def _prepared(self, given: list[Any]) -> list[list[Any]]:
        """The values as the driver gets them, column by column; `given` is what the fields gave of themselves."""
        query: Any = self.query
        found = []
        for field in query.fields:
            column = []
            for row in query.objs:
                value = self.pre_save_val(field, row)
                given.append(value)
                if hasattr(value, "resolve_expression") or hasattr(value, "as_sql"):
                    raise Expression
                prepared = field.get_db_prep_save(value, connection=self.connection)
                if hasattr(prepared, "as_sql"):
                    raise Expression
                column.append(prepared)
            found.append(column)
        return found

    def assemble_as_sql(self, fields: Any, value_rows: Any) -> Any:
        placeholders, parameters = super().assemble_as_sql(fields, value_rows)  # type: ignore[misc]
        if not any(hasattr(value, "as_sql") for row in value_rows for value in row):
            self._layout = len(parameters) != len(value_rows)
        return placeholders, parameters


def _replayed(given: Iterator[Any], usual: Callable[[Any, Any], Any], field: Any, row: Any) -> Any:
    for value in given:
        return value
    return usual(field, row)


def _is_plain(fields: Any) -> bool:
    """Are all columns written by a value in a place of its own?"""
    return not any(each.has_db_default() or hasattr(each, "get_placeholder_sql") for each in fields)


class Keeping:
    """What a backend says of its database, with the compiler of INSERTs changed for ours."""

    def compiler(self, compiler_name: str) -> Any:
        found = super().compiler(compiler_name)  # type: ignore[misc]
        return _both(Worded, found) if compiler_name == InsertQuery.compiler else found


@for_good
def _both(ours: type, usual: type) -> type:
    return type(usual.__name__, (ours, usual), {})


def _connected(connection: Any, **_signal: Any) -> None:
    if not isinstance(connection.ops, Keeping):
        connection.ops.__class__ = _both(Keeping, type(connection.ops))


def watch() -> None:
    """From now on every connection keeps the words of its INSERTs."""
    connection_created.connect(_connected, dispatch_uid="core.worded")
    for connection in connections.all(initialized_only=True):
        _connected(connection)
