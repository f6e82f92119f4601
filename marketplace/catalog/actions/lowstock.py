"""What runs low is noted by the clock, outside of any sale: hot goods are sold without asking who is to be warned."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from core import context
from core.actions import action
from core.errors import Busy
from core.events import publish
from core.rules import Actor
from marketplace.catalog.events import StockRanLow
from marketplace.catalog.models import LowStock, Variant
from marketplace.catalog.models.lowstock import RUNS_LOW

AT_ONCE, MOST_NAMED = 5_000, 100


@action(label="Note low stock", audited=False)
def note_low_stock(*, by: Actor) -> int:
    """Note the variants on show that run low by now, and forget those that do not any more. Returns how many are new.

    Each vendor is told of its new ones in one event. Safe to repeat: what is noted is not new.
    """
    offered = Variant.objects.filter(is_active=True, listing__status="approved")
    LowStock.objects.exclude(variant__in=offered.filter(RUNS_LOW).order_by().values("pk")).delete()
    fresh = list(offered.filter(RUNS_LOW, low_stock=None).order_by("pk").values_list("pk", "vendor_id")[:AT_ONCE])
    try:
        with transaction.atomic():
            LowStock.objects.bulk_create(
                [LowStock(variant_id=key, vendor_id=vendor, since=context.now()) for key, vendor in fresh]
            )
    except IntegrityError as fault:  # another run has just noted one of them, and tells of it
        raise Busy() from fault
    of_vendor: dict[int, list[int]] = defaultdict(list)
    for key, vendor in fresh:
        of_vendor[vendor].append(key)
    for vendor, keys in of_vendor.items():
        publish(StockRanLow(vendor_id=vendor, count=len(keys), variant_ids=tuple(keys[:MOST_NAMED])))
    return len(fresh)


@action(label="Note the mail of low stock", audited=False)
def note_low_stock_mailed(keys: Iterable[int], /, *, by: Actor) -> int:
    """Note that the vendor has been written to about these. Returns how many were still to be told."""
    return LowStock.objects.filter(pk__in=list(keys), mailed_at=None).update(mailed_at=context.now())
