"""Facets of a typed document: how many rows have each value, in one pass over the tokens and one over the numbers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import Max, Min, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from core.resources import searching
from core.resources.declaration import Resource
from core.resources.definitions import BOUNDED, CHOOSING, Definition, Kind
from core.resources.documents import place_of, seen_by
from core.resources.kinds import colours
from core.resources.tokens import Space, count_tokens, pack
from core.rules import Actor

ENDS = {Kind.RANGE: ("__least", "__most"), Kind.MONEY: ("__amount", "__amount")}


def faceted(resource: type[Resource], actor: Actor, values: Mapping[str, Any]) -> list[Definition]:
    """The definitions whose values are counted where these parameters look."""
    known = seen_by(actor, resource.model.filterable_definitions(place_of(resource, values)))
    return [each for each in known if each.facetable]


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


def counted(
    resource: type[Resource], rows: QuerySet, definitions: Sequence[Definition]
) -> tuple[dict[int, int], dict[str, tuple[Any, Any]]]:
    """How many of the rows have each token, in one pass; and the least and most of numbers and money, in another."""
    if not definitions:
        return {}, {}
    return count_tokens(rows, "tokens"), _spans(resource, rows, [each for each in definitions if each.kind in BOUNDED])


def facets(definitions: Iterable[Definition], tally: searching.Tally) -> list[dict[str, Any]]:
    """Each facet attribute with its values and counts; numbers and money with their least and most."""
    found = []
    for each in definitions:
        counts = [(value, label, tally.tokens.get(token, 0)) for value, label, token in _values(each)]
        shown_values = [{"value": value, "label": label, "count": count} for value, label, count in counts if count]
        least, most = tally.spans.get(each.code, (None, None))
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
