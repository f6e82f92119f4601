"""New rows by the hundred: by COPY where the database is PostgreSQL, which takes half the time; elsewhere as Django inserts."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import connections, models, router
from django.db.models.expressions import BaseExpression, DatabaseDefault

LEAST = 50  # fewer are one INSERT
BATCH = 500


def insert(rows: Sequence[models.Model], *, keyed: bool = False) -> None:
    """Insert new rows of one model; with `keyed` they know their keys afterwards. No signals, as with bulk_create.

    Refuses what the database refuses, as bulk_create does: IntegrityError and its like.
    """
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    if connection.vendor != "postgresql" or len(rows) < LEAST or any(row.pk is not None for row in rows):
        model._base_manager.bulk_create(rows, batch_size=BATCH)
        return
    fields = [each for each in model._meta.concrete_fields if not each.generated]
    key: Any = model._meta.pk
    if keyed and isinstance(key, models.AutoField):
        _give_keys(rows, key, connection)
    else:
        fields = [each for each in fields if each is not key]
    lines = []
    for row in rows:
        line = [each.get_db_prep_save(each.pre_save(row, True), connection) for each in fields]
        if any(isinstance(each, BaseExpression | DatabaseDefault) for each in line):
            model._base_manager.bulk_create(rows, batch_size=BATCH)
            return
        lines.append(line)
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(each.column)) for each in fields)
    _copy(f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN", lines, connection)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _give_keys(rows: Sequence[models.Model], key: Any, connection: Any) -> None:
    table = connection.ops.quote_name(key.model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, key.column, len(rows)]
        )
        for row, (value,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = value


def _copy(statement: str, lines: list[list[Any]], connection: Any) -> None:
    def run(sql: str, _params: Any, _many: bool, context: dict[str, Any]) -> None:
        with connection.wrap_database_errors, context["cursor"].copy(sql) as copying:
            for line in lines:
                copying.write_row(line)

    connection.validate_no_broken_transaction()
    with connection.cursor() as cursor:
        wrapped: Any = run
        for each in reversed(connection.execute_wrappers):  # whoever watches what is written sees this as well
            wrapped = partial(each, wrapped)
        wrapped(statement, None, False, {"connection": connection, "cursor": cursor})
