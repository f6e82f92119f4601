"""Filters of a typed document: `attr.<code>` parameters read, refused with what is allowed, and turned into conditions."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.db.models.lookups import LessThanOrEqual

from core import globe
from core.errors import FieldError, Invalid, UnknownParameter
from core.money import LARGEST
from core.resources.declaration import Resource
from core.resources.definitions import CHOOSING, MEASURED, RANGED, Definition, Kind
from core.resources.document_values import Fault, read_text
from core.resources.documents import place_of, seen_by
from core.resources.kinds import colours, locations
from core.resources.tokens import Space, pack
from core.rules import Actor

BOUNDS = ("_min", "_max")
PLACES = ("_within", "_near")
#: What follows a code in the name of a filter; no code may end so.
SUFFIXES = (*BOUNDS, *PLACES)


def read_filters(
    resource: type[Resource], asked: Mapping[str, list[str]], actor: Actor, values: Mapping[str, Any]
) -> Q:
    """The rows that `attr.<code>` parameters ask for: `color=red,blue`, `year_min=2010`, `site_near=-1.29,36.82,5`.

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
        code, suffix = _split(name, known)
        definition = known.get(code)
        if definition is None or (definition.kind is Kind.LOCATION and not suffix):
            raise UnknownParameter(
                parameter=f"attr.{name}"[:80], allowed=", ".join(_names(definitions)) or "no attributes"
            )
        try:
            if suffix in BOUNDS:
                ranges.setdefault(code, {})[suffix] = _bound(definition, texts)
            elif suffix and texts:
                found &= _placed(resource, definition, suffix, texts)
            elif texts:
                found &= _any_of(resource, definition, texts)
        except Fault as fault:
            faults.append(FieldError(f"attr.{name}", fault.code, fault.sentence))
    if faults:
        raise Invalid(errors=faults)
    for code, limits in ranges.items():
        found &= _range(resource, known[code], limits.get("_min"), limits.get("_max"))
    # Said once more by a token, so that the one index of tokens narrows by place and values together.
    stands = resource.model.place_tokens(place_of(resource, values))  # type: ignore[attr-defined]
    return found & Q(tokens__has_all=stands) if stands else found


def parameters_of(definition: Definition) -> list[str]:
    """The names, after `attr.`, of the filters that a definition gives, in the order in which they are offered."""
    code = definition.code
    if definition.kind is Kind.TEXT:
        return []
    if definition.kind is Kind.LOCATION:
        return [f"{code}{suffix}" for suffix in PLACES]
    return [code, *(f"{code}{bound}" for bound in BOUNDS)] if definition.kind in RANGED else [code]


def _split(name: str, known: Mapping[str, Definition]) -> tuple[str, str]:
    for suffix in SUFFIXES:
        code = name.removesuffix(suffix)
        if code != name and code in known and name in parameters_of(known[code]):
            return code, suffix
    return name, ""


def _names(definitions: Iterable[Definition]) -> list[str]:
    """The parameters that the definitions give."""
    return [f"attr.{name}" for each in definitions for name in parameters_of(each)]


def _asked_value(definition: Definition, text: str) -> Any:
    """A value in a filter: like one in a cell, but any number may be asked for, and money in minor units."""
    if definition.kind is Kind.MONEY:
        if not (text.isascii() and text.isdecimal()) or int(text) > LARGEST:
            raise Fault("money", f"Send an amount in minor units of {definition.unit}.")
        return int(text)
    if definition.kind in MEASURED:
        definition = replace(definition, kind=Kind.NUMBER, minimum=None, maximum=None, is_integer=False)
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
    if definition.kind is Kind.COLOUR:
        families = {colours.PLACES[colours.asked_family(text)] for text in texts}
        return Q(tokens__overlaps=[pack(Space.BUCKET, definition.id, each) for each in sorted(families)])
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
    lower, upper = {
        Kind.RANGE: (f"{column}__least", f"{column}__most"),  # it overlaps what is asked for
        Kind.MONEY: (f"{column}__amount", f"{column}__amount"),
    }.get(definition.kind, (column, column))
    found = Q(tokens__overlaps=definition.buckets(least, most))
    if least is not None:
        found &= Q(**{f"{upper}__gte": least})
    if most is not None:
        found &= Q(**{f"{lower}__lte": most})
    return found


def _placed(resource: type[Resource], definition: Definition, suffix: str, texts: list[str]) -> Q:
    """The rows within a box, or within so many kilometres of a place."""
    if suffix == "_within":
        return _within(resource, definition, locations.read_box(texts))
    latitude, longitude, distance = locations.read_near(texts)
    found = _within(resource, definition, globe.box_around(latitude, longitude, distance))
    column = f"{resource.document}__{definition.code}"
    ends = [Cast(KT(f"{column}__{end}"), models.FloatField()) for end in locations.BOUNDS]
    return found & Q(LessThanOrEqual(globe.kilometres(*ends, to=(latitude, longitude)), distance))


def _within(resource: type[Resource], definition: Definition, box: globe.Box) -> Q:
    column, (south, west, north, east) = f"{resource.document}__{definition.code}", box
    cells = locations.cells(box)
    found = Q() if cells is None else Q(tokens__overlaps=[pack(Space.BUCKET, definition.id, each) for each in cells])
    found &= Q(**{f"{column}__latitude__gte": south, f"{column}__latitude__lte": north})
    if west <= east:
        return found & Q(**{f"{column}__longitude__gte": west, f"{column}__longitude__lte": east})
    return found & (Q(**{f"{column}__longitude__gte": west}) | Q(**{f"{column}__longitude__lte": east}))
