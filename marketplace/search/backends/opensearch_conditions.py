"""The condition of a query, told to OpenSearch: the very condition that the database would be asked, visibility and all.

Nothing is left out: a condition of which one part cannot be told exactly is not told at all, and the database answers.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import Col
from django.db.models.fields.json import KeyTransform
from django.db.models.lookups import Lookup
from django.db.models.sql import Query
from django.db.models.sql.where import AND, OR, NothingNode, WhereNode

from core import globe
from core.resources.places import Around, Within
from core.resources.tokens import HasAll, Overlaps
from marketplace.catalog.models import Listing
from marketplace.search.backends import Clause, Matches, Part, Zone
from marketplace.search.backends.opensearch_documents import LONGEST, MOMENTS, PLAIN, beginning, microseconds, term
from marketplace.search.models import Entry

Told = dict[str, Any]
#: Columns, by model and name, and where a document has what they say.
FIELDS = {
    ("catalog.listing", "id"): "id",
    **{("catalog.listing", name): name for name in (*PLAIN, *MOMENTS)},
    ("vendors.vendor", "id"): "vendor_id",
    ("vendors.vendor", "status"): "vendor_status",
    ("catalog.category", "id"): "category_id",
    ("catalog.category", "is_open"): "category_is_open",
}
ZONES = {Zone.TITLE: "title", Zone.FACTS: "facts", Zone.ALL: "all"}
BOUNDS = {"gte": "gte", "gt": "gt", "lte": "lte", "lt": "lt"}
NOTHING: Told = {"match_none": {}}
EVERYTHING: Told = {"match_all": {}}
MOST_KEYS = 5_000  # of a list in a condition; what OpenSearch takes ends at 65,536
#: Engines measure circles in their own ways, Lucene to the centimetre, others to a part in six hundred of the radius. So what
#: lies so near to the edge is read, and the database decides; where that is too many, or the circle is very wide, it decides all.
MARGIN, MARGIN_PART, MOST_AT_EDGE, WIDEST = 2.0, 0.005, 5_000, 5_000.0
EXACT = 2**53


class Untold(Exception):
    """A condition that cannot be told exactly."""


class Teller:
    """Tells conditions. `few` finds the keys of listings that meet what it is given, or None where they are more than so many."""

    def __init__(self, few: Callable[[Told, int], list[int] | None]) -> None:
        self._few = few
        self._circle: Within | None = None
        self._decided: list[int] | None = None

    def of(self, rows: QuerySet) -> Told:
        """The condition of a query of listings. Raises Untold."""
        query = rows.query
        if (
            rows.model is not Listing
            or query.is_sliced
            or query.combinator
            or query.distinct
            or query.group_by
            or query.extra
        ):
            raise Untold("not plainly rows of listings")
        told = self._node(query.where)
        if self._circle is None:
            return told
        edge = self._few({"bool": {"filter": [told], "must_not": _inside(self._circle.around)}}, MOST_AT_EDGE)
        if edge is None:
            raise Untold("too many at the edge of a circle")
        self._decided = list(_decide(self._circle.around, edge))
        return self._node(query.where)

    def _node(self, node: WhereNode) -> Told:
        if node.negated or node.connector not in (AND, OR):
            raise Untold("a negation")  # of what is not known, SQL says neither yes nor no
        parts = [self._part(each) for each in node.children]
        if not parts:
            return EVERYTHING
        return _all_of(parts) if node.connector == AND else _any_of(parts)

    def _part(self, part: Any) -> Told:
        if isinstance(part, WhereNode):
            return self._node(part)
        if isinstance(part, NothingNode):
            return NOTHING
        if isinstance(part, Matches):
            return matching(part.clauses, part.but_titled)
        if isinstance(part, Within):
            return self._within(part)
        if isinstance(part, Lookup):
            return self._lookup(part)
        raise Untold(type(part).__name__)

    def _lookup(self, lookup: Lookup) -> Told:
        left = lookup.lhs
        if isinstance(left, Matches) and lookup.lookup_name == "exact" and lookup.rhs is True:
            return matching(left.clauses, left.but_titled)
        if isinstance(lookup, Overlaps | HasAll) and isinstance(left, Col):
            wanted = [str(int(each)) for each in lookup.rhs]
            if isinstance(lookup, HasAll):
                return _all_of([{"term": {"tokens": each}} for each in wanted])
            return _terms("tokens", wanted)
        if isinstance(left, KeyTransform):
            return _value(_path(left), str(lookup.lookup_name), lookup.rhs)
        if not isinstance(left, Col):
            raise Untold(type(left).__name__)
        field = FIELDS.get((left.target.model._meta.label_lower, left.target.attname))
        if field is None:
            raise Untold(f"{left.target}")
        return self._of_column(field, lookup)

    def _of_column(self, field: str, lookup: Lookup) -> Told:
        name, right = lookup.lookup_name, lookup.rhs
        if name == "isnull":
            there = {"exists": {"field": field}}
            return {"bool": {"must_not": [there]}} if right else there
        if name == "in" and isinstance(right, Query):
            return self._in_rows(field, right)
        if name == "in" and not hasattr(right, "resolve_expression"):
            return _terms(field, [_plain(each) for each in right if each is not None])
        if name == "exact":
            return {"term": {field: _plain(right)}}
        if name in BOUNDS:
            return {"range": {field: {BOUNDS[name]: _plain(right)}}}
        raise Untold(name)

    def _in_rows(self, field: str, query: Query) -> Told:
        """Those whose key is among other rows: titles are asked of the documents, anything else of the database, if it is short."""
        model: type[Model] = query.model  # type: ignore[assignment]
        selected = query.values_select
        title = _title_of(query) if model is Entry and selected == ("listing_id",) and field == "id" else None
        if title is not None:
            return {"term": {"whole_title": title}}
        rows: Any = QuerySet(model, query=query.clone())
        if not selected and not query.is_sliced:
            rows = rows.values_list("pk", flat=True)
        elif len(selected) == 1:
            rows = rows.values_list(selected[0], flat=True)
        else:
            raise Untold("several columns")
        try:
            keys = list(rows[: MOST_KEYS + 1])
        except (EmptyResultSet, TypeError):
            raise Untold("rows of another kind") from None
        return _terms(field, [_plain(each) for each in keys if each is not None])

    def _within(self, lookup: Within) -> Told:
        """First a circle that is a little too wide; once what is at its edge is decided, what is inside for certain, and those."""
        if lookup.around.radius > WIDEST or (self._circle is not None and self._circle.around != lookup.around):
            raise Untold("a circle as wide as a continent, or two of them")
        self._circle = lookup
        if self._decided is None:
            return _round(lookup.around, 1)
        return _any_of([*_inside(lookup.around), *([_terms("id", self._decided)] if self._decided else [])])


def _round(around: Around, side: int) -> Told:
    """A circle, wider than it is by the margin, or narrower (-1)."""
    metres = around.radius * 1000
    wide = metres + side * (MARGIN + MARGIN_PART * metres)
    return {"geo_distance": {"distance": f"{wide}m", "place": [around.lng, around.lat]}}


def _inside(around: Around) -> list[Told]:
    """What is inside for certain; of a circle smaller than its margin, nothing is."""
    return [_round(around, -1)] if around.radius * 1000 * (1 - MARGIN_PART) > MARGIN else []


def _decide(around: Around, keys: list[int]) -> Iterable[int]:
    """Which of these are in the circle."""
    distance = globe.kilometres(F("latitude"), F("longitude"), to=(around.lat, around.lng))
    return Listing.objects.filter(Q(Within(distance, around)), pk__in=keys).values_list("pk", flat=True) if keys else ()


def _title_of(query: Query) -> str | None:
    """The title that a query of entries asks for, if it asks for nothing else."""
    if query.where.negated or len(query.where.children) != 1:
        return None
    (only,) = query.where.children
    if not isinstance(only, Lookup) or only.lookup_name != "exact" or not isinstance(only.lhs, Col):
        return None
    return only.rhs if only.lhs.target.attname == "title" and isinstance(only.rhs, str) else None


def matching(clauses: Iterable[Clause], but_titled: str = "") -> Told:
    """Documents that meet any of the clauses, less those with just this title."""
    found = _any_of([_clause(each) for each in clauses])
    return {"bool": {"filter": [found], "must_not": [{"term": {"whole_title": but_titled}}]}} if but_titled else found


def _clause(clause: Clause) -> Told:
    has = _words(clause.has)
    return has if clause.lacks is None else {"bool": {"filter": [has], "must_not": [_words(clause.lacks)]}}


def _words(part: Part) -> Told:
    """Every word, the last perhaps begun."""
    *whole, last = part.asked.words
    field = ZONES[part.zone]
    return _all_of(
        [*({"term": {field: each}} for each in whole), {"prefix" if part.asked.begun else "term": {field: last}}]
    )


def _all_of(parts: list[Told]) -> Told:
    return parts[0] if len(parts) == 1 else {"bool": {"filter": parts}}


def _any_of(parts: list[Told]) -> Told:
    if not parts:
        return NOTHING
    return parts[0] if len(parts) == 1 else {"bool": {"should": parts, "minimum_should_match": 1}}


def _terms(field: str, values: list[Any]) -> Told:
    if len(values) > MOST_KEYS:
        raise Untold("a long list")
    return {"terms": {field: values}} if values else NOTHING


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, bool | str | float) or (isinstance(value, int) and abs(value) < 2**63):
        return value
    raise Untold(type(value).__name__)


def _path(left: Any) -> list[str]:
    """The names that lead to a value of the typed document."""
    names: list[str] = []
    while isinstance(left, KeyTransform):
        names.insert(0, str(left.key_name))
        left = left.lhs
    if not isinstance(left, Col) or left.target.attname != "attributes" or left.target.model is not Listing:
        raise Untold("another document")
    return names


def _value(path: list[str], name: str, right: Any) -> Told:
    """A bound of a value: a range over the terms of its path."""
    is_text = isinstance(right, str)
    if isinstance(right, bool) or not isinstance(right, str | int | float) or name not in {*BOUNDS, "exact"}:
        raise Untold("a value of another kind")
    if len(right) > LONGEST if isinstance(right, str) else abs(right) > EXACT:
        raise Untold("a value out of range")
    said = term(path, right)
    if name == "exact":
        return {"term": {"values": said}}
    first = beginning(path, of_numbers=not is_text)
    low, high = {"gte": first}, {"lt": first[:-1] + chr(ord(first[-1]) + 1)}
    found = {**low, BOUNDS[name]: said} if name in ("lte", "lt") else {**high, BOUNDS[name]: said}
    if name == "gt":
        found = {**high, "gt": said}
    return {"range": {"values": found}}
