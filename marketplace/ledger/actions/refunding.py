"""Money goes back: booked at the gateway, and the sale that it came of is taken back in proportion."""

from collections.abc import Mapping, Sequence

from django.db.models import Sum

from core.actions import action, lock
from core.rules import Actor
from marketplace.ledger import queries
from marketplace.ledger.actions.posting import Cause, Entry, post
from marketplace.ledger.actions.recovering import book_recovered
from marketplace.ledger.actions.reversing import Back, reverse
from marketplace.ledger.actions.selling import book_sale
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Journal
from marketplace.ledger.sums import Split, over_what_is_left
from marketplace.orders.models import Order, RefundPart, VendorOrder
from marketplace.payments.models import Refund

#: A share and one of its lines; None is its shipping.
Unit = tuple[int, int | None]
Splits = Mapping[int, Mapping[int | None, tuple[Split, Split]]]


@action(label="Book refund", audited=False)
def book_refund(refund_id: int, /, *, by: Actor) -> Journal | None:
    """Post that money went back, once, and take back what it was of: of the shares and lines that its parts name, or, of what
    no part names, in proportion to what is left of each. The order is held meanwhile. Does nothing where none went back.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status != "succeeded":
        return None
    payment, amount = refund.payment, refund.amount.amount
    order = Order.objects.filter(reference=payment.subject).first()
    if order is not None:
        lock(Order, order)
    journal = post(
        JournalKind.REFUND,
        Cause.of(refund),
        (Entry(AccountKind.CLEARING, amount), Entry(AccountKind.GATEWAY, -amount, part=payment.gateway)),
        currency=refund.amount.currency,
        at=refund.status_since,
        subject=payment.subject,
        note=refund.reason,
    )
    if journal is not None and order is not None and not payment.is_extra:
        _take_back(order, refund)
    return journal


@action(label="Take back what cost nothing")
def void(share: VendorOrder, *, by: Actor) -> VendorOrder:
    """Take back what of a share cost its buyer nothing and was given up, so that no refund does: each piece once, the last one
    with the exact rest, and its shipping when the share is called off or a request without money names it."""
    sold, given = queries.splits_of(share.order).get(share.pk, {}), queries.given_up_of(share)
    free = _free(sold, given)
    if free and given is not None:
        reverse(share, sold, free, cause=_cause_of(share, given), note=given.note, at=given.at)
    return share


def _cause_of(share: VendorOrder, given: queries.GivenUp) -> Cause:
    """The share where all of it was called off; else as many pieces of it as were given up by then, which are ever more."""
    whole = Cause.of(share)
    if share.state == "cancelled":
        return whole
    return Cause(whole.model, f"{whole.reference}/{sum(given.pieces.values())}")


def _free(sold: Mapping[int | None, tuple[Split, Split]], given: queries.GivenUp | None) -> dict[int | None, Back]:
    """What cost nothing, was given up, and is not taken back yet. The pieces that refunds name are among those given up."""
    pieces = given.pieces if given is not None else {}
    left = {unit: pieces.get(unit, 0) - back.quantity for unit, (was, back) in sold.items() if not was.paid}
    return {unit: Back(0, count) for unit, count in left.items() if count > 0}


def _take_back(order: Order, refund: Refund) -> None:
    shares = list(VendorOrder.objects.filter(order=order).select_related("order").order_by("pk"))
    for share in shares:
        book_sale(share)  # its own event may not have been heard yet
        book_recovered(share)
    splits = queries.splits_of(order)
    wanted = _parts(refund, splits)
    rest = refund.amount.amount - sum(each.amount for each in wanted.values())
    if rest > 0:
        about = [share for share in shares if not refund.about or share.reference == refund.about]
        wanted = _with_rest(wanted, rest, about, splits, refund)
    wanted = _with_gifts(wanted, [share for share in shares if queries.is_decided_for_buyer(share)], splits)
    for share in shares:
        sold = splits.get(share.pk, {})
        own = {line: back for (pk, line), back in wanted.items() if pk == share.pk}
        if sold and own:
            own = _free(sold, queries.given_up_of(share)) | own
            letter = share.reference.rpartition("-")[2]
            cause = Cause(queries.REFUND, f"{refund.reference}/{letter}")
            reverse(share, sold, own, cause=cause, note=refund.reason, at=refund.status_since)


def _parts(refund: Refund, splits: Splits) -> dict[Unit, Back]:
    """What the parts of a refund name. Pieces that cost nothing are taken back as they are given up, by whatever verb; shipping that
    the market paid for is taken back by being named."""
    found = {}
    for each in RefundPart.objects.filter(refund=refund).order_by("pk"):
        was, _back = splits.get(each.vendor_order_id, {}).get(each.line_id, (None, None))
        if was is None or was.paid or each.amount.amount:
            found[each.vendor_order_id, each.line_id] = Back(each.amount.amount, each.quantity)
        elif each.line_id is None:
            found[each.vendor_order_id, None] = Back(0, was.quantity)
    return found


def _with_rest(
    wanted: Mapping[Unit, Back], rest: int, shares: Sequence[VendorOrder], splits: Splits, refund: Refund
) -> dict[Unit, Back]:
    """What no part names, over what is left of each unit. A share that was never sold takes its own part of it: that is
    still unbooked, and needs no taking back."""
    units: list[tuple[Unit, int]] = []
    for share in shares:
        for line, (sold, back) in splits.get(share.pk, {}).items():
            here = wanted.get((share.pk, line), Back()).amount
            units.append(((share.pk, line), max(sold.paid - back.paid - here, 0)))
        if share.pk not in splits:
            units.append(((share.pk, None), _unsold(share, refund)))
    amounts = over_what_is_left(rest, [left for _unit, left in units])
    found = dict(wanted)
    for (unit, _left), amount in zip(units, amounts, strict=True):
        before = found.get(unit, Back())
        found[unit] = Back(before.amount + amount, before.quantity)
    return _with_gifts(found, shares, splits)


def _with_gifts(wanted: dict[Unit, Back], shares: Sequence[VendorOrder], splits: Splits) -> dict[Unit, Back]:
    """Where all that was paid of a share is back, so are its lines that cost nothing."""
    for share in shares:
        lines = splits.get(share.pk, {})
        left = sum(
            sold.paid - back.paid - wanted.get((share.pk, line), Back()).amount for line, (sold, back) in lines.items()
        )
        if lines and left <= 0:
            for line, (sold, back) in lines.items():
                amount = wanted.get((share.pk, line), Back()).amount
                wanted[share.pk, line] = Back(amount, sold.quantity - back.quantity)
    return wanted


def _unsold(share: VendorOrder, refund: Refund) -> int:
    """What of a share that was never sold has not gone back under its own name."""
    own = Refund.objects.filter(payment=refund.payment_id, about=share.reference, status="succeeded").exclude(
        pk=refund.pk
    )
    return max(share.total.amount - (own.aggregate(sum=Sum("amount_minor"))["sum"] or 0), 0)
