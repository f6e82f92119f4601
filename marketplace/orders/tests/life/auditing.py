"""The audit after each step, asked cheaply: an invariant is judged again once a table that it reads was written, or time passed."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection

from core import invariants

ASKED = ("I-S", "I-O", "I-P", "I-C", "I-L", "I-Y")
#: What warns of what is somebody's to do, such as to repeat a refund that the gateway refused; and what is of prices.
LEFT_OUT = {"I-O5b", "I-L4", "I-P4", "I-P7", "I-Y3b", "I-PR1", "I-PR2", "I-PR3"}
WORDS = re.compile(r'"(\w+)"')


@cache
def _named(sql: str) -> tuple[bool, frozenset[str]]:
    """Does it write? And the names in it, among which are its tables."""
    does_write = not sql.lstrip(" (").upper().startswith(("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "WITH"))
    names = WORDS.findall(sql)
    return does_write, frozenset(names[:1] if does_write else names)


class Auditor:
    """`written` are the tables that were written since the last audit; `reads` what each invariant has ever read."""

    def __init__(self) -> None:
        chosen = [each for each in invariants.all_invariants() if each.name.startswith(ASKED)]
        self.queries = {each.name: each.query for each in chosen if each.name not in LEFT_OUT}
        self.written: set[str] = set()
        self.reads: dict[str, set[str]] = {}
        self.reading: set[str] | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """For as long as something is written that is to be audited."""
        with connection.execute_wrapper(self._see):
            yield

    def _see(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        does_write, names = _named(sql)
        if does_write:
            self.written |= names
        elif self.reading is not None:
            self.reading |= names
        return execute(sql, params, many, context)

    def broken(self, *, is_later: bool) -> dict[str, list[str]]:
        """The invariants that do not hold now: name -> what breaks them. All are asked where it is later by more than a step."""
        found: dict[str, list[str]] = {}
        for name in self._due(is_later):
            self.reading = self.reads.setdefault(name, set())
            breaking = [str(each) for each in self.queries[name]()]
            self.reading = None
            if breaking:
                found[name] = breaking
        self.written.clear()
        return found

    def _due(self, is_later: bool) -> Sequence[str]:
        if is_later:
            return list(self.queries)
        return [name for name in self.queries if name not in self.reads or self.reads[name] & self.written]
