"""The test database: quickly made on SQLite, quickly emptied on PostgreSQL. A pytest plugin.

On SQLite it is migrated once for all runs that share a folder, `SOKO_TEST_TEMPLATES`: whoever comes first migrates, as ever,
and leaves a copy there; the others begin with it, and migrate what it does not have.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management.color import Style
from django.db import connection

MIGRATED = "migrated.sqlite3"


def _template() -> Path | None:
    """Where the copy is, or will be; nothing where none is wanted, or the test database is not in memory."""
    folder = os.environ.get("SOKO_TEST_TEMPLATES", "")
    return Path(folder) / MIGRATED if folder and "mode=memory" in _name() else None


def _name() -> str:
    creation: Any = connection.creation
    return str(creation._get_test_db_name())


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """A test's transaction is open while it computes, which on a busy machine takes longer than a request ever may."""
    options = connection.settings_dict["OPTIONS"]
    if "options" in options:
        options["options"] += " -c idle_in_transaction_session_timeout=120000"
    template = _template()
    if template is None or not template.exists():
        yield
        return
    with closing(sqlite3.connect(_name(), uri=True)) as held, closing(sqlite3.connect(template)) as made:
        made.backup(held)  # in memory it stays for as long as somebody holds it open
        yield


def _emptied(
    style: Style, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
) -> list[str]:
    """What empties the tables that hold anything.

    Django truncates every table after every test with transactions of its own, which makes each of their files anew, and the
    files of all indexes: more than a thousand of them, on a slow disk for seconds. Triggers are at rest meanwhile (books that
    refuse to be deleted from, foreign keys); only a superuser may have them so.
    """
    if not tables or reset_sequences:
        return list(type(connection.ops).sql_flush(connection.ops, style, tables, reset_sequences=reset_sequences))
    quoted = {table: connection.ops.quote_name(table) for table in tables}
    looks = (f"SELECT '{table}' WHERE EXISTS (SELECT FROM {name})" for table, name in quoted.items())  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks))
        full = [quoted[table] for (table,) in cursor.fetchall()]
    return [
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {name}" for name in full),  # noqa: S608
        "SET LOCAL session_replication_role = DEFAULT",
    ]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            if cursor.fetchone() == (True,):
                connection.ops.sql_flush = _emptied  # type: ignore[method-assign]
    template = _template()
    if template is None or template.exists():
        return
    template.parent.mkdir(parents=True, exist_ok=True)
    own = template.with_suffix(f".{os.getpid()}")
    with django_db_blocker.unblock(), closing(sqlite3.connect(own)) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    own.replace(template)
