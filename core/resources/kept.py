"""Texts of public cards, kept in the process: a list reads which rows there are and in which version, and joins their texts.

Kept is only what a stranger is shown, of resources that say `public_kept`, whose card is read from the row alone. A text is used while
its row is the very version that it was made from: the database's own mark of versions (PostgreSQL's `xmin` and `ctid`) changes with
every write, by whatever way, so nothing has to be told; the definitions of documents have a stamp; what ends by the clock says when
(`F(until=...)`). Which rows are shown is asked of the database each time, as for any other list. Where the database has no such
mark, nothing is kept.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock
from types import SimpleNamespace
from typing import Any, cast

import orjson
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import F, Func, QuerySet, Subquery, TextField
from django.db.models.query import BaseIterable

from core import context, memo
from core.audiences import STOREFRONT
from core.memo import for_good
from core.models import DocumentStamp
from core.resources import documents, plans, schemas
from core.resources.assigning import public_name
from core.resources.declaration import Resource
from core.rules import Actor, policy_of, scope

MARK, DEFINED = "row_mark", "documents_mark"


class RowMark(Func):
    """The version of a row, as the database itself counts them."""

    output_field = TextField()

    def __init__(self) -> None:
        super().__init__(F("pk"))

    def as_sql(self, compiler: Any, connection: Any, *_arguments: Any, **_options: Any) -> tuple[str, tuple[Any, ...]]:
        column: Any = self.source_expressions[0]
        alias = connection.ops.quote_name(column.alias)
        return f"({alias}.xmin::text || {alias}.ctid::text)", ()


@dataclass(frozen=True, slots=True)
class Text:
    """The JSON of a card, of what it was made, and until when it holds."""

    mark: str
    defined: str
    until: datetime
    json: bytes


class Shelf:
    """So many texts, those that were asked for last."""

    def __init__(self) -> None:
        self._texts: OrderedDict[tuple[str, int], Text] = OrderedDict()
        self._lock = Lock()

    def get(self, place: tuple[str, int]) -> Text | None:
        with self._lock:
            found = self._texts.get(place)
            if found is not None:
                self._texts.move_to_end(place)
            return found

    def put(self, place: tuple[str, int], text: Text) -> None:
        with self._lock:
            self._texts[place] = text
            self._texts.move_to_end(place)
            while len(self._texts) > settings.KEPT_CARDS:
                self._texts.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._texts.clear()


shelf = Shelf()


def is_kept(resource: type[Resource], actor: Actor, rows: QuerySet) -> bool:
    """May the cards of these rows be answered from kept texts?"""
    return (
        settings.KEPT_CARDS > 0
        and not actor.is_signed_in
        and not actor.is_system
        and actor.audience is STOREFRONT
        and connections[rows.db].vendor == "postgresql"
        and _is_of_the_row_alone(resource)
    )


@for_good
def _is_of_the_row_alone(resource: type[Resource]) -> bool:
    shape = plans.plan(resource, STOREFRONT, card=True)
    asks_who = any(f.compute_for is not None for f in resource.readable(STOREFRONT, card=True).values())
    return bool(resource.public_kept) and not (shape.joined or shape.prefetched or asks_who)


class Stubs(BaseIterable):
    """Rows as plain objects with what was asked for; cheaper than instances."""

    def __iter__(self) -> Iterator[SimpleNamespace]:
        queryset = self.queryset  # type: ignore[attr-defined]
        compiler = queryset.query.get_compiler(queryset.db)
        names = list(queryset.query.selected or (*queryset.query.values_select, *queryset.query.annotation_select))
        for row in compiler.results_iter(chunked_fetch=False):
            yield SimpleNamespace(**dict(zip(names, row, strict=True)))


def stubs(resource: type[Resource], rows: QuerySet, columns: Sequence[str]) -> QuerySet:
    """The rows, as their keys, versions and these columns."""
    marked = rows.annotate(**_marks(resource))
    found = marked.values(*dict.fromkeys(("pk", *columns, *_marks(resource))))
    found._iterable_class = Stubs  # type: ignore[assignment]
    return found


@for_good
def _marks(resource: type[Resource]) -> dict[str, Any]:
    if not resource.document:
        return {MARK: RowMark()}
    return {MARK: RowMark(), DEFINED: Subquery(DocumentStamp.objects.filter(pk=1).values("value")[:1])}


def items(
    resource: type[Resource], actor: Actor, page: Sequence[Any], expansions: Sequence[str], beside: Sequence[str]
) -> list[orjson.Fragment]:
    """The cards of a page of stubs, each with the columns `beside` it and the cards of its expansions. A row that is gone meanwhile
    is left out."""
    texts = _texts(resource, actor, page)
    targets = schemas.expandable(resource, actor.audience)
    others: dict[str, tuple[str, dict[int, bytes]]] = {}
    for name in dict.fromkeys(expansions):
        key, target = public_name(resource.model, name), targets[name]
        keys = {getattr(row, key) for row in page} - {None}
        others[name] = (key, _texts_of_keys(target, actor, keys))
    found = []
    for row in page:
        text = texts.get(row.pk)
        if text is None:
            continue
        parts = [text[:-1]]
        parts += [b',"%b":%b' % (name.encode(), orjson.dumps(getattr(row, name) / 1000)) for name in beside]
        for name, (key, known) in others.items():
            parts.append(b',"%b":%b' % (name.encode(), known.get(getattr(row, key), b"null")))
        found.append(orjson.Fragment(b"".join(parts) + b"}"))
    return found


def _texts_of_keys(resource: type[Resource], actor: Actor, keys: set[int]) -> dict[int, bytes]:
    rows = resource.model._default_manager.all()
    if not is_kept(resource, actor, rows):
        return {key: orjson.dumps(card) for key, card in plans.cards_of(resource, actor, keys).items()}
    try:
        sql, parameters = _statement(cast(Any, resource), policy_of(resource.model).q(actor))
    except EmptyResultSet:
        return {}
    with connections[rows.db].cursor() as cursor:
        wanted = f"SELECT * FROM ({sql}) AS seen WHERE seen.pk = ANY(%s::bigint[])"  # noqa: S608  compiled below
        cursor.execute(wanted, (*parameters, sorted(keys)))
        names = [each.name for each in cursor.description]
        found = [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
    return _texts(resource, actor, found)


@lru_cache(maxsize=64)
def _statement(resource: type[Resource], visible: Any) -> tuple[str, tuple[Any, ...]]:
    """The statement that reads the versions of what the rule shows: the same rule is put into words once."""
    rows = stubs(resource, resource.model._default_manager.filter(visible).order_by(), ())
    return rows.query.get_compiler(rows.db).as_sql()


def _texts(resource: type[Resource], actor: Actor, rows: Sequence[Any]) -> dict[int, bytes]:
    found, absent, now = {}, [], context.now()
    for row in rows:
        text = shelf.get((resource.path, row.pk))
        if (
            text is not None
            and text.mark == getattr(row, MARK)
            and text.defined == (getattr(row, DEFINED, "") or "")
            and now < text.until
        ):
            found[row.pk] = text.json
        else:
            absent.append(row)
    if absent:
        with memo.block():
            if resource.document:
                stamp = getattr(absent[0], DEFINED) or ""
                memo.once("document stamp", lambda: stamp)
            found |= _made(resource, actor, [row.pk for row in absent], now)
    return found


def _made(resource: type[Resource], actor: Actor, keys: list[int], now: datetime) -> dict[int, bytes]:
    """Texts made of rows as they are now, and kept."""
    shape = plans.plan(resource, actor.audience, card=True, extra=_moments(resource))
    defined = documents.stamp() if resource.document else ""
    found = {}
    for row in shape.load(scope(actor, resource.model).filter(pk__in=keys)).annotate(**{MARK: RowMark()}).order_by():
        text = orjson.dumps(shape.render(row, actor))
        ends = [getattr(row, name) for name in _moments(resource)]
        until = min([now + timedelta(seconds=resource.public_kept), *(each for each in ends if each and each > now)])
        shelf.put((resource.path, row.pk), Text(getattr(row, MARK), defined, until, text))
        found[row.pk] = text
    return found


@for_good
def _moments(resource: type[Resource]) -> tuple[str, ...]:
    fields: Mapping[str, Any] = resource.readable(STOREFRONT, card=True)
    return tuple(dict.fromkeys(f.until for f in fields.values() if f.until))


__all__ = ["is_kept", "items", "shelf", "stubs"]
