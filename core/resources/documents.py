"""Typed documents: one JSON column whose values are defined at run time, validated, filtered and counted without knowing what they mean."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from uuid import uuid4

from django.db import models
from django.db.models import Max, Min, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from core import memo
from core.errors import FieldError, Invalid, UnknownParameter
from core.models import DocumentStamp
from core.resources.declaration import Resource
from core.resources.definitions import CHOOSING, RANGED, Definition, Kind, tokens_of
from core.resources.document_values import Fault, checked, read_text
from core.resources.tokens import Space, count_tokens, pack
from core.rules import Actor

__all__ = [
    "DocumentField",
    "DocumentSource",
    "bump",
    "facets",
    "keep_hidden",
    "place_of",
    "read_filters",
    "shown",
    "stamp",
    "tokens_of",
    "validate",
]
BOUNDS = ("_min", "_max")


class DocumentField(models.JSONField):
    """The typed document of a row: {code: value}. It is the truth; the `tokens` column beside it is derived."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)


class DocumentSource(Protocol):
    """What a model with a typed document says of it. `document_place` is the filter that chooses definitions, such as "category"."""

    document_place: str
    document_depends_on: tuple[str, ...]

    def document_definitions(self) -> tuple[Definition, ...]:
        """The definitions that hold for this row."""

    @classmethod
    def filterable_definitions(cls, place: Any) -> tuple[Definition, ...]:
        """What may be asked of the rows of a place (key or slug), or of all rows where there is none."""


def stamp() -> str:
    """What the definitions are now: new after each change, in every worker at once. Empty until the first change."""
    return memo.once(
        "document stamp", lambda: DocumentStamp.objects.filter(pk=1).values_list("value", flat=True).first() or ""
    )


def bump() -> None:
    """Say, in the changing transaction itself, that definitions change. Also the one lock of such changes: a second one waits."""
    row = DocumentStamp(pk=1, value=uuid4().hex)
    DocumentStamp.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["value"])
    memo.forget("document stamp")


def validate(
    row: Any,
    document: Mapping[str, Any],
    *,
    complete: bool = False,
    by: Actor | None = None,
    former: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The document as it is stored. Refuses with 422, a pointer for each fault: `/attributes/year`.

    `complete` also asks for what is required. With `by`, codes that the actor may not see do not exist. A null removes a value.
    `former` is what the row held: options archived since then may stay.
    """
    definitions = {each.code: each for each in seen_by(by, row.document_definitions())}
    name = _document_name(row)
    faults, found = [], {}
    for code, value in document.items():
        definition = definitions.get(code)
        if definition is None:
            known = ", ".join(definitions) or "none"
            faults.append(
                FieldError(f"/{name}/{code}", "unknown_attribute", f"There is no such attribute here. Known: {known}.")
            )
        elif value is not None and value not in ("", []):
            try:
                found[code] = checked(definition, value, former=(former if former is not None else document).get(code))
            except Fault as fault:
                faults.append(FieldError(f"/{name}/{code}", fault.code, fault.sentence))
    if complete:
        absent = [each for each in definitions.values() if each.required and document.get(each.code) in (None, "", [])]
        faults += [FieldError(f"/{name}/{each.code}", "required", f"Say the {each.label.lower()}.") for each in absent]
    if faults:
        raise Invalid(errors=faults)
    return found


def keep_hidden(row: Any, document: Mapping[str, Any], *, by: Actor, former: Mapping[str, Any]) -> dict[str, Any]:
    """The document as the actor wrote it, with the values that the actor cannot see as they were."""
    hidden = {each.code for each in row.document_definitions()} - {
        each.code for each in seen_by(by, row.document_definitions())
    }
    return {**document, **{code: value for code, value in former.items() if code in hidden}}


def shown(row: Any, actor: Actor) -> dict[str, Any]:
    """What the actor may see of the row's document, in the order of the definitions."""
    document = getattr(row, _document_name(row))
    if not document:
        return {}
    return {
        each.code: document[each.code] for each in seen_by(actor, row.document_definitions()) if each.code in document
    }


def seen_by(actor: Actor | None, definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """The definitions that the actor's audience has."""
    if actor is None or actor.is_system:
        return tuple(definitions)
    return tuple(each for each in definitions if actor.audience in each.read)


def _document_name(row: Any) -> str:
    return next(each.name for each in row._meta.concrete_fields if isinstance(each, DocumentField))


def place_of(resource: type[Resource], values: Mapping[str, Any]) -> Any:
    """The one place that other parameters ask for, or None."""
    place = values.get(resource.model.document_place)  # type: ignore[attr-defined]
    return place[0] if isinstance(place, list) and len(place) == 1 else None if isinstance(place, list) else place


def read_filters(
    resource: type[Resource], asked: Mapping[str, list[str]], actor: Actor, values: Mapping[str, Any]
) -> Q:
    """The rows that `attr.<code>` parameters ask for: `color=red,blue`, `year_min=2010`, `has_abs=true`.

    Refuses with 422 what may not be asked here, naming what may, and values that do not fit.
    """
    if not asked:
        return Q()
    definitions = [
        each
        for each in seen_by(actor, resource.model.filterable_definitions(place_of(resource, values)))
        if each.filterable
    ]
    known = {each.code: each for each in definitions}
    found, faults = Q(), []
    ranges: dict[Any, Any] = {}
    for name, texts in asked.items():
        code, bound = _split(name, known)
        definition = known.get(code)
        if definition is None:
            raise UnknownParameter(
                parameter=f"attr.{name}"[:80], allowed=", ".join(_names(definitions)) or "no attributes"
            )
        try:
            if bound:
                ranges.setdefault(code, {})[bound] = _bound(definition, texts)
            elif texts:
                found &= _any_of(resource, definition, texts)
        except Fault as fault:
            faults.append(FieldError(f"attr.{name}", fault.code, fault.sentence))
    if faults:
        raise Invalid(errors=faults)
    for code, limits in ranges.items():
        found &= _range(resource, known[code], limits.get("_min"), limits.get("_max"))
    return found


def _split(name: str, known: Mapping[str, Definition]) -> tuple[str, str]:
    for bound in BOUNDS:
        code = name.removesuffix(bound)
        if code != name and code in known and known[code].kind in RANGED:
            return code, bound
    return name, ""


def _names(definitions: Iterable[Definition]) -> list[str]:
    """The parameters that the definitions give."""
    found = []
    for each in definitions:
        if each.kind is Kind.TEXT:
            continue
        found.append(f"attr.{each.code}")
        if each.kind in RANGED:
            found += [f"attr.{each.code}{bound}" for bound in BOUNDS]
    return found


def _asked_value(definition: Definition, text: str) -> Any:
    """A value in a filter: like one in a cell, but any number may be asked for."""
    if definition.kind is Kind.NUMBER:
        definition = Definition(
            definition.id,
            definition.code,
            definition.label,
            Kind.NUMBER,
            index_low=definition.index_low,
            index_high=definition.index_high,
        )
    return read_text(definition, text)


def _bound(definition: Definition, texts: list[str]) -> Any:
    return None if not texts else _asked_value(definition, texts[-1])


def _any_of(resource: type[Resource], definition: Definition, texts: list[str]) -> Q:
    if definition.kind in CHOOSING:
        options = {text: definition.option(text) for text in texts}
        if None in options.values():
            raise Fault("option", f"Send any of: {', '.join(each.code for each in definition.options[:50])}.")
        return Q(tokens__overlaps=[pack(Space.OPTION, each.id) for each in options.values() if each is not None])
    if definition.kind is Kind.BOOLEAN:
        return Q(
            tokens__overlaps=[token for text in texts for token in definition.tokens(_asked_value(definition, text))]
        )
    if definition.kind is Kind.TEXT:
        raise Fault("not_filterable", "Text is searched, not filtered.")
    found = Q()
    for text in texts:
        value = _asked_value(definition, text)
        found |= _range(resource, definition, value, value)
    return found


def _range(resource: type[Resource], definition: Definition, least: Any, most: Any) -> Q:
    """The buckets narrow by the index; the exact comparison is made on the document."""
    if least is None and most is None:
        return Q()
    column = f"{resource.document}__{definition.code}"
    found = Q(tokens__overlaps=definition.buckets(least, most))
    if least is not None:
        found &= Q(**{f"{column}__gte": least})
    if most is not None:
        found &= Q(**{f"{column}__lte": most})
    return found


def facets(resource: type[Resource], rows: QuerySet, actor: Actor, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each facet attribute with its values and counts, in one pass; numbers and dates with their least and most."""
    definitions = [
        each
        for each in seen_by(actor, resource.model.filterable_definitions(place_of(resource, values)))
        if each.facetable
    ]
    counts = count_tokens(rows, "tokens")
    spans = _spans(resource, rows, [each for each in definitions if each.kind is Kind.NUMBER])
    found = []
    for each in definitions:
        if each.kind in CHOOSING:
            counted = [
                (option.code, option.label, counts.get(pack(Space.OPTION, option.id), 0)) for option in each.options
            ]
        elif each.kind is Kind.BOOLEAN:
            counted = [
                (word, label, counts.get(pack(Space.FLAG, each.id, part), 0))
                for word, label, part in (("true", "Yes", 1), ("false", "No", 0))
            ]
        elif each.kind is Kind.NUMBER:
            counted = []
        else:
            continue
        least, most = spans.get(each.code, (None, None))
        shown_values = [{"value": value, "label": label, "count": count} for value, label, count in counted if count]
        if shown_values or least is not None:
            found.append(
                {"name": f"attr.{each.code}", "label": each.label, "values": shown_values, "least": least, "most": most}
            )
    return found


def _spans(resource: type[Resource], rows: QuerySet, definitions: list[Definition]) -> dict[str, tuple[Any, Any]]:
    if not definitions:
        return {}
    asked: dict[str, Any] = {}
    for each in definitions:
        number = Cast(KT(f"{resource.document}__{each.code}"), models.FloatField())
        asked |= {f"least_{each.id}": Min(number), f"most_{each.id}": Max(number)}
    answer = rows.order_by().aggregate(**asked)
    return {each.code: (answer[f"least_{each.id}"], answer[f"most_{each.id}"]) for each in definitions}
