"""What always holds of what the market bore of sales: it goes back to the market as the sale does, no less and no more."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, Q, Sum
from django.utils import timezone

from core.invariants import invariant
from marketplace.ledger.kinds import JournalKind
from marketplace.ledger.models import LineSplit
from marketplace.ledger.sums import portion
from marketplace.orders.models import LineReduction, VendorOrder

#: So long the books may lag behind what was given up: the sweep runs every five minutes.
LATE = timedelta(minutes=30)
SOLD, BACK = Q(journal__kind=JournalKind.SALE), Q(journal__kind=JournalKind.REVERSAL)


@invariant("I-L8", owner="ledger")
def subsidies_that_vendors_keep() -> Iterator[str]:
    """What the market bore of a sale goes back to it with what was paid, or, where nothing was, with each piece that is given up.

    By half an hour after it; rounded half up of all that went back, so that it is neither more nor less however many steps it took.
    """
    late = timezone.now() - LATE
    for share, rows in groupby(_units(), key=lambda each: each["share"]):
        units = list(rows)
        is_kept = any(each["sold_paid"] > each["paid_back"] for each in units)
        given = _given_up(share)
        for each in units:
            least, most = _bounds(each, given.get(each["line"], (0, 0)), late, is_kept=is_kept)
            if not least <= each["borne_back"] <= most:
                yield f"vendor order {share}, line {each['line']}: {each['borne_back']} of {each['sold_borne']} is taken back"


def _bounds(unit: Mapping[str, Any], given: tuple[int, int], late: datetime, *, is_kept: bool) -> tuple[int, int]:
    """How much of what was borne of a unit is back at least and at most. `is_kept`: of what was paid of its share something stays."""
    borne = unit["sold_borne"]
    if unit["sold_paid"]:
        due = portion(borne, min(unit["paid_back"], unit["sold_paid"]), unit["sold_paid"])
        return due, due
    if unit["line"] is None:
        was_called_off = unit["share__state"] == "cancelled"
        least, most = (int(was_called_off and unit["share__state_since"] < late), int(was_called_off))
        least, most = borne * least, borne * most
    else:
        least, most = (portion(borne, min(count, unit["count"]), unit["count"]) for count in given)
    return least, most if is_kept else borne  # what came as a gift goes back with the last of what was paid


def _units() -> Iterator[dict[str, Any]]:
    """Lines and shippings, share by share, of what the market bore some of and what did not stay whole: what was sold, what is back."""
    moved = Exists(LineReduction.objects.filter(vendor_order=OuterRef("pk"))) | Exists(
        LineSplit.objects.filter(BACK, share=OuterRef("pk"))
    )
    shares = VendorOrder.objects.filter(moved | Q(state="cancelled"), market_discount_minor__gt=0)
    rows = LineSplit.objects.filter(share__in=shares.values("pk")).order_by()
    sums = rows.values("share", "line", "share__state", "share__state_since").annotate(
        sold_paid=Sum("paid_minor", filter=SOLD, default=0), sold_borne=Sum("borne_minor", filter=SOLD, default=0),
        count=Sum("quantity", filter=SOLD, default=0),
        paid_back=-Sum("paid_minor", filter=BACK, default=0), borne_back=-Sum("borne_minor", filter=BACK, default=0),
    )  # fmt: skip
    yield from (dict(each) for each in sums.order_by("share", "line").iterator(500))


def _given_up(share: int) -> dict[int | None, tuple[int, int]]:
    """Of each line how many pieces were given up half an hour ago, and how many are by now."""
    late = Q(at__lt=timezone.now() - LATE)
    rows = LineReduction.objects.filter(vendor_order=share).order_by().values("line")
    sums = rows.annotate(before=Sum("quantity", filter=late, default=0), count=Sum("quantity"))
    return {each["line"]: (each["before"], each["count"]) for each in sums}
