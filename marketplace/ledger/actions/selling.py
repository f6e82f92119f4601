"""Money comes, and a share is sold: the buyer's money is booked at the gateway, then handed out to whom it belongs."""

from django.conf import settings

from core.actions import action
from core.rules import Actor
from marketplace.ledger import queries
from marketplace.ledger.actions.posting import Cause, Entry, post
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Journal, LineCommission, LineSplit
from marketplace.ledger.sums import NOTHING, Split, sale
from marketplace.orders import states
from marketplace.orders.models import OrderLine, VendorOrder
from marketplace.payments.models import Payment


@action(label="Book money", audited=False)
def book_capture(payment_id: int, /, *, by: Actor) -> Journal | None:
    """Post that the money of a payment came, once. Does nothing where it has not."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.status != "succeeded":
        return None
    amount = payment.captured_minor
    return post(
        JournalKind.CAPTURE,
        Cause.of(payment),
        (Entry(AccountKind.GATEWAY, amount, part=payment.gateway), Entry(AccountKind.CLEARING, -amount)),
        currency=payment.captured.currency,
        at=payment.status_since,
        subject=payment.subject,
    )


@action(label="Book as sold")
def sell(share: VendorOrder, *, by: Actor) -> VendorOrder:
    """Post what a paid share brings to whom, once. Does nothing of one that is not paid, or has ended."""
    book_sale(share)
    return share


def book_sale(share: VendorOrder) -> Journal | None:
    """The same for a share whose order is held."""
    order = share.order
    if share.state not in states.LIVE or order.payment_state not in states.PAID:
        return None
    lines = _splits(share)
    whole = sum((split for _line, split in lines), NOTHING)
    currency = share.total.currency
    return post(
        JournalKind.SALE,
        Cause.of(share),
        entries_of(whole, [Entry(AccountKind.PENDING, -whole.vendor, vendor_id=share.vendor_id)]),
        currency=currency,
        at=order.paid_at or share.state_since,
        subject=order.reference,
        share=share,
        splits=[row_of(share, line, split, currency) for line, split in lines],
    )


def entries_of(split: Split, to_vendor: list[Entry]) -> list[Entry]:
    """The entries of a sale, or, of a split below zero, of what is taken back; what is the vendor's is said beside."""
    return [
        Entry(AccountKind.CLEARING, split.paid),
        Entry(AccountKind.COUPONS, split.borne),
        Entry(AccountKind.TAX, -split.tax),
        *(Entry(AccountKind.REVENUE, -amount, part=fee) for fee, amount in split.fees.items()),
        *to_vendor,
    ]


def row_of(share: VendorOrder, line: OrderLine | None, split: Split, currency: str) -> LineSplit:
    """A split as the books keep it."""
    return LineSplit(
        share=share, line=line, currency=currency, paid_minor=split.paid, borne_minor=split.borne, tax_minor=split.tax,
        fees_minor=sum(split.fees.values()), fees=dict(split.fees), vendor_minor=split.vendor, quantity=split.quantity,
    )  # fmt: skip


def _splits(share: VendorOrder) -> list[tuple[OrderLine | None, Split]]:
    """Each line with its split, and the shipping where there is any: by what was frozen when it was ordered."""
    market_remits = settings.TAX_REMITTED_BY == "market"
    lines = list(OrderLine.objects.filter(vendor_order=share).order_by("pk"))
    fees: dict[int, dict[str, int]] = {}
    for each in LineCommission.objects.filter(line__in=lines).order_by("fee"):
        fees.setdefault(each.line_id, {})[each.fee] = each.amount_minor
    found: list[tuple[OrderLine | None, Split]] = [
        (
            line,
            sale(
                paid=line.paid(tax_is_included=share.tax_is_included).amount, borne=line.market_discount_minor,
                tax=line.tax_minor, fees=fees.get(line.pk, {}), market_remits=market_remits, quantity=line.quantity,
            ),
        )
        for line in lines
    ]  # fmt: skip
    if share.shipping_minor:
        sent = sale(
            paid=share.shipping_paid.amount, borne=share.shipping_market_discount_minor, tax=share.shipping_tax_minor,
            fees={}, market_remits=market_remits, quantity=0 if share.shipping_paid.amount else 1,
        )  # fmt: skip
        found.append((None, sent))  # what its buyer did not pay for is one piece, so that it can be taken back
    return found


def sale_of(share: VendorOrder) -> Journal | None:
    """The journal by which a share was sold."""
    return queries.journal_of(JournalKind.SALE, queries.SHARE, share.reference)
