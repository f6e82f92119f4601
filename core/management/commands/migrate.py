"""`manage.py migrate`, with the time that it takes: the limits of requests are not for it."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

#: A request may not hold a transaction open while it computes; a migration may, and an index of a large table is not made in seconds.
#: How long it waits for a lock stays limited: a queue of requests behind a migration that waits would be an outage.
PATIENCE = ("statement_timeout", "idle_in_transaction_session_timeout")


class Command(migrate.Command):
    """Django's own, on PostgreSQL without the limits of time that `core/settings.py` gives each connection."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            return super().handle(*args, **options)
        for setting in PATIENCE:
            self._tell(connection, f"SET {setting} = 0")
        try:
            return super().handle(*args, **options)
        finally:
            if connection.is_usable():
                for setting in PATIENCE:
                    self._tell(connection, f"RESET {setting}")

    @staticmethod
    def _tell(connection: BaseDatabaseWrapper, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)
