"""Facets of a typed document: how many rows have each value, in one pass over the tokens and one over the numbers."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import Max, Min, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from core.resources.declaration import Resource
from core.resources.definitions import BOUNDED, CHOOSING, Definition, Kind
from core.resources.documents import place_of, seen_by
from core.resources.kinds import colours
from core.resources.tokens import Space, count_tokens, pack
from core.rules import Actor

ENDS = {Kind.RANGE: ("__least", "__most"), Kind.MONEY: ("__amount", "__amount")}


def facets(resource: type[Resource], rows: QuerySet, actor: Actor, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each facet attribute with its values and counts, in one pass; numbers and money with their least and most."""
    definitions = [
        each
        for each in seen_by(actor, resource.model.filterable_definitions(place_of(resource, values)))
        if each.facetable
    ]
    counts = count_tokens(rows, "tokens")
    spans = _spans(resource, rows, [each for each in definitions if each.kind in BOUNDED])
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
        low, high = (
            Cast(KT(f"{resource.document}__{each.code}{end}"), models.FloatField())
            for end in ENDS.get(each.kind, ("", ""))
        )
        asked |= {f"least_{each.id}": Min(low), f"most_{each.id}": Max(high)}
    answer = rows.order_by().aggregate(**asked)
    return {each.code: (answer[f"least_{each.id}"], answer[f"most_{each.id}"]) for each in definitions}
