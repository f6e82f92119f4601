"""Facets of a typed document: which are counted, and what the tokens and numbers that were counted say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from core.resources.declaration import Resource
from core.resources.definitions import BOUNDED, CHOOSING, Definition, Kind
from core.resources.documents import place_of, seen_by
from core.resources.facets import Counts
from core.resources.kinds import colours
from core.resources.tokens import Space, pack
from core.rules import Actor

ENDS = {Kind.RANGE: ("__least", "__most"), Kind.MONEY: ("__amount", "__amount")}


def definitions_of(resource: type[Resource], actor: Actor, values: Mapping[str, Any]) -> list[Definition]:
    """The attributes that are counted for this actor in the place that was asked for."""
    place = place_of(resource, values)
    return [each for each in seen_by(actor, resource.model.filterable_definitions(place)) if each.facetable]


def tokens_of(definitions: Iterable[Definition]) -> list[int]:
    """Every token that facets of these definitions count."""
    return [token for each in definitions for _value, _label, token in _values(each)]


def paths_of(definitions: Iterable[Definition]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """By the code of each definition that has a least and a most: where a document has them."""
    found = {}
    for each in definitions:
        if each.kind in BOUNDED:
            low, high = ENDS.get(each.kind, ("", ""))
            found[each.code] = (tuple(f"{each.code}{low}".split("__")), tuple(f"{each.code}{high}".split("__")))
    return found


def facets(definitions: Iterable[Definition], told: Counts) -> list[dict[str, Any]]:
    """Each facet attribute with its values and counts; numbers and money with their least and most."""
    found = []
    for each in definitions:
        counts = [(value, label, told.tokens.get(token, 0)) for value, label, token in _values(each)]
        shown_values = [{"value": value, "label": label, "count": count} for value, label, count in counts if count]
        least, most = told.spans.get(each.code, (None, None))
        if shown_values or least is not None:
            found.append(
                {"name": f"attr.{each.code}", "label": each.label, "values": shown_values, "least": least, "most": most}
            )
    return found


def _values(each: Definition) -> list[tuple[str, str, int]]:
    """The values of a definition that are counted: as asked for, as people read it, and its token."""
    if each.kind in CHOOSING:
        return [(option.code, option.label, pack(Space.OPTION, option.id)) for option in each.options]
    if each.kind is Kind.BOOLEAN:
        return [
            (word, label, pack(Space.FLAG, each.id, part))
            for word, label, part in (("true", "Yes", 1), ("false", "No", 0))
        ]
    if each.kind is Kind.COLOUR:
        return [
            (family, family.capitalize(), pack(Space.BUCKET, each.id, place))
            for family, place in colours.PLACES.items()
        ]
    return []


def spans(resource: type[Resource], definitions: Sequence[Definition]) -> dict[str, tuple[Cast, Cast]]:
    """What is to be counted for the least and the most of each number: its lower and its upper end."""
    found = {}
    for each in definitions:
        if each.kind in BOUNDED:
            low, high = (
                Cast(KT(f"{resource.document}__{each.code}{end}"), models.FloatField())
                for end in ENDS.get(each.kind, ("", ""))
            )
            found[each.code] = (low, high)
    return found
