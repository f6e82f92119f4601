"""The index of words that the database itself keeps, and who answers for it: one backend for each kind of database.

The two differ in how they store words and are alike in what they find: a conformance suite asks both the same
(`marketplace/search/tests/test_contract.py`).
"""

from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func

from marketplace.search.backends.language import Backend, Clause, Part, Zone
from marketplace.search.backends.postgresql import PostgreSQL
from marketplace.search.backends.sqlite import SQLite

VENDORS: dict[str, Backend] = {"sqlite": SQLite(), "postgresql": PostgreSQL()}


def backend() -> Backend:
    """The backend of the database in use."""
    return VENDORS[connection.vendor]


class Matches(Func):
    """A condition on rows of listings: their entries meet any of the clauses, and have not the title `but_titled`.

    To be used inside of a query that says who may see them.
    """

    output_field = BooleanField()
    conditional = True

    def __init__(self, *clauses: Clause, but_titled: str = "") -> None:
        super().__init__(F("pk"))
        self.clauses, self.but_titled = clauses, but_titled

    def as_sql(self, compiler: Any, connection: Any, *_arguments: Any, **_options: Any) -> tuple[str, tuple[Any, ...]]:
        asked = VENDORS[connection.vendor]
        key, parameters = compiler.compile(self.source_expressions[0])
        values = (asked.query(self.clauses), *([self.but_titled] if self.but_titled else []))
        return asked.condition(key, self.clauses, but_titled=bool(self.but_titled)), (*parameters, *values)


__all__ = ["Backend", "Clause", "Matches", "Part", "Zone", "backend"]
