"""Facets of a typed document: which are counted, and what the tokens and numbers that were counted say.

Bars of a histogram are counted from the same tokens: each is a run of the buckets that numbers fall into.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from core.resources.declaration import Resource
from core.resources.definitions import BOUNDED, BUCKETS, CHOOSING, EARLIEST, Definition, Kind
from core.resources.documents import place_of, seen_by
from core.resources.facets import Counts
from core.resources.kinds import colours
from core.resources.tokens import Space, pack
from core.rules import Actor

HISTOGRAM = "histogram"
ENDS = {Kind.RANGE: ("__least", "__most"), Kind.MONEY: ("__amount", "__amount")}


def definitions_of(resource: type[Resource], actor: Actor, values: Mapping[str, Any]) -> list[Definition]:
    """The attributes that are counted for this actor in the place that was asked for."""
    place = place_of(resource, values)
    return [each for each in seen_by(actor, resource.model.filterable_definitions(place)) if each.facet]


def tokens_of(definitions: Iterable[Definition]) -> list[int]:
    """Every token that facets of these definitions count."""
    found = []
    for each in definitions:
        found += [token for _value, _label, token in _values(each)]
        if each.facet == HISTOGRAM:
            found += [pack(Space.BUCKET, each.id, bucket) for bucket in range(each.last_bucket + 1)]
    return found


def paths_of(definitions: Iterable[Definition]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """By the code of each definition that has a least and a most: where a document has them."""
    found = {}
    for each in definitions:
        if each.kind in BOUNDED:
            low, high = ENDS.get(each.kind, ("", ""))
            found[each.code] = (tuple(f"{each.code}{low}".split("__")), tuple(f"{each.code}{high}".split("__")))
    return found


def facets(definitions: Iterable[Definition], told: Counts) -> list[dict[str, Any]]:
    """Each facet attribute with its values and counts; numbers and money with their least and most, or with bars."""
    found = []
    for each in definitions:
        counts = [(value, label, told.tokens.get(token, 0)) for value, label, token in _values(each)]
        values_shown = [{"value": value, "label": label, "count": count} for value, label, count in counts if count]
        least, most = told.spans.get(each.code, (None, None))
        bins = _bars(each, told.tokens) if each.facet == HISTOGRAM else []
        if values_shown or bins or least is not None:
            found.append(
                {
                    "name": f"attr.{each.code}", "label": each.label, "kind": each.facet, "values": values_shown,
                    "least": least, "most": most, "bins": bins,
                }
            )  # fmt: skip
    return found


def _values(each: Definition) -> list[tuple[str, str, int]]:
    """The values of a facet of terms: as asked for, as people read it, and its token."""
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


#: So many bars a histogram of numbers has: each is a run of four of the 64 buckets.
BARS = 16


def _bars(definition: Definition, counts: Mapping[int, int]) -> list[dict[str, Any]]:
    """The bars of a histogram: of dates one for each year that has any; of numbers equal parts of what lies between the bounds."""
    at = {
        bucket: count
        for bucket in range(definition.last_bucket + 1)
        if (count := counts.get(pack(Space.BUCKET, definition.id, bucket), 0))
    }
    if definition.kind is Kind.DATE:
        return [
            {"label": str(EARLIEST + year), "least": f"{EARLIEST + year}-01-01", "most": f"{EARLIEST + year}-12-31", "count": count}
            for year, count in sorted(at.items())
        ]  # fmt: skip
    low, high = definition.index_low, definition.index_high
    if not at or low is None or high is None or high <= low:
        return []
    step, wide = BUCKETS // BARS, (high - low) / BARS
    is_whole = definition.is_integer or definition.kind is Kind.MONEY
    found = []
    for place in range(BARS):
        least, most = low + place * wide, low + (place + 1) * wide
        if is_whole:
            least, most = math.ceil(least), math.ceil(most) - 1 if place < BARS - 1 else math.floor(most)
        if is_whole and most < least:
            continue  # narrower than one: what would stand there stands beside it
        ends = [f"{each:g}" if not is_whole else str(each) for each in (least, most)]
        count = sum(at.get(bucket, 0) for bucket in range(place * step, (place + 1) * step))
        label = ends[0] if ends[0] == ends[1] else f"{ends[0]} – {ends[1]}"
        found.append({"label": label, "least": ends[0], "most": ends[1], "count": count})
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
