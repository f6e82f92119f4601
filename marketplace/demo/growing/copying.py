"""Rows by the ten thousand, straight into a table: by COPY where the database has it, else by inserts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.core.management.color import no_style
from django.db import connection, models

BATCH = 1_000


def write(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows of a model; JSON comes as text. Nothing of the model's own runs: the values must be whole and right."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:  # type: ignore[attr-defined]
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608  names of columns
                [[_plain(value) for value in row] for row in rows],
            )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, UUID):
        return value.hex
    return orjson.dumps(value).decode() if isinstance(value, list) else value


def rest(*tables: type[models.Model]) -> None:
    """Let the tables' own numbers go on after the rows that came with theirs."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)


def take_stock(*tables: type[models.Model]) -> None:
    """Let the planner know what has come, now and not when it gets round to it."""
    if connection.vendor != "postgresql":
        return
    word = "ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)"
    with connection.cursor() as cursor:
        for each in tables:
            cursor.execute(f"{word} {connection.ops.quote_name(each._meta.db_table)}")
