"""Reads of orders: what was paid and given back, what waits to be completed, what happened when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.audiences import OPERATIONS, STOREFRONT, VENDOR
from core.models import Audit
from core.money import Money
from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.models import Order, VendorOrder
from marketplace.payments.models import Payment, Refund
from marketplace.payments.queries import standing


@dataclass(frozen=True)
class Paid:
    """What the payments say of an order: what came, what went back, and what of it is still here and not promised back."""

    payment: Payment | None
    captured: Money
    refunded: Money
    unreturned: Money

    def covers(self, total: Money) -> bool:
        """Has the money for it come, and is it all still here?"""
        return total <= self.unreturned


def money_of(order: Order) -> Paid:
    """Read anew each time: payments know no order, only its reference."""
    found, nothing = standing(order.reference), Money(0, order.total_currency)
    captured, refunded = found.captured or nothing, found.refunded or nothing
    return Paid(found.live, captured, refunded, captured - refunded - (found.refund_pending or nothing))


@dataclass(frozen=True)
class Watched:
    """What somebody who watches is told of an order, or of a share of one. `owner_id` is its customer, or its vendor."""

    reference: str
    state: str
    owner_id: int


def watched_order(order_id: int) -> Watched:
    """An order, as its customer watches it."""
    return Watched(*Order.objects.values_list("reference", "cached_state", "customer_id").get(pk=order_id))


def watched_share(vendor_order_id: int) -> Watched:
    """A share, as its vendor watches it."""
    return Watched(*VendorOrder.objects.values_list("reference", "state", "vendor_id").get(pk=vendor_order_id))


@dataclass(frozen=True)
class GivenBack:
    """What of a share goes back to its buyer, and whether it has."""

    amount: Money
    is_done: bool


def given_back(order: Order, shares: Sequence[VendorOrder]) -> dict[int, GivenBack]:
    """By the key of each share of an order whose money goes back: a refunded order's all, of another what was cancelled.

    A share that was cancelled alone has refunds of its own, of which the last counts. All the rest of the money, once it is
    back, is that of every other share, and of those whose own refund had failed before it was asked for.
    """
    if order.payment_state not in states.PAID:
        return {}
    if order.payment_state == "refunded":
        return {share.pk: GivenBack(share.total, True) for share in shares}
    left = Money(0, order.total_currency)
    own: dict[str, Refund] = {}
    found: dict[int, GivenBack] = {}
    for refund in Refund.objects.filter(payment__subject=order.reference, payment__is_extra=False).order_by("pk"):
        if refund.about:
            own[refund.about] = refund
        elif refund.status == "succeeded":
            left = left + refund.amount
    alone = sorted(
        (each for each in shares if each.reference in own), key=lambda each: own[each.reference].status_since
    )
    for share in (*(each for each in shares if each.reference not in own), *alone):
        last = own.get(share.reference)
        if last is None or last.status == "failed":
            done = share.total <= left
            left = left - share.total if done else left
        else:
            done = last.status == "succeeded"
        if share.state == "cancelled":
            found[share.pk] = GivenBack(share.total, done)
    return found


def to_complete() -> QuerySet[Order]:
    """Orders whose money has come and that nobody has completed yet."""
    came = Payment.objects.filter(subject=OuterRef("reference"), status="succeeded", is_extra=False)
    unpaid = [each for each in states.ORDER.states if each not in states.PAID]
    return Order.objects.filter(Exists(came), payment_state__in=unpaid).order_by("pk")


def to_book_refund() -> QuerySet[Order]:
    """Orders of which more was given back than they say."""
    given = Payment.objects.filter(
        subject=OuterRef("reference"), refunded_minor__gt=OuterRef("refunded_minor"), is_extra=False
    )
    return Order.objects.filter(Exists(given), payment_state__in=states.PAID).order_by("pk")


@dataclass(frozen=True)
class Moment:
    """One thing that happened to an order. `about` is the reference of the share it happened to, or empty."""

    at: datetime
    event: str
    who: str
    about: str
    reason: str


#: Verb, or state that a share came to -> what the timeline calls it. What is not here is not told.
EVENTS = {
    "place_order": "ordered",
    "complete": "paid",
    "expire": "expired",
    "cancel": "cancelled",
    "refund": "refund_asked",
    "book_refund": "refunded",
    "accept": "accepted",
    "ship": "shipped",
    "deliver": "delivered",
}
#: How those are named who are not named.
THE_BUYER, THE_MARKET = "The buyer", "Soko"
ORDER, SHARE = Order._meta.label_lower, VendorOrder._meta.label_lower


def timeline(order: Order, shares: Sequence[VendorOrder], actor: Actor) -> list[Moment]:
    """What happened to an order and its shares, oldest first: one line for each deed, said to whoever reads it."""
    mine = Q(model=ORDER, object_id=order.pk) | Q(model=SHARE, object_id__in=[share.pk for share in shares])
    heads = {entry.deed: entry for entry in _entries(mine)}  # the last entry of a deed is what it was done to
    return _told(heads.values(), shares, actor)


def timeline_of_share(share: VendorOrder, actor: Actor) -> list[Moment]:
    """What happened to one share, and nothing of the others."""
    return _told(_entries(Q(model=SHARE, object_id=share.pk)), [share], actor)


def _entries(which: Q) -> Iterable[Audit]:
    """In the order in which it happened; a completion that found nothing to do is no news."""
    entries = Audit.objects.filter(which).order_by("pk")
    return [entry for entry in entries if entry.diff or entry.verb not in ("complete", "book_refund")]


def _told(entries: Iterable[Audit], shares: Sequence[VendorOrder], actor: Actor) -> list[Moment]:
    by_key = {share.pk: share for share in shares}
    found = []
    for entry in entries:
        share = by_key.get(entry.object_id or 0) if entry.model == SHARE else None
        event = "cancelled" if share is not None and entry.state_to == "cancelled" else EVENTS.get(entry.verb, "")
        if event:
            about = share.reference if share is not None else ""
            found.append(Moment(entry.at, event, _who(entry, share, actor), about, entry.reason))
    return found


def _who(entry: Audit, share: VendorOrder | None, actor: Actor) -> str:
    """Who did it, as the reader may know them: buyers know vendors and Soko by name, vendors know their own people."""
    if actor.audience is OPERATIONS:
        return entry.actor_name
    if entry.actor_id is not None and entry.actor_id == actor.user_id:
        return "You"
    if entry.audience == VENDOR.word:
        return (
            entry.actor_name if actor.audience is VENDOR else share.vendor.name if share is not None else "The vendor"
        )
    return THE_BUYER if entry.audience == STOREFRONT.word else THE_MARKET


def rebuilt_states() -> Iterable[tuple[int, str]]:
    """What each order is called by its payment and its shares: (key, state) of those that say otherwise."""
    for order in Order.objects.prefetch_related("shares").order_by("pk").iterator(500):
        found = states.overall(order.payment_state, [share.state for share in order.shares.all()])
        if found != order.cached_state:
            yield order.pk, found
