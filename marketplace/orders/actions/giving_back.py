"""Money of an order goes back: asked of its payment, with a part for each line and shipping that it is for."""

from collections.abc import Iterable, Sequence

from core.actions import lock
from core.events import append_many
from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.errors import Disputed, RefundExceedsLine
from marketplace.orders.models import Dispute, Order, RefundPart, VendorOrder
from marketplace.orders.queries import money_of
from marketplace.orders.unreturned import Portion, Rest, refundable_of, rests_of, sum_of
from marketplace.payments import actions as payments
from marketplace.payments.models import Payment, Refund


def hold_rests(order: Order, shares: Sequence[VendorOrder]) -> list[Rest]:
    """What is left of these shares of an order that is held, with its payment held from here on: nobody asks for it meanwhile."""
    _hold_money(order)
    return rests_of(shares)


def hold_refundable(order: Order, shares: Sequence[VendorOrder]) -> list[Rest]:
    """The same of what people of the market may give back on purpose: see `refundable_of`."""
    _hold_money(order)
    return refundable_of(shares)


def _hold_money(order: Order) -> None:
    payment = money_of(order).payment
    if payment is not None:
        lock(Payment, payment.pk)


def ask_back(order: Order, portions: Iterable[Portion], *, by: Actor, reason: str, about: str = "") -> Refund | None:
    """Ask the payments for this much of an order's money, and write down what of it is whose. None where it comes to nothing.

    `about` is the reference of the share that it is for; empty where it is for more than one. Shipping that the market paid for
    has a part of nothing, which says that it goes back, too. Refuses with 409 `refund_exceeds_capture` more than has come and has
    not gone back, and `disputed` what the buyer's bank is taking or took.
    """
    every = list(portions)
    chosen = [each for each in every if each.minor or each.quantity]
    refuse_what_banks_took([each.share for each in chosen])
    chosen += [each for each in every if each.line is None and each.share.market_pays_shipping]
    amount, payment = sum_of(chosen, order.total_currency), money_of(order).payment
    if payment is None or not amount.amount:
        return None
    refund = payments.request_refund(
        payment, by=Actor.system(f"refund asked for by {by.name}"), amount=amount, reason=reason, about=about
    )
    append_many([_part(refund, each) for each in chosen])
    return refund


def refuse_what_banks_took(shares: Iterable[VendorOrder]) -> None:
    """What a buyer's bank takes, or has taken, back is not given back a second time. Refuses with 409 `disputed`."""
    cases = Dispute.objects.filter(vendor_order__in={share.pk for share in shares}).exclude(gateway_dispute_id="")
    if cases.filter(state__in=(*states.DISPUTED, "lost")).exists():
        raise Disputed()


def _part(refund: Refund, of: Portion) -> RefundPart:
    return RefundPart(
        refund=refund, vendor_order=of.share, line=of.line, quantity=of.quantity, amount_minor=of.minor,
        amount_currency=refund.amount_currency, tax_minor=of.tax_minor,
    )  # fmt: skip


def repeat_parts(refund: Refund) -> None:
    """A failed refund is asked for again: the new one is made up as it was. Its payment is held.

    Refuses with 409 `refund_exceeds_line` where the money of one of its lines has gone back otherwise meanwhile, and `disputed`
    what the buyer's bank is taking or took.
    """
    shares = {each.vendor_order_id: each.vendor_order for each in _parts_of(refund.repeats)}
    refuse_what_banks_took(shares.values())
    left = {(each.share.pk, each.line and each.line.pk): each for each in refundable_of(list(shares.values()))}
    again = []
    for part in _parts_of(refund.repeats):
        rest = left[part.vendor_order_id, part.line_id]
        if part.amount_minor > rest.minor or part.tax_minor > rest.tax_minor:
            raise RefundExceedsLine(
                what=str(part.line or "the shipping"), left=str(sum_of([rest], part.amount_currency))
            )
        again.append(
            Portion(rest.share, rest.line, min(part.quantity, rest.quantity), part.amount_minor, part.tax_minor)
        )
    append_many([_part(refund, each) for each in again])


def _parts_of(refund: Refund | None) -> list[RefundPart]:
    rows = RefundPart.objects.filter(refund=refund).select_related("vendor_order", "line")
    return list(rows.order_by("pk")) if refund is not None else []
