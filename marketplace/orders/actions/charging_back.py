"""What a gateway says of disputes that a buyer's bank opened: a case for each share that the money was for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet, Sum

from core import context, deeds, writing
from core.actions import action, lock, locked
from core.events import publish
from core.money import Money, allocate
from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.actions.disputing import Kind, enter, open_case, release
from marketplace.orders.actions.giving_back import hold_refundable
from marketplace.orders.actions.whole import shares_of
from marketplace.orders.events import DisputeHeld, DisputeLost, DisputeRecovered
from marketplace.orders.models import Dispute, Order, VendorOrder
from marketplace.payments import actions as payments
from marketplace.payments.models import Chargeback, Payment
from marketplace.payments.states import PENDING

#: How a gateway may call it -> how we do; what it says otherwise is another reason.
REASONS = {
    "product_not_received": "not_received", "not_received": "not_received", "fraudulent": "unauthorised",
    "unauthorised": "unauthorised", "duplicate": "duplicate", "product_unacceptable": "not_as_described",
}  # fmt: skip


@action(label="Open a chargeback")
def charge_back(
    order: Order, *, by: Actor, gateway_dispute_id: str, amount_minor: int, reason: str, due_at: datetime | None = None
) -> Order:
    """A buyer's bank takes money of an order back: each share is disputed for its part of it. Does nothing a second time, unless
    the bank has taken up anew what it had decided for the vendors: then there are new cases.

    Of a share that was called off, or that another dispute of a bank is about, there is no case; what no case has is not
    the vendors' to lose.
    """
    row = _told(order, gateway_dispute_id)
    if _is_known(order, gateway_dispute_id, row):
        return order
    shares = [share for share in shares_of(order) if share.state in (*states.OPEN, *states.UNDERWAY)]
    if row is not None and row.payment.is_extra:  # it was never of a share, and goes back as a whole
        shares = []
    _open(order, shares, amount_minor, by=by, gateway_dispute_id=gateway_dispute_id, reason=reason, due_at=due_at)
    return order


def _open(
    order: Order, shares: Sequence[VendorOrder], minor: int, *, by: Actor, gateway_dispute_id: str, reason: str,
    due_at: datetime | None,
) -> list[Dispute]:  # fmt: skip
    """A case for each of these shares of its part of so much, as far as they have it."""
    weights = _rooms(order, shares)
    least = min(minor, sum(weights))
    due = due_at or context.now() + timedelta(hours=settings.DISPUTE_HOURS)
    opened = []
    for share, part in zip(shares, allocate(least, weights) if least else (), strict=False):
        taken = Dispute.objects.filter(vendor_order=share, state__in=states.DISPUTED).first()
        if not part:
            continue
        if taken is not None:
            _give_way(taken, by)
        case = open_case(
            share, Money(part, order.total_currency), why=REASONS.get(reason, "other"), due_at=due,
            gateway_dispute_id=gateway_dispute_id,
        )  # fmt: skip
        enter(case, Kind.RECORD, "gateway", f"The buyer's bank says: {reason or 'nothing'}.", by=by)
        opened.append(case)
    return opened


def _told(order: Order, gateway_dispute_id: str) -> Chargeback | None:
    """What the gateway said of it last."""
    rows = Chargeback.objects.filter(payment__subject=order.reference, gateway_id=gateway_dispute_id)
    return rows.select_related("payment").first()


def _says_now(case: Dispute) -> Chargeback | None:
    """The same of a case, locked: until it is written down, the gateway says nothing else."""
    told = locked(Chargeback).filter(payment__subject=case.vendor_order.order.reference)
    return told.filter(gateway_id=case.gateway_dispute_id).first()


def _is_known(order: Order, gateway_dispute_id: str, row: Chargeback | None) -> bool:
    """Has it the cases that it needs? What was won, or given back, is open once more where the bank has taken it up again."""
    cases = Dispute.objects.filter(vendor_order__order=order, gateway_dispute_id=gateway_dispute_id)
    if not cases.exists():
        return False
    return row is None or row.status == "won" or cases.filter(state__in=(*states.DISPUTED, "lost")).exists()


def _of_banks(shares: Sequence[VendorOrder]) -> QuerySet[Dispute]:
    cases = Dispute.objects.filter(vendor_order__in={share.pk for share in shares}).exclude(gateway_dispute_id="")
    return cases.order_by()


def _rooms(order: Order, shares: Sequence[VendorOrder]) -> list[int]:
    """What of each share a bank may still ask for: nothing of one that another dispute of a bank is about."""
    asked = set(_of_banks(shares).filter(state__in=states.DISPUTED).values_list("vendor_order", flat=True))
    return [0 if share.pk in asked else left for share, left in zip(shares, _lefts(order, shares), strict=True)]


def _lefts(order: Order, shares: Sequence[VendorOrder]) -> list[int]:
    """What of each share has not gone back, by us or by a bank."""
    gone = dict(_of_banks(shares).filter(state="lost").values_list("vendor_order").annotate(Sum("amount_minor")))
    left = {share.pk: -gone.get(share.pk, 0) for share in shares}
    for rest in hold_refundable(order, shares):
        left[rest.share.pk] += rest.minor
    return [max(left[share.pk], 0) for share in shares]


@action(label="Bank's word")
def follow(
    case: Dispute, *, by: Actor, amount_minor: int, disputed_minor: int, reason: str, due_at: datetime | None
) -> Dispute:
    """The bank tells an open case otherwise than before: how much of what it disputes is this case's, why, or until when it
    listens.

    Never more than is left of the share. What changed is told in the case; a second time, or once it is decided, or where the
    bank says something else by now, does nothing.
    """
    if case.state not in states.DISPUTED:
        return case
    was, share = (case.amount, case.why, case.due_at), case.vendor_order
    (left,) = _lefts(share.order, [share])  # holds the payment first, as whoever writes down what the bank says does
    row = _says_now(case)
    if row is not None and (row.amount.amount, row.reason, row.due_at) != (disputed_minor, reason, due_at):
        return case
    case.amount = Money(max(min(amount_minor, left), 1), case.amount_currency)
    case.why, case.due_at = REASONS.get(reason, "other"), due_at or case.due_at
    said = []
    if case.amount != was[0]:
        publish(DisputeHeld(case.pk, share.pk, share.vendor_id, case.amount.amount, case.amount.currency))
        said.append(f"{case.amount} is disputed, not {was[0]}")
    if case.why != was[1]:
        said.append(f"its reason is {reason or 'nothing'}")
    if case.due_at != was[2]:
        case.reminded_at = None  # who was reminded of the former time is reminded of this one
        said.append(f"it has to be answered by {case.due_at:%Y-%m-%d %H:%M} UTC")
    if said:
        enter(case, Kind.RECORD, "gateway", f"The buyer's bank says now: {'; '.join(said)}.", by=by)
    return case


def parts_of(cases: Sequence[Dispute], amount_minor: int) -> list[int]:
    """What a bank disputes, spread over its cases as it was before; each has at least the smallest amount there is."""
    weights = [case.amount_minor for case in cases]
    if not cases or sum(weights) == amount_minor or amount_minor < len(cases):
        return weights
    return [max(each, 1) for each in allocate(amount_minor, weights)]


def _give_way(case: Dispute, by: Actor) -> None:
    """What the buyer had opened here goes on at the bank, which has the last word."""
    before = writing.snapshot(case)
    release(case, "withdraw", "It goes on at the buyer's bank.")
    writing.settle(deeds.require(case), case, before)


@action(label="Bank's decision")
def decide(case: Dispute, *, by: Actor, is_won: bool) -> Dispute:
    """The bank has decided: the vendor keeps the money, or the bank has it. Does nothing a second time, nor where the bank says
    something else by now.
    """
    row = _says_now(case)
    if case.state not in states.DISPUTED or (row is not None and row.status != ("won" if is_won else "lost")):
        return case
    return release(case, "win", "The buyer's bank decided for the vendor.") if is_won else _lose(case)


def _lose(case: Dispute) -> Dispute:
    states.DISPUTE.move(case, "lose")
    case.decision = "The buyer's bank decided for the buyer."
    share = case.vendor_order
    publish(DisputeLost(case.pk, share.pk, share.vendor_id, case.amount_minor, case.amount_currency, True))
    return case


@action(label="Bank gives back")
def recover(case: Dispute, *, by: Actor) -> Dispute:
    """The bank gives back what it had taken: the vendor has it as if the case had been won. Does nothing of what no bank decided for
    its client, nor where the bank has the money by now; what it takes once more is another case.
    """
    row = _says_now(case)
    if case.state != "lost" or not case.gateway_dispute_id or row is None or row.status == "lost":
        return case
    states.DISPUTE.move(case, "recover")
    case.decision = "The buyer's bank decided for the buyer, and has given the money back since."
    enter(case, Kind.RECORD, "gateway", f"The buyer's bank has given {case.amount} back.", by=by)
    share = case.vendor_order
    publish(DisputeRecovered(case.pk, share.pk, share.vendor_id, case.amount_minor, case.amount_currency))
    return case


@action(label="Count the market's loss")
def bear_rest(order: Order, *, by: Actor, gateway_dispute_id: str) -> Order:
    """What a bank took and no vendor has to lose is the market's own loss: it had gone back already, or never was a vendor's.

    What its shares still have when it is counted, called off or not, is theirs to lose first: a refund of it may have failed
    since. Does nothing before the bank has the money, all cases of it are decided and every refund has ended, and nothing a
    second time.
    """
    row = _told(order, gateway_dispute_id)
    cases = Dispute.objects.filter(vendor_order__order=order, gateway_dispute_id=gateway_dispute_id)
    if row is None or not _is_uncounted(row):
        return order
    lock(Payment, row.payment_id)
    row.refresh_from_db()  # the bank may have said something else till now; from here on it cannot
    if not _is_uncounted(row):
        return order
    if cases.filter(state__in=states.DISPUTED).exists() or row.payment.refunds.filter(status__in=PENDING).exists():
        return order
    rest = row.amount.amount - (cases.filter(state="lost").aggregate(sum=Sum("amount_minor"))["sum"] or 0)
    if rest > 0 and not row.payment.is_extra:
        rest -= _lose_rest(order, row, rest, by)
    payments.note_borne(row.pk, by=by, borne_minor=max(rest, 0))
    return order


def _is_uncounted(row: Chargeback) -> bool:
    return row.status == "lost" and row.borne_minor is None


def _lose_rest(order: Order, row: Chargeback, minor: int, by: Actor) -> int:
    """Have the shares of an order lose what they still have of so much. Answers how much that was."""
    shares = [share for share in shares_of(order) if share.state in (*states.LIVE, "cancelled")]
    opened = _open(order, shares, minor, by=by, gateway_dispute_id=row.gateway_id, reason=row.reason, due_at=row.due_at)
    for case in opened:
        before = writing.snapshot(case)
        writing.settle(deeds.require(case), _lose(case), before)
    return sum(case.amount_minor for case in opened)
