"""A plugin of pytest for `make mutants`: the test database is migrated once and copied from then on.

Each fault is judged in a process of its own with a database of its own; to migrate one takes half a minute, to copy it a blink.
The copy is in a file beside this run's tree; whoever changes migrations deletes it (`make mutants` does so itself).
"""

import os
import sqlite3
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3.creation import DatabaseCreation

PLACE = Path("migrated.sqlite3")
_migrate = DatabaseCreation.create_test_db


def create_test_db(self: DatabaseCreation, *words: Any, **more: Any) -> str:
    if not PLACE.exists():
        name = _migrate(self, *words, **more)
        half = PLACE.with_suffix(f".{os.getpid()}")
        with sqlite3.connect(half) as copy:
            self.connection.connection.backup(copy)
        half.rename(PLACE)
        return name
    name = self._get_test_db_name()
    self.connection.close()
    self.connection.settings_dict["NAME"] = name
    self.connection.ensure_connection()
    with sqlite3.connect(PLACE) as migrated:
        migrated.backup(self.connection.connection)
    return name


DatabaseCreation.create_test_db = create_test_db  # type: ignore[method-assign]
