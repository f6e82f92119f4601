"""What always holds of what the market bore of sales: it goes back to the market as the sale does, no less and no more."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, Q, Sum
from django.utils import timezone

from core.invariants import invariant
from marketplace.ledger.kinds import JournalKind
from marketplace.ledger.models import LineSplit
from marketplace.ledger.queries import named_for_nothing
from marketplace.ledger.sums import portion
from marketplace.orders.models import Dispute, LineReduction, RefundPart, VendorOrder

#: So long the books may lag behind what was given up: the sweep runs every five minutes.
LATE = timedelta(minutes=30)
SOLD, BACK = Q(journal__kind=JournalKind.SALE), Q(journal__kind=JournalKind.REVERSAL)


@invariant("I-L8", owner="ledger")
def subsidies_that_vendors_keep() -> Iterator[str]:
    """What the market bore of a sale goes back to it as the sale is taken back, no less and no more.

    With what was paid; where nothing was, with each piece that is given up, and with the shipping that a refund names; all of it where a
    dispute was lost, here or at a bank, and nothing that was paid is left.
    By half an hour after it; rounded half up of all that went back, so that it is neither more nor less however many steps it took.
    """
    for share, rows in groupby(_units(), key=lambda each: each["share"]):
        units = list(rows)
        is_kept = any(each["sold_paid"] > each["paid_back"] for each in units)
        is_undone = not is_kept and _was_taken(share)
        given = _given_up(share) | {None: _shipping_back(share)}
        for each in units:
            least, most = _bounds(each, given.get(each["line"], (0, 0)), is_kept=is_kept, is_undone=is_undone)
            if not least <= each["borne_back"] <= most:
                yield f"vendor order {share}, line {each['line']}: {each['borne_back']} of {each['sold_borne']} is taken back"


def _bounds(unit: Mapping[str, Any], given: tuple[int, int], *, is_kept: bool, is_undone: bool) -> tuple[int, int]:
    """How much of what was borne of a unit is back at least and at most. `is_kept`: of what was paid of its share something stays;
    `is_undone`: what was not paid goes with the last of it."""
    borne = unit["sold_borne"]
    if unit["sold_paid"]:
        due = portion(borne, min(unit["paid_back"], unit["sold_paid"]), unit["sold_paid"])
        return due, due
    least, most = (portion(borne, min(count, unit["count"]), unit["count"]) for count in given)
    return borne if is_undone else least, most if is_kept else borne


def _units() -> Iterator[dict[str, Any]]:
    """Lines and shippings, share by share, of what the market bore some of and what did not stay whole: what was sold, what is back."""
    moved = Exists(LineReduction.objects.filter(vendor_order=OuterRef("pk"))) | Exists(
        LineSplit.objects.filter(BACK, share=OuterRef("pk"))
    )
    shares = VendorOrder.objects.filter(moved | Q(state="cancelled"), market_discount_minor__gt=0)
    rows = LineSplit.objects.filter(share__in=shares.values("pk")).order_by()
    sums = rows.values("share", "line").annotate(
        sold_paid=Sum("paid_minor", filter=SOLD, default=0), sold_borne=Sum("borne_minor", filter=SOLD, default=0),
        count=Sum("quantity", filter=SOLD, default=0),
        paid_back=-Sum("paid_minor", filter=BACK, default=0), borne_back=-Sum("borne_minor", filter=BACK, default=0),
    )  # fmt: skip
    yield from (dict(each) for each in sums.order_by("share", "line").iterator(500))


def _was_taken(share: int) -> bool:
    """Whether a dispute of it was lost, here or at a bank."""
    lost = Dispute.objects.filter(vendor_order=share, state="lost")
    return lost.exclude(refund=None, gateway_dispute_id="").exists()


def _shipping_back(share: int) -> tuple[int, int]:
    """Whether the shipping of a share was to go back half an hour ago, and whether it is by now: 0 or 1, as if it were a piece.

    With a share that is called off, with a refund that names it, and with one that came to nothing.
    """
    since = [
        *VendorOrder.objects.filter(pk=share, state="cancelled").values_list("state_since", flat=True),
        *RefundPart.objects.filter(vendor_order=share, line=None, refund__status="succeeded").values_list(
            "refund__status_since", flat=True
        ),
        *named_for_nothing(share).values_list("request__state_since", flat=True),
    ]
    late = timezone.now() - LATE
    return int(any(each < late for each in since)), int(bool(since))


def _given_up(share: int) -> dict[int | None, tuple[int, int]]:
    """Of each line how many pieces were given up half an hour ago, and how many are by now."""
    late = Q(at__lt=timezone.now() - LATE)
    rows = LineReduction.objects.filter(vendor_order=share).order_by().values("line")
    sums = rows.annotate(before=Sum("quantity", filter=late, default=0), count=Sum("quantity"))
    return {each["line"]: (each["before"], each["count"]) for each in sums}
