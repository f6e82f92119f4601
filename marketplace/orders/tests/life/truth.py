"""What must be true after each step: the audit, and a simple model beside it that counts pieces and money in its own way.

The model reads what was ordered and what the gateway's own books say, and none of the sums by which the market works.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db.models import Sum

from marketplace.catalog.models import Stock
from marketplace.coupons.models import CouponTally, Redemption
from marketplace.ledger.models import Journal, LineCommission, Posting
from marketplace.orders.models import Dispute, LineReduction, Order, OrderLine, RefundPart, RefundRequest, VendorOrder
from marketplace.payments.models import Chargeback, Payment, Refund
from marketplace.payouts.models import Payout

LIVE = ("to_accept", "to_ship", "part_shipped", "shipped", "delivered")
SECOND_FROM = 1_000
VENDORS = ("vendor_pending", "vendor_available", "vendor_reserved")
Said = Iterator[str]


def broken(world: Any) -> dict[str, list[str]]:
    """What does not hold now: name -> what breaks it. What the books say counts once they have caught up."""
    found = world.auditor.broken(is_later=world.is_later)
    checks = MODEL + (OF_BOOKS if world.is_caught_up else ())
    return found | {check.__name__: said for check in checks if (said := list(check(world)))}


def half_up(amount: int, part: int, whole: int = 10_000) -> int:
    return (2 * amount * part + whole) // (2 * whole)


def pieces(world: Any) -> Said:
    """Delivered to the shop, less sold, and what came back or was chosen to be sold again: that is what is on the shelf."""
    left = Counter(world.received)
    for line in OrderLine.objects.select_related("vendor_order").prefetch_related("reductions"):
        given = list(line.reductions.all())
        if line.vendor_order.state in LIVE or given:
            left[line.variant_id] -= line.quantity
        left[line.variant_id] += sum(each.restocked for each in given if each.kind == "cancelled")
    for key, on_hand in Stock.objects.order_by("pk").values_list("variant", "on_hand"):
        if key in world.received and on_hand != left[key] + world.put_back[key]:
            yield f"variant {key}: {on_hand} on the shelf, {left[key] + world.put_back[key]} by count"


def bills(world: Any) -> Said:
    """Coupons, tax and fees of each order, computed anew from prices and rates."""
    taken: defaultdict[str, set[str]] = defaultdict(set)
    for reference, code in Redemption.objects.filter(kind="taken").values_list("reference", "coupon__code"):
        taken[reference].add(code)
    fees = dict(LineCommission.objects.order_by().values_list("line").annotate(Sum("amount_minor")))
    for order in Order.objects.prefetch_related("shares__lines").order_by("pk"):
        codes, shares = taken[order.reference], list(order.shares.all())
        goods = {share.vendor_id: share.goods_minor for share in shares}
        off = sum(share.discount_minor - share.shipping_discount_minor for share in shares)
        # A vendor's coupon comes first; the market's is of what that leaves.
        expected = min(321, goods.get(world.vendors[0].pk, 0)) if "OFF" in codes else 0
        expected += half_up(sum(goods.values()) - expected, 1_333) if "ODD" in codes else 0
        expected += _given_away(world, shares) if "GIFT" in codes else 0
        if off != expected:
            yield f"order {order.pk}: {' and '.join(sorted(codes)) or 'nothing'} took {off} off, not {expected}"
        for share in shares:
            if share.shipping_discount_minor != (share.shipping_minor if "FREE" in codes else 0):
                yield f"shipping of {share.pk}: {share.shipping_discount_minor} off"
            net = share.goods_minor - share.discount_minor + share.shipping_minor
            tax = half_up(net, 1_800) if order.country == "UG" else half_up(net, 1_600, 11_600)
            added = tax if order.country == "UG" else 0
            if (share.tax_minor, share.total.amount) != (tax, net + added):
                yield f"vendor order {share.pk}: tax {share.tax_minor} of {net}, total {share.total.amount}"
            for line in share.lines.all():
                base = line.total.amount - line.discount_minor + line.market_discount_minor
                if fees.get(line.pk, 0) != half_up(base, world.rates[share.vendor_id]):
                    yield f"line {line.pk}: fees {fees.get(line.pk, 0)} of {base}"


def _given_away(world: Any, shares: Iterable[VendorOrder]) -> int:
    """All of the one thing that is a gift, less what its vendor takes off it."""
    lines = [line for share in shares for line in share.lines.all() if line.variant_id == world.goods[0].pk]
    return sum(line.total.amount - line.discount_minor + line.market_discount_minor for line in lines)


def coupon_uses(world: Any) -> Said:
    """A coupon is used by the orders that wait or were sold with it, and by no other."""
    sold = set(LineReduction.objects.values_list("vendor_order__order__reference", flat=True))
    sold |= set(VendorOrder.objects.filter(state__in=LIVE).values_list("order__reference", flat=True))
    sold |= set(Order.objects.filter(payment_state="pending").values_list("reference", flat=True))
    taken = Redemption.objects.filter(kind="taken", reference__in=sold).values_list("coupon", flat=True)
    uses = Counter(taken)
    for key, used in CouponTally.objects.values_list("coupon", "used"):
        if used != uses[key]:
            yield f"coupon {key} counts {used} uses of {uses[key]}"


def gateways_word(world: Any) -> Said:
    """No more came or went back than the gateway did, and it never gave back more than it took."""
    done = [each for each in world.till.books.movements() if each.status == "succeeded"]
    of = {each.key: each.amount for each in done}
    gone: Counter[str] = Counter()
    for each in done:
        gone[each.payment] += each.amount if each.kind == "refund" else 0
    for payment in Payment.objects.order_by("pk"):
        if payment.captured_minor not in (0, of.get(payment.key)):
            yield f"payment {payment.pk} says {payment.captured_minor}"
        if payment.refunded_minor > gone[payment.gateway_id]:
            yield f"payment {payment.pk} gave back {payment.refunded_minor}, its gateway {gone[payment.gateway_id]}"
        if gone[payment.gateway_id] > payment.amount.amount:
            yield f"{gone[payment.gateway_id]} of {payment.amount} went back"


def second_person(_world: Any) -> Said:
    """Of no order more than a limit goes back by one person's word, in as many refunds and disputes as it may be."""
    alone: Counter[int] = Counter()
    for asked in RefundRequest.objects.filter(state="approved").select_related("vendor_order"):
        if asked.decided_by_id == asked.asked_by_id:
            alone[asked.vendor_order.order_id] += asked.amount_minor
    for case in Dispute.objects.filter(state="lost").exclude(refund=None).select_related("refund", "vendor_order"):
        if case.verdict_by_name and not case.allowed_by_name:
            alone[case.vendor_order.order_id] += case.refund.amount_minor if case.refund else 0
    for order, minor in sorted(alone.items()):
        if minor > SECOND_FROM:
            yield f"order {order}: {minor} by one person's word"


def transfers(world: Any) -> Said:
    """Each payout was sent at most once, and what went out is what was paid out."""
    sent: defaultdict[str, list[int]] = defaultdict(list)
    for each in world.till.books.movements():
        if each.kind == "transfer" and each.status == "succeeded":
            sent[each.subject].append(each.amount)
    for payout in Payout.objects.order_by("pk"):
        wanted = [payout.amount.amount] if payout.status in ("paid", "returned") else []
        found = sent[payout.reference]
        if found != wanted and not (payout.status in ("sending", "unknown") and len(found) < 2):
            yield f"payout {payout.pk}, {payout.status}: {found} sent"


def money_at_the_gateway(world: Any) -> Said:
    """What the books have there is what came, less what went back, what banks took and what was paid out; told once orders have
    followed each word of a bank."""
    taken = _taken_by_banks()
    if taken is None:
        return
    heard = dict.fromkeys(Payment.objects.filter(status="succeeded").values_list("key", flat=True), 1)
    heard |= dict.fromkeys(Refund.objects.filter(status="succeeded").values_list("key", flat=True), -1)
    heard |= dict.fromkeys(Payout.objects.filter(status="paid").values_list("key", flat=True), -1)
    done = [each for each in world.till.books.movements() if each.status == "succeeded"]
    there = sum(heard.get(each.key, 0) * each.amount for each in done)
    there -= taken
    booked = Posting.objects.filter(account__kind="gateway").aggregate(sum=Sum("amount_minor"))["sum"] or 0
    if booked != there:
        yield f"{booked} in the books, {there} there"


def _taken_by_banks() -> int | None:
    """What banks have of what they disputed, as they said last; None while cases have not followed."""
    lost = Dispute.objects.filter(state="lost").exclude(gateway_dispute_id="")
    cases, taken = set(lost.values_list("gateway_dispute_id", flat=True)), 0
    for row in Chargeback.objects.order_by("pk"):
        is_followed = row.borne_minor is not None if row.status == "lost" else row.gateway_id not in cases
        if not is_followed:
            return None
        taken += row.amount.amount if row.status == "lost" else 0
    return taken


def shares_of_money(_world: Any) -> Said:
    """A vendor has of each share what is left of its sale, and the market its fees of that; both in proportion, none where all
    has gone back."""
    posted: Counter[tuple[int, str]] = Counter()
    rows = Posting.objects.exclude(journal__share=None).order_by().values_list("journal__share", "account__kind")
    for share, kind, minor in rows.annotate(Sum("amount_minor")):
        posted[share, "vendor" if kind in VENDORS else kind] -= minor
    sold = set(Journal.objects.filter(kind="sale").values_list("share", flat=True))
    gone: Counter[tuple[int, int | None]] = Counter()
    for share, line, minor in (
        RefundPart.objects.filter(refund__status="succeeded").order_by().values_list("vendor_order", "line").annotate(Sum("amount_minor"))
    ):  # fmt: skip
        gone[share, line] += minor
    taken = set(
        Dispute.objects.filter(state="lost").exclude(gateway_dispute_id="").values_list("vendor_order", flat=True)
    )
    fees = dict(LineCommission.objects.order_by().values_list("line").annotate(Sum("amount_minor")))
    given = dict(LineReduction.objects.order_by().values_list("line").annotate(Sum("quantity")))
    for share in VendorOrder.objects.prefetch_related("lines").order_by("pk"):
        has, kept = posted[share.pk, "vendor"], posted[share.pk, "revenue"]
        if share.pk not in sold:
            if has or kept:
                yield f"vendor order {share.pk} was not sold and brought {has} and {kept}"
            continue
        if share.pk in taken:
            continue
        vendor, market, room = _left_of(share, gone, fees, given)
        if abs(vendor - has) > room or abs(market - kept) > room:
            yield f"vendor order {share.pk}: {has} and {kept} in the books, {float(vendor):.2f} and {float(market):.2f} by count"


def _left_of(
    share: VendorOrder, gone: Counter[Any], fees: dict[int, int], given: dict[int, int]
) -> tuple[Fraction, Fraction, int]:
    """What is the vendor's and what the market's of what has not gone back, and by how much rounding may move it. Of what its
    buyer did not pay for the pieces that are not given up are left, and the shipping that no refund names; nothing where a dispute
    was lost and no money of the share is left."""
    vendor, market, room = Fraction(0), Fraction(0), 0
    units = [
        (line.pk, line.paid(tax_is_included=share.tax_is_included).amount, line.market_discount_minor, line.tax_minor,
         Fraction(line.quantity - given.get(line.pk, 0), line.quantity))
        for line in share.lines.all()
    ]  # fmt: skip
    sent = Fraction(0 if share.state == "cancelled" or _is_named(share, gone) else 1)
    shipping = (share.shipping_paid.amount, share.shipping_market_discount_minor, share.shipping_tax_minor, sent)
    is_lost = Dispute.objects.filter(vendor_order=share, state="lost").exclude(refund=None).exists()
    back = sum(minor for (of, _line), minor in gone.items() if of == share.pk)
    is_undone = is_lost and back >= share.total.amount
    for key, paid, borne, tax, pieces_left in [*units, (None, *shipping)]:
        remitted = min(tax, paid + borne) if settings.TAX_REMITTED_BY == "market" else 0
        fee = min(fees.get(key or 0, 0), paid + borne - remitted)
        left = Fraction(paid - gone[share.pk, key], paid) if paid else pieces_left * (not is_undone)
        vendor += (paid + borne - remitted - fee) * left
        market += fee * left
        room += 2 if left not in (0, 1) else 0
    return vendor, market, room


def _is_named(share: VendorOrder, gone: Counter[Any]) -> bool:
    """Does a refund say that the shipping goes back, too, or a request that came to none?"""
    asked = RefundRequest.objects.filter(vendor_order=share, state="approved", refund=None, lines__line=None)
    return (share.pk, None) in gone or asked.exists()


def disputed_money(_world: Any) -> Said:
    """What is disputed is held back, as far as its vendor still has it."""
    rows = Posting.objects.filter(account__kind__in=VENDORS).order_by().values_list("journal__share", "account__kind")
    posted = {(share, kind): -minor for share, kind, minor in rows.annotate(Sum("amount_minor"))}
    back = set(RefundPart.objects.filter(refund__status="succeeded").values_list("vendor_order", flat=True))
    for case in Dispute.objects.filter(state__in=("awaiting_vendor", "awaiting_market")).order_by("pk"):
        has = sum(posted.get((case.vendor_order_id, kind), 0) for kind in VENDORS)
        held = posted.get((case.vendor_order_id, "vendor_reserved"), 0)
        if case.vendor_order_id not in back and held < min(case.amount_minor, has):
            yield f"dispute {case.pk} of {case.amount_minor}: {held} held"


MODEL: tuple[Callable[[Any], Said], ...] = (pieces, bills, coupon_uses, gateways_word, second_person, transfers)
OF_BOOKS: tuple[Callable[[Any], Said], ...] = (money_at_the_gateway, shares_of_money, disputed_money)
