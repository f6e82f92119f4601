"""Counting what rows have, in one statement: how many there are, how many have each value of a column and each token, and spans."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Expression, QuerySet

#: Counting reads no more rows than so many.
MOST = 10_000


@dataclass
class Counts:
    """What was counted. `capped`: there are more rows than were counted. A span is None on both sides where no row has the number."""

    capped: bool = False
    columns: dict[str, Counter[str]] = field(default_factory=dict)
    tokens: Counter[int] = field(default_factory=Counter)
    spans: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)


def count(
    rows: QuerySet, columns: Sequence[str], *, tokens: str = "", spans: Mapping[str, tuple[Expression, Expression]]
) -> Counts:
    """Count the rows once, no further than 10,000, by each column, by the tokens of one, and for each span its least and most.

    The rows are read a single time into what the database keeps for the statement: each further facet costs no further reading.
    """
    found = Counts(columns={each: Counter() for each in columns})
    connection = connections[rows.db]
    quote = connection.ops.quote_name
    ends = {f"low_{place}": low for place, (low, _high) in enumerate(spans.values())}
    ends |= {f"high_{place}": high for place, (_low, high) in enumerate(spans.values())}
    names = [*columns, *([tokens] if tokens else []), *ends]
    taken = rows.order_by().values_list(*[each for each in names if each not in ends] or ["pk"])
    taken = taken.annotate(**ends).values_list(*(names or ["pk"]))[: MOST + 1]
    try:
        sql, parameters = taken.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return found
    listed = ", ".join(quote(each) for each in names or ["pk"])
    # Only names of columns, quoted, are put into these.
    none, number = "CAST(NULL AS text)", "CAST(NULL AS float)"
    parts = [f"SELECT 'rows', {none}, COUNT(*), {number}, {number} FROM found"]  # noqa: S608
    for each in columns:
        value = f"CAST({quote(each)} AS text)"
        parts.append(f"SELECT {_text(each)}, {value}, COUNT(*), NULL, NULL FROM counted GROUP BY 2")  # noqa: S608
    if tokens:
        unnested = "unnest({}) AS token(value)" if connection.vendor == "postgresql" else "json_each({}) AS token"
        source = f"counted, {unnested.format(quote(tokens))}"
        parts.append(f"SELECT 'tokens', CAST(token.value AS text), COUNT(*), NULL, NULL FROM {source} GROUP BY 2")  # noqa: S608
    for place, name in enumerate(spans):
        both = f"MIN({quote(f'low_{place}')}), MAX({quote(f'high_{place}')})"
        parts.append(f"SELECT {_text(f'span {name}')}, NULL, NULL, {both} FROM counted")  # noqa: S608
    statement = (
        f"WITH found ({listed}) AS MATERIALIZED ({sql}), counted AS (SELECT * FROM found LIMIT {MOST}) "  # noqa: S608  compiled above
        + " UNION ALL ".join(parts)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        for what, value, many, least, most in cursor.fetchall():
            _take(found, what, value, many, least, most)
    return found


def _take(found: Counts, what: str, value: str | None, many: int, least: Any, most: Any) -> None:
    if what == "rows":
        found.capped = many > MOST
    elif what == "tokens":
        found.tokens[int(value or 0)] = many
    elif what.startswith("span "):
        found.spans[what.removeprefix("span ")] = (least, most)
    elif value is not None:
        found.columns[what][value] = many


def _text(name: str) -> str:
    """A name as a literal: of columns and attributes, which are letters, digits and underscores."""
    if not name.replace("_", "").replace(" ", "").isalnum():
        raise ValueError(name)
    return f"'{name}'"
