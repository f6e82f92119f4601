"""Facets of a typed document: how many rows have each value, in one pass over the tokens and one over the numbers.

Bars of a histogram are counted from the same tokens: each is a run of the buckets that numbers fall into.
"""

import math
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import Max, Min, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from core.resources.declaration import Resource
from core.resources.definitions import BOUNDED, BUCKETS, CHOOSING, EARLIEST, Definition, Kind
from core.resources.documents import place_of, seen_by
from core.resources.kinds import colours
from core.resources.tokens import Space, count_tokens, pack
from core.rules import Actor

ENDS = {Kind.RANGE: ("__least", "__most"), Kind.MONEY: ("__amount", "__amount")}


def facets(resource: type[Resource], rows: QuerySet, actor: Actor, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each facet attribute with its values and counts, in one pass; numbers and money with their least and most, or with bars."""
    definitions = [
        each for each in seen_by(actor, resource.model.filterable_definitions(place_of(resource, values))) if each.facet
    ]
    counts = count_tokens(rows, "tokens")
    spans = _spans(resource, rows, [each for each in definitions if each.kind in BOUNDED and each.facet])
    found = []
    for each in definitions:
        least, most = spans.get(each.code, (None, None))
        values_shown = [
            {"value": value, "label": label, "count": count} for value, label, count in _counted(each, counts) if count
        ]
        bins = _bars(each, counts) if each.facet == "histogram" else []
        if values_shown or bins or least is not None:
            found.append(
                {
                    "name": f"attr.{each.code}", "label": each.label, "kind": each.facet, "values": values_shown,
                    "least": least, "most": most, "bins": bins,
                }
            )  # fmt: skip
    return found


def _counted(definition: Definition, counts: Mapping[int, int]) -> list[tuple[str, str, int]]:
    """The values of a facet of terms with their counts."""
    if definition.kind in CHOOSING:
        return [
            (option.code, option.label, counts.get(pack(Space.OPTION, option.id), 0)) for option in definition.options
        ]
    if definition.kind is Kind.BOOLEAN:
        return [
            (word, label, counts.get(pack(Space.FLAG, definition.id, part), 0))
            for word, label, part in (("true", "Yes", 1), ("false", "No", 0))
        ]
    if definition.kind is Kind.COLOUR:
        return [
            (family, family.capitalize(), counts.get(pack(Space.BUCKET, definition.id, place), 0))
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
