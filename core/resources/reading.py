"""The reading operations of a resource: list, pick, facets, get."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2s
from typing import Any

from django.db.models import ForeignKey, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse

from core import references
from core.errors import Missing
from core.looks import Miss, looked, missed
from core.resources import (
    answers,
    document_facets,
    documents,
    facets,
    kept,
    paging,
    parameters,
    places,
    plans,
    schemas,
    searching,
    slicing,
)
from core.resources.assigning import public_name
from core.resources.declaration import Filter, Resource
from core.resources.definitions import Definition
from core.resources.types import key_of
from core.rules import Actor, policy_of, scope

COUNTED = 10_000
#: What may be ordered by and is computed for the page; no column.
COMPUTED = frozenset({places.DISTANCE})


@dataclass(frozen=True)
class Wanted:
    """The rows that an actor may see and asked for; what a text found among them; and the point they are to be near.

    `plainly`: what was asked for, where the rows are just those of it that the actor may see.
    """

    rows: QuerySet
    among: QuerySet  #: before the text narrowed them: each tier of what it found is read from here
    found: searching.Found | None = None
    near: places.Around | None = None
    plainly: Q | None = None


def wanted(resource: type[Resource], actor: Actor, asked: parameters.Asked) -> Wanted:
    """The rows the actor may see and asked for. An index looks for a text among these only, and nowhere else first."""
    index, text = searching.index_of(resource.model), asked.get("q")
    near = places.around(asked.values) if resource.located(actor.audience) else None
    chosen = asked.without("q") if index is not None else asked
    condition = parameters.condition(resource, actor, chosen)
    rows = scope(actor, resource.model).filter(condition)
    found = index.find(text, rows, place_of(resource, asked)) if index is not None and text else None
    plainly = condition if found is None and near is None else None
    return Wanted(rows.filter(found.whole) if found is not None else rows, rows, found, near, plainly)


def place_of(resource: type[Resource], asked: parameters.Asked) -> Any:
    """The one place that is looked through, if the resource has such: of listings, the category."""
    return documents.place_of(resource, asked.values) if resource.document else None


def about(resource: type[Resource], actor: Actor, asked: parameters.Asked, order: list[str]) -> str:
    """What a cursor belongs to: the list, its order and its filters."""
    known = parameters.filters(resource, actor.audience)
    chosen = sorted((name, repr(value)) for name, value in asked.values.items() if name in known)
    text = repr((resource.path, actor.audience.word, order, chosen, sorted(asked.attributes.items())))
    return blake2s(text.encode(), digest_size=6).hexdigest()


def list_rows(resource: type[Resource], request: HttpRequest, *, pick: bool = False) -> HttpResponse:
    """One page of cards, or of the picked fields."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    known = parameters.of_list(resource, actor.audience, pick=pick)
    asked = parameters.read(request.GET, known, attributes=parameters.has_tokens(resource, actor.audience))
    return page_of(resource, request, wanted(resource, actor, asked), asked, pick=pick)


def page_of(
    resource: type[Resource], request: HttpRequest, chosen: Wanted, asked: parameters.Asked, *, pick: bool = False
) -> HttpResponse:
    """Answer a page of these (already scoped) rows of a resource, as its list does: by relevance, where a text was asked for
    and no order.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    ranked = chosen.found if not asked.get("order") else None
    order = [searching.RELEVANCE] if ranked is not None else asked.get("order") or list(resource.order)
    keys = () if ranked is not None else paging.keys_of(resource.model, order, COMPUTED)
    rows = chosen.among if ranked is not None else chosen.rows
    if chosen.near is not None:
        rows = rows.annotate(**{places.DISTANCE: places.metres(resource, chosen.near)})
    expansions = asked.get("expand") or []
    only = tuple(asked.get("fields") or schemas.pick(resource, actor.audience).model_fields) if pick else ()
    extra = tuple(key.column for key in keys if key.column not in COMPUTED) + tuple(
        public_name(resource.model, name) for name in expansions
    )
    place = {
        "cursor": asked.get("cursor"),
        "limit": asked.get("limit", parameters.USUAL),
        "about": about(resource, actor, asked, order),
    }
    if chosen.near is not None and order[0] == places.DISTANCE:
        rows = _nearest(resource, actor, rows, chosen.near, keys, place)
    beside = (places.DISTANCE,) if chosen.near is not None else ()
    met = policy_of(resource.model).q(actor) & (chosen.plainly or Q())
    split = partial(slicing.of_part, resource.model, met)
    as_texts = not pick and kept.is_kept(resource, actor, rows)
    shape = plans.plan(resource, actor.audience, card=not pick, only=only, extra=tuple(dict.fromkeys(extra)))
    if as_texts and chosen.plainly is not None:
        read = partial(kept.rows_of_part, resource, actor, chosen.plainly, extra)
        page = paging.page(resource.model, read, keys, **place, split=split)
    else:
        loaded = kept.stubs(resource, rows, (*extra, *beside)) if as_texts else shape.load_alone(rows)
        if ranked is not None:
            page = searching.turn(loaded, ranked, **place)
        else:
            page = paging.turn(loaded, keys, **place, split=split)
    items: list[Any]
    if as_texts:
        items = kept.items(resource, actor, page.rows, expansions, beside)
    else:
        shape.complete(page.rows)
        items = [shape.render(row, actor) for row in page.rows]
        if beside and (not pick or not asked.get("fields") or places.DISTANCE in only):
            for row, item in zip(page.rows, items, strict=True):
                item[places.DISTANCE] = getattr(row, places.DISTANCE) / 1000
        plans.expand(resource, actor, page.rows, items, expansions)
    body = {
        "items": items,
        "next": page.next,
        "prev": page.prev,
        "count": counted(chosen.rows, by_text=chosen.found is not None) if asked.get("count") else None,
    }
    if searching.index_of(resource.model) is not None:
        body["did_you_mean"] = (chosen.found.meant or None) if chosen.found is not None else None
        body["pinned"] = [row.pk for row in page.rows if ranked is not None and row.tier == searching.PINNED]
    answer = answers.with_links(request, answers.answer(request, body), page)
    if chosen.found is not None and chosen.found.is_unmet and is_plain_search(resource, asked):
        miss = Miss(resource.model._meta.label_lower, asked.get("q"), place_of(resource, asked), chosen.found.meant)
        answer = missed(request, answer, miss, by=actor)
    return answers.may_be_kept(request, answer, resource)


def is_plain_search(resource: type[Resource], asked: parameters.Asked) -> bool:
    """Does it ask for words, perhaps in one place, and narrow nothing else? Then words alone decide whether anything is found."""
    narrowing = set(asked.values) - {"q", "order", "limit", "count", "fields", "expand"}
    if resource.document:
        narrowing -= {resource.model.document_place}
    return not narrowing and not asked.attributes


def _nearest(
    resource: type[Resource],
    actor: Actor,
    rows: QuerySet,
    point: places.Around,
    keys: tuple[paging.Key, ...],
    place: dict[str, Any],
) -> QuerySet:
    """The rows that a page by distance may have, where it goes outwards."""
    beyond = None
    if place["cursor"]:
        backwards, position = paging.position_of(place["cursor"], keys, place["about"])
        if backwards:
            return rows
        beyond = position[0]  # rows at that very distance are within what is found beyond it
    among = scope(actor, resource.model)
    return places.narrowed(resource, rows, among, point, beyond=beyond, count=place["limit"] + 1)


def counted(rows: QuerySet, *, by_text: bool = False) -> dict[str, Any]:
    """How many rows there are, counting no further than 10,000. What a text found may be counted where it was found."""
    most = COUNTED + 1
    found = searching.count(rows.order_by(), most) if by_text else rows.order_by().values("pk")[:most].count()
    return {"value": min(found, COUNTED), "exact": found <= COUNTED}


def get_row(resource: type[Resource], request: HttpRequest, key: str | int) -> HttpResponse:
    """One thing, whole."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = parameters.read(request.GET, parameters.expanding(resource, actor.audience))
    row, body, version = _whole(resource, actor, key, asked.get("expand") or [])
    answer = answers.may_be_kept(request, answers.answer(request, body, version=version), resource)
    return looked(request, answer, resource.model._meta.label_lower, row.pk, by=actor)


def _whole(resource: type[Resource], actor: Actor, key: str | int, names: Sequence[str]) -> tuple[Any, Any, int | None]:
    """The row of a key, the whole thing as it is answered, and its version: from kept texts, where they may be used."""
    if kept.is_kept(resource, actor, resource.model._default_manager.all(), card=False):
        columns = tuple(dict.fromkeys(public_name(resource.model, name) for name in names))
        stub = find(resource, actor, key, one=partial(kept.one, resource, actor, columns))
        found = kept.whole(resource, actor, stub, names)
        if found is not None:
            return stub, *found
    shape = plans.whole_plan(resource, actor, names)
    row = find(resource, actor, key, one=partial(_one, shape.load_alone(scope(actor, resource.model))))
    shape.complete([row])
    body = plans.rendered(resource, actor, row, names)
    return row, body, body.get("version")


def shown(
    resource: type[Resource], request: HttpRequest, row: Model, *, status: int = 200, expansions: Sequence[str] = ()
) -> HttpResponse:
    """The whole thing as the actor sees it now, with its ETag; 204 when the actor may not see it any more."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    body = plans.whole(resource, actor, row, expansions)
    if body is None:
        return HttpResponse(status=204)
    return answers.answer(request, body, status=status, version=body.get("version"))


def made(resource: type[Resource], request: HttpRequest, row: Model) -> HttpResponse:
    """The answer 201 to whoever has just made this row, and may see it: from memory, equal to what reading it anew gives."""
    body = plans.as_written(resource, request.actor, row)  # type: ignore[attr-defined]
    return answers.answer(request, body, status=201, version=body.get("version"))


def find(
    resource: type[Resource], actor: Actor, key: str | int, *, one: Callable[[str, Any], Any] | None = None
) -> Model:
    """The row of a reference, or of an id or slug, also a former slug: as `one` reads it by a column, of all that the actor may see.
    Refuses with 404 what is absent or not the actor's to see."""
    one = one or partial(_one, scope(actor, resource.model))
    text = str(key)
    if resource.public_by:
        row = one(resource.public_by, references.read(text))
    elif text.isdecimal():
        row = one("pk", key_of(text))
    else:
        row = one(resource.also_by, text) if resource.also_by else None
        if row is None and resource.formerly is not None:
            former = resource.formerly(text)  # type: ignore[misc]
            row = one("pk", former) if former else None
    if row is None:
        raise Missing()
    return row


def _one(rows: QuerySet, column: str, value: Any) -> Model | None:
    """The row of what identifies one: without an order, which would cost the database's time and ours."""
    return next(iter(rows.filter(**{column: value}).order_by()[:1]), None)


def facets_of(resource: type[Resource], request: HttpRequest) -> HttpResponse:
    """Counts by value over what the same parameters would list."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    known = parameters.filters(resource, actor.audience)
    asked = parameters.read(request.GET, known, attributes=parameters.has_tokens(resource, actor.audience))
    rows = wanted(resource, actor, asked).rows.order_by()
    counting = {name: f for name, f in resource.readable(actor.audience).items() if f.facet}
    documents = any(f.filter is Filter.TOKENS for f in counting.values())
    definitions = document_facets.definitions_of(resource, actor, asked.values) if documents else []
    columns = {name: _column(resource, name) for name, f in counting.items() if f.filter is not Filter.TOKENS}
    counts = _counts(resource, rows, [each.attname for each in columns.values()], definitions)
    found: list[dict[str, Any]] = []
    for name in counting:
        if name in columns:
            found.append(_facet(actor, name, columns[name], counts.columns[columns[name].attname]))
        else:
            found += document_facets.facets(definitions, counts)
    body = {"facets": found, "capped": counts.capped}
    return answers.may_be_kept(request, answers.answer(request, body), resource)


def _counts(
    resource: type[Resource], rows: QuerySet, columns: Sequence[str], definitions: Sequence[Definition]
) -> facets.Counts:
    """The counts behind facets: a mirror counts all rows, the database no more than the first 10,000."""
    mirror = searching.mirror_of(resource.model)
    if mirror is not None:
        tokens, paths = document_facets.tokens_of(definitions), document_facets.paths_of(definitions)
        told = mirror.counts(rows, columns, tokens, paths)
        if told is not None:
            return told
    spans = document_facets.spans(resource, definitions)
    return facets.count(rows, columns, tokens="tokens" if definitions else "", spans=spans)


def _column(resource: type[Resource], name: str) -> Any:
    field = schemas.column(resource, name)
    assert field is not None
    return field


def _facet(actor: Actor, name: str, field: Any, totals: Counter[str]) -> dict[str, Any]:
    if isinstance(field, ForeignKey):
        labels = {str(row.pk): str(row) for row in scope(actor, field.related_model).filter(pk__in=list(totals))}  # type: ignore[type-var, arg-type]
    else:
        labels = {value: str(dict(field.flatchoices).get(value, value)) for value in totals}
    ordered = sorted(totals.items(), key=lambda each: (-each[1], each[0]))[:200]
    values = [{"value": value, "label": labels[value], "count": count} for value, count in ordered if value in labels]
    label = str(field.verbose_name).capitalize()
    return {"name": name, "label": label, "kind": "terms", "values": values, "least": None, "most": None, "bins": []}
