"""What always holds of what goes back of an order: each refund is made up of its parts, and no line gives back more than it cost."""

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q

from core.invariants import invariant
from marketplace.orders.models import Order, OrderLine, RefundPart, VendorOrder
from marketplace.orders.sums import total_of
from marketplace.orders.unreturned import held_parts
from marketplace.payments.models import Refund

#: What the buyer paid for a line, and for the shipping of a share, as models/bills.py has it.
PAID = F("total_minor") - F("discount_minor")
SHIPPING_PAID = F("shipping_minor") - F("shipping_discount_minor")


@invariant("I-P6b", owner="orders")
def refunds_that_their_parts_do_not_make() -> Iterator[str]:
    """The parts of a refund of an order add up to it, in its currency, and each is of a line of that order."""
    parts = RefundPart.objects.filter(refund=OuterRef("pk"))
    ours = Exists(Order.objects.filter(reference=OuterRef("payment__subject")))
    refunds = Refund.objects.filter(ours, payment__is_extra=False).annotate(
        sum=total_of(parts, "refund", "amount_minor")
    )
    odd = refunds.exclude(amount_minor=F("sum")).order_by("pk")
    yield from (f"refund {pk}" for pk in odd.values_list("pk", flat=True))
    fits = Q(
        vendor_order__order__reference=F("refund__payment__subject"), amount_currency=F("refund__amount_currency")
    ) & (Q(line=None, quantity=0) | Q(line__vendor_order=F("vendor_order"), quantity__lte=F("line__quantity")))
    stray = RefundPart.objects.exclude(pk__in=RefundPart.objects.filter(fits).values("pk"))
    yield from (f"part {pk}" for pk in stray.order_by("pk").values_list("pk", flat=True))


@invariant("I-P2b", owner="orders")
def lines_that_give_back_more_than_they_cost() -> Iterator[str]:
    """Of no line, and of no shipping, more goes back than was paid for it: promised counts, in money, in tax and in pieces."""
    held = held_parts().filter(line=OuterRef("pk"))
    lines = OrderLine.objects.annotate(
        gone=total_of(held, "line", "amount_minor"), taxed=total_of(held, "line", "tax_minor"),
        pieces=total_of(held, "line", "quantity"),
    )  # fmt: skip
    over = (
        Q(vendor_order__tax_is_included=True, gone__gt=PAID)
        | Q(vendor_order__tax_is_included=False, gone__gt=PAID + F("tax_minor"))
        | Q(taxed__gt=F("tax_minor"))
        | Q(pieces__gt=F("quantity"))
    )
    yield from (f"line {pk}" for pk in lines.filter(over).order_by("pk").values_list("pk", flat=True))
    sent = held_parts().filter(vendor_order=OuterRef("pk"), line=None)
    shares = VendorOrder.objects.annotate(
        gone=total_of(sent, "vendor_order", "amount_minor"), taxed=total_of(sent, "vendor_order", "tax_minor")
    )
    over = (
        Q(tax_is_included=True, gone__gt=SHIPPING_PAID)
        | Q(tax_is_included=False, gone__gt=SHIPPING_PAID + F("shipping_tax_minor"))
        | Q(taxed__gt=F("shipping_tax_minor"))
    )
    yield from (f"shipping of {pk}" for pk in shares.filter(over).order_by("pk").values_list("pk", flat=True))
