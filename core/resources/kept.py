"""Texts of public rows, kept in the process: a list reads which rows there are and in which version, and joins the texts of their
cards; one thing, whole, is answered alike.

Kept is only what a stranger is shown, of resources that say `public_kept`: cards that are read from the row alone, and whole things
that are read from the row and from rows that belong to it. A text is used while its rows are the very versions that it was made from:
the database's own mark of versions (PostgreSQL's `xmin` and `ctid`) changes with every write, by whatever way, so nothing has to be
told; the definitions of documents have a stamp; what ends by the clock says when
(`F(until=...)`). Which rows are shown is asked of the database each time, as for any other list. Where the database has no such
mark, nothing is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import orjson
from django.conf import settings
from django.db import connections
from django.db.models import F, Func, Model, OuterRef, Q, QuerySet, StringAgg, Subquery, TextField, Value
from django.db.models.functions import Concat
from django.db.models.query import BaseIterable

from core import compiled, context, memo
from core.audiences import STOREFRONT
from core.memo import for_good
from core.models import DocumentStamp
from core.resources import documents, paging, plans, schemas
from core.resources.assigning import public_name
from core.resources.declaration import Resource
from core.rules import Actor, policy_of, scope
from core.shelf import Shelf

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
    """The JSON of a row, of what it was made, until when it holds, and the version that the row says of itself."""

    mark: str
    defined: str
    until: datetime
    json: bytes
    version: int | None = None


#: By resource, card or whole, and key.
shelf: Shelf[tuple[str, bool, int], Text] = Shelf(lambda: settings.KEPT_CARDS)


def is_kept(resource: type[Resource], actor: Actor, rows: QuerySet, *, card: bool = True) -> bool:
    """May the cards of these rows, or the rows whole, be answered from kept texts?"""
    return (
        settings.KEPT_CARDS > 0
        and not actor.is_signed_in
        and not actor.is_system
        and actor.audience is STOREFRONT
        and connections[rows.db].vendor == "postgresql"
        and _has_marks(resource, card=card)
    )


@for_good
def _has_marks(resource: type[Resource], *, card: bool) -> bool:
    """Is it read from rows that all have marks: itself, and for the whole thing what belongs to it?"""
    shape = plans.plan(resource, STOREFRONT, card=card)
    asks_who = any(f.compute_for is not None for f in resource.readable(STOREFRONT, card=card).values())
    if not resource.public_kept or shape.joined or asks_who:
        return False
    return not shape.prefetched or (not card and belonging(resource.model, shape.prefetched) is not None)


def belonging(model: type[Model], paths: Sequence[str]) -> dict[tuple[type[Model], str], None] | None:
    """The models that these paths lead to, each with the way back to the row; None where one leads to what does not belong to it."""
    found: dict[tuple[type[Model], str], None] = {}
    for path in paths:
        at, back = model, ""
        for step in path.split("__"):
            relation = next((each for each in at._meta.related_objects if each.get_accessor_name() == step), None)
            if relation is None or relation.many_to_many:
                return None
            at, back = relation.related_model, f"{relation.field.name}__{back}" if back else relation.field.name
            found[at, back] = None
    return found


class Stubs(BaseIterable):
    """Rows as plain objects with what was asked for; cheaper than instances."""

    def __iter__(self) -> Iterator[SimpleNamespace]:
        queryset = self.queryset  # type: ignore[attr-defined]
        compiler = queryset.query.get_compiler(queryset.db)
        names = list(queryset.query.selected or (*queryset.query.values_select, *queryset.query.annotation_select))
        for row in compiler.results_iter(chunked_fetch=False):
            yield SimpleNamespace(**dict(zip(names, row, strict=True)))


def stubs(resource: type[Resource], rows: QuerySet, columns: Sequence[str], *, card: bool = True) -> QuerySet:
    """The rows, as their keys, marks and these columns."""
    marks = _marks(resource, card=card)
    found = rows.annotate(**marks).values(*dict.fromkeys(("pk", *columns, *marks)))
    found._iterable_class = Stubs  # type: ignore[assignment]
    return found


@for_good
def _marks(resource: type[Resource], *, card: bool) -> dict[str, Any]:
    marks: dict[str, Any] = {MARK: mark_of(resource, card=card)}
    if resource.document:
        marks[DEFINED] = Subquery(DocumentStamp.objects.filter(pk=1).values("value")[:1])
    return marks


def mark_of(resource: type[Resource], *, card: bool) -> Any:
    """The mark of a row; of a whole thing, with those of all rows that it is read from."""
    shape = plans.plan(resource, STOREFRONT, card=card)
    found: list[Any] = [RowMark()]
    for model, back in belonging(resource.model, shape.prefetched) or ():
        those = model._base_manager.filter(**{back: OuterRef("pk")}).order_by().values(back)
        marks = those.annotate(marks=StringAgg(RowMark(), Value(","), order_by="pk")).values("marks")
        found += [Value(";"), Subquery(marks)]
    return Concat(*found, output_field=TextField()) if len(found) > 1 else found[0]


def items(
    resource: type[Resource], actor: Actor, page: Sequence[Any], expansions: Sequence[str], beside: Sequence[str]
) -> list[orjson.Fragment]:
    """The cards of a page of stubs, each with the columns `beside` it and the cards of its expansions. A row that is gone meanwhile
    is left out."""
    texts = texts_of(resource, actor, page)
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
        parts = [text.json[:-1]]
        parts += [b',"%b":%b' % (name.encode(), orjson.dumps(getattr(row, name) / 1000)) for name in beside]
        for name, (key, known) in others.items():
            parts.append(b',"%b":%b' % (name.encode(), known.get(getattr(row, key), b"null")))
        found.append(orjson.Fragment(b"".join(parts) + b"}"))
    return found


def whole(
    resource: type[Resource], actor: Actor, stub: Any, expansions: Sequence[str] = ()
) -> tuple[orjson.Fragment, int | None] | None:
    """The whole thing of a stub, with the cards of its expansions, and its version. None where the row has changed since the stub
    was read: what belongs together has to be read anew."""
    text = texts_of(resource, actor, [stub], card=False).get(stub.pk)
    if text is None or text.mark != getattr(stub, MARK):
        return None
    parts, targets = [text.json[:-1]], schemas.expandable(resource, actor.audience)
    for name in dict.fromkeys(expansions):
        key = getattr(stub, public_name(resource.model, name))
        known = _texts_of_keys(targets[name], actor, {key} - {None})
        parts.append(b',"%b":%b' % (name.encode(), known.get(key, b"null")))
    return orjson.Fragment(b"".join(parts) + b"}"), text.version


def _texts_of_keys(resource: type[Resource], actor: Actor, keys: set[int]) -> dict[int, bytes]:
    rows = resource.model._default_manager.all()
    if not is_kept(resource, actor, rows):
        return {key: orjson.dumps(card) for key, card in plans.cards_of(resource, actor, keys).items()}
    visible = policy_of(resource.model).q(actor)
    found = compiled.rows_of(
        _seen, resource, visible, (), True, which="seen.pk = ANY(%s::bigint[])", values=[sorted(keys)]
    )
    return {key: text.json for key, text in texts_of(resource, actor, found).items()}


def one(resource: type[Resource], actor: Actor, columns: tuple[str, ...], name: str, value: Any) -> Any:
    """The stub of the row that the actor may see and whose column has this value, for the whole thing; None where there is none."""
    visible, which = policy_of(resource.model).q(actor), f"seen.{name} = %s{'::bigint' if name == 'pk' else ''}"
    columns = columns if name == "pk" else tuple(dict.fromkeys((*columns, name)))
    found = compiled.rows_of(_seen, resource, visible, columns, False, which=which, values=[value])
    return found[0] if found else None


def _seen(resource: type[Resource], visible: Q, columns: tuple[str, ...], card: bool) -> QuerySet:
    rows = resource.model._default_manager.filter(visible).order_by()
    return stubs(resource, rows, columns, card=card)


def rows_of_part(
    resource: type[Resource], actor: Actor, asked: Q, columns: tuple[str, ...], part: paging.Part, most: int
) -> Sequence[Any]:
    """Stubs of so many rows of a part of a list, from where it begins: what the actor may see and asked for."""
    visible = policy_of(resource.model).q(actor)
    if part.position is None:
        return compiled.rows_of(_first, resource, visible, asked, columns, part, most)
    if part.descends is None:
        return list(part.of(_asked(resource, visible, asked, columns))[:most])
    names = [f"seen.{key.column}" for key in part.keys]
    sign, direction = ("<", "DESC") if part.descends else (">", "ASC")
    beyond = f"({', '.join(names)}) {sign} ({', '.join('%s' for _each in names)})"
    order, values = ", ".join(f"{name} {direction}" for name in names), list(part.position)
    if part.within is not None:
        within, more = part.within.condition(f"seen.{part.within.column}")
        beyond, values = f"{beyond} AND {within}", values + more
    return compiled.rows_of(
        _rest, resource, visible, asked, columns, part.only, which=f"{beyond} ORDER BY {order} LIMIT {most}",
        values=values,
    )  # fmt: skip


def _asked(resource: type[Resource], visible: Q, asked: Q, columns: tuple[str, ...]) -> QuerySet:
    return stubs(resource, resource.model._default_manager.filter(visible).filter(asked), columns)


def _first(
    resource: type[Resource], visible: Q, asked: Q, columns: tuple[str, ...], part: paging.Part, most: int
) -> QuerySet:
    return part.of(_asked(resource, visible, asked, columns))[:most]


def _rest(resource: type[Resource], visible: Q, asked: Q, columns: tuple[str, ...], only: Q) -> QuerySet:
    """In no order: whoever reads a page of it says where it begins."""
    return _asked(resource, visible, asked, columns).filter(only).order_by()


def texts_of(resource: type[Resource], actor: Actor, rows: Sequence[Any], *, card: bool = True) -> dict[int, Text]:
    """The texts of these stubs, by key: kept ones where their marks are the same, others made now. Those that are gone are left out."""
    found, absent, now = {}, [], context.now()
    for row in rows:
        text = shelf.get((resource.path, card, row.pk))
        if (
            text is not None
            and text.mark == getattr(row, MARK)
            and text.defined == (getattr(row, DEFINED, "") or "")
            and now < text.until
        ):
            found[row.pk] = text
        else:
            absent.append(row)
    if absent:
        with memo.block():
            if resource.document:
                stamp = getattr(absent[0], DEFINED) or ""
                memo.once("document stamp", lambda: stamp)
            found |= _made(resource, actor, [row.pk for row in absent], now, card=card)
    return found


def _made(resource: type[Resource], actor: Actor, keys: list[int], now: datetime, *, card: bool) -> dict[int, Text]:
    """Texts made of rows as they are now, and kept. Marks are read first: what is written meanwhile ends the text at once."""
    moments = _moments(resource, card=card)
    shape = plans.plan(resource, actor.audience, card=card, extra=moments)
    defined = documents.stamp() if resource.document else ""
    found = {}
    rows = shape.load(scope(actor, resource.model).filter(pk__in=keys)).annotate(**{MARK: mark_of(resource, card=card)})
    for row in rows.order_by():
        whole = shape.render(row, actor)
        ends = [getattr(row, name) for name in moments]
        until = min([now + timedelta(seconds=resource.public_kept), *(each for each in ends if each and each > now)])
        text = Text(getattr(row, MARK), defined, until, orjson.dumps(whole), None if card else whole.get("version"))
        shelf.put((resource.path, card, row.pk), text)
        found[row.pk] = text
    return found


@for_good
def _moments(resource: type[Resource], *, card: bool) -> tuple[str, ...]:
    fields: Mapping[str, Any] = resource.readable(STOREFRONT, card=card)
    return tuple(dict.fromkeys(f.until for f in fields.values() if f.until))


__all__ = ["is_kept", "items", "one", "rows_of_part", "shelf", "stubs", "whole"]
