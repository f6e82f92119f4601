"""What the books tell on the pages of orders, payments and refunds: what a share brought to whom, and the way to its journals."""

from collections.abc import Sequence

from django.db.models import Sum

from core.admin.landing import changelist_url
from core.audiences import OPERATIONS
from core.money import Money
from core.rules import Actor, policy_of, scope
from marketplace.ledger.models import Journal, LineSplit, Posting
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.screens_money import Part, books, divides
from marketplace.payments.models import Payment, Refund
from marketplace.payments.screens import booked_at


@divides
def of_shares(actor: Actor, shares: Sequence[VendorOrder]) -> dict[int, list[Part]]:
    """What the market and the vendor have of each share that is sold, less what went back: one query for all of them."""
    if not policy_of(LineSplit).may_ever(actor, "view"):
        return {}
    rows = scope(actor, LineSplit).filter(share__in=[each.pk for each in shares]).order_by()
    sums = rows.values("share", "currency").annotate(
        borne=Sum("borne_minor"), fees=Sum("fees_minor"), tax=Sum("tax_minor"), vendor=Sum("vendor_minor")
    )
    references = {each.pk: each.reference for each in shares}
    found = {}
    for each in sums:
        link = of_share(actor, references[each["share"]])
        parts = (
            ("Borne by the market", each["borne"]), ("Fees of the market", each["fees"]),
            ("Tax that the market remits", each["tax"]), ("To the vendor", each["vendor"]),
        )  # fmt: skip
        found[each["share"]] = [
            Part(title, Money(minor, each["currency"]), link)
            for title, minor in parts
            if minor or title == "To the vendor"
        ]
    return found


def of_share(actor: Actor, reference: str) -> str:
    """Where that is booked: the journals for those who read the books, for a vendor the lines of its own statement."""
    if actor.audience is OPERATIONS:
        return changelist_url(Journal, {"share": reference})
    return changelist_url(Posting, {"share": reference})


@books
def of_order(actor: Actor, order: Order) -> str:
    """All journals of an order, for those who read the books."""
    if not policy_of(Journal).may_ever(actor, "view"):
        return ""
    return changelist_url(Journal, {"subject": order.reference})


@booked_at
def of_cause(actor: Actor, row: Payment | Refund) -> str:
    """The journals that a payment or a refund made."""
    if not policy_of(Journal).may_ever(actor, "view"):
        return ""
    return changelist_url(Journal, {"q": row.reference})
