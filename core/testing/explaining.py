"""What the database does for a request, said by itself: the plan and the buffers of each statement that it took."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Explained:
    """One statement: how many buffers it touched, and of tables that it read row after row, how many rows of each."""

    sql: str
    buffers: int
    scanned: Mapping[str, int]
    plan: Any


@contextmanager
def noting() -> Iterator[list[tuple[str, Any]]]:
    """The statements that read, each with its parameters, of what is done in the block."""
    found: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if str(sql).lstrip().upper().startswith(("SELECT", "WITH")):
            found.append((str(sql), params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def explain(sql: str, params: Any) -> Explained:
    """Run a statement of PostgreSQL and have it told what it took."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql}", params)
        answer = cursor.fetchone()[0]
    told = answer if isinstance(answer, list) else json.loads(answer)
    top = told[0]["Plan"]
    scanned = Counter[str]()
    for each in _nodes(top):
        if each["Node Type"] == "Seq Scan":
            rows = each["Actual Rows"] + each.get("Rows Removed by Filter", 0)
            scanned[each["Relation Name"]] += int(rows * each["Actual Loops"])
    return Explained(sql, top["Shared Hit Blocks"] + top["Shared Read Blocks"], scanned, top)


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for each in node.get("Plans", ()):
        yield from _nodes(each)
