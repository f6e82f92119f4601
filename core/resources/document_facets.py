"""Facets of a typed document: which are counted, and what the tokens and numbers that were counted say."""

from collections.abc import Mapping, Sequence
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


def facets(definitions: Sequence[Definition], told: Counts) -> list[dict[str, Any]]:
    """Each facet attribute with its values and counts; numbers and money with their least and most."""
    counts, ends = told.tokens, told.spans
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
        elif each.kind is Kind.COLOUR:
            counted = [
                (family, family.capitalize(), counts.get(pack(Space.BUCKET, each.id, place), 0))
                for family, place in colours.PLACES.items()
            ]
        elif each.kind in BOUNDED:
            counted = []
        else:
            continue
        least, most = ends.get(each.code, (None, None))
        shown_values = [{"value": value, "label": label, "count": count} for value, label, count in counted if count]
        if shown_values or least is not None:
            found.append(
                {"name": f"attr.{each.code}", "label": each.label, "values": shown_values, "least": least, "most": most}
            )
    return found


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
