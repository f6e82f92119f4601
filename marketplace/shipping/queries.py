"""Which methods a vendor offers to a place, and what each takes for a load."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from core import compiled
from core.money import Money
from marketplace.shipping import memory
from marketplace.shipping.carriers import Parcel, Place
from marketplace.shipping.models import PriceStep, ShippingMethod
from marketplace.shipping.rating import Load


@dataclass(frozen=True)
class Way:
    """A method with all that its price follows from."""

    method: ShippingMethod
    steps: tuple[PriceStep, ...] = ()

    def reaches(self, to: Place) -> bool:
        """Does it go there?"""
        return self.method.zone is None or self.method.zone.reaches(to.country, to.town, to.province)

    def price(self, load: Load, parcel: Parcel) -> Money | None:
        """What it takes, or None where it does not take it; a carrier's own word, where it was asked."""
        asked = None
        if self.method.kind == ShippingMethod.Kind.CARRIER:
            said = memory.recall(self.method.carrier, parcel)
            if said is not None:
                fitting = [
                    each.price
                    for each in said
                    if each.price.currency == load.value.currency and self.method.service in ("", each.service)
                ]
                if not fitting:
                    return None
                asked = min(fitting, key=lambda price: price.amount)
        return self.method.tariff(list(self.steps)).price_of(load, asked=asked)


@dataclass(frozen=True)
class Choice:
    """A method that is offered for a load, at its price."""

    method: ShippingMethod
    price: Money


def ways_of(vendor_ids: Iterable[int]) -> dict[int, list[Way]]:
    """The methods of each of these vendors: its own, or else the market's. In one query, or two where there is a table."""
    wanted = sorted(set(vendor_ids))
    if not wanted:
        return {}
    methods = compiled.models_of(_methods, values=wanted)
    steps: dict[int, list[PriceStep]] = defaultdict(list)
    tables = [each.pk for each in methods if each.kind == ShippingMethod.Kind.TABLE]
    if tables:
        for step in PriceStep.objects.filter(method__in=tables).order_by("method_id", "up_to"):
            steps[step.method_id].append(step)
    of_vendor: dict[int | None, list[Way]] = defaultdict(list)
    for each in methods:
        of_vendor[each.vendor_id].append(Way(each, tuple(steps[each.pk])))
    return {key: of_vendor[key] or of_vendor[None] for key in wanted}


def _methods(*vendor_ids: int) -> QuerySet[ShippingMethod]:
    rows = ShippingMethod.objects.filter(Q(vendor__in=vendor_ids) | Q(vendor=None), is_active=True)
    return rows.select_related("zone").order_by("pk")


def choices(ways: Sequence[Way], load: Load, parcel: Parcel) -> tuple[Choice, ...]:
    """What is offered for a load, the cheapest first; of what costs the same, the quicker."""
    found = [
        Choice(way.method, price)
        for way in ways
        if way.reaches(parcel.recipient) and (price := way.price(load, parcel)) is not None
    ]
    slow = 1000
    return tuple(sorted(found, key=lambda each: (each.price.amount, each.method.days_max or slow, each.method.pk)))
