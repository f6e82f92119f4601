"""Reads of orders: what was paid and given back, what waits to be completed, what happened when."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from core import references, related
from core.audiences import OPERATIONS, STOREFRONT, VENDOR
from core.errors import Missing
from core.models import Audit
from core.money import Money
from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.models import (
    Delivery,
    LineReduction,
    Order,
    OrderLine,
    RefundPart,
    Shipment,
    VendorOrder,
)
from marketplace.payments.models import Payment
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


def share_of(order: Order, reference: str) -> VendorOrder:
    """A share of an order, by its reference in any spelling. Refuses with 404 what is no share of it."""
    found = VendorOrder.objects.filter(order=order, reference=references.read(reference)).first()
    if found is None:
        raise Missing()
    return found


def left_to_ship(share: VendorOrder) -> dict[OrderLine, int]:
    """How many pieces of each line of a share can still be put into a parcel, in the order of the lines; none are left out."""
    lines = (
        OrderLine.objects.filter(vendor_order=share)
        .select_related("variant")
        .prefetch_related("shipped", "reductions")
        .order_by("pk")
    )
    left = {line: line.quantity - shipped_pieces(line) - cancelled_pieces(line) for line in lines}
    return {line: pieces for line, pieces in left.items() if pieces > 0}


def shipped_pieces(line: OrderLine) -> int:
    """How many pieces of a line were put into parcels."""
    return sum(each.quantity for each in line.shipped.all())


def cancelled_pieces(line: OrderLine) -> int:
    """How many pieces of a line were called off by themselves, and will never be sent."""
    gone = (each for each in line.reductions.all() if each.kind == LineReduction.Kind.CANCELLED)
    return sum(each.quantity for each in gone)


def state_by_parcels(share: VendorOrder) -> str:
    """How a share of which something was sent stands, as its parcels have it."""
    if left_to_ship(share):
        return "part_shipped"
    return "shipped" if Shipment.objects.filter(vendor_order=share, state="shipped").exists() else "delivered"


@dataclass(frozen=True)
class GivenBack:
    """What of a share goes back to its buyer, and whether it has."""

    amount: Money
    is_done: bool


def given_back(order: Order, shares: Sequence[VendorOrder]) -> dict[int, GivenBack]:
    """By the key of each share of which money was asked back: how much, and whether all of it has gone.

    What a failed refund was for counts until more is asked for the same line, or it is given up.
    """
    asked: dict[int, dict[int | None, Counter[str]]] = {}
    rows = RefundPart.objects.filter(vendor_order__in=[share.pk for share in shares]).exclude(
        refund__status__in=("repeated", "given_up")
    )
    for part in rows.select_related("refund").order_by("refund", "pk"):
        of_line = asked.setdefault(part.vendor_order_id, {}).setdefault(part.line_id, Counter())
        of_line.pop("failed", None)
        of_line[part.refund.status] += part.amount_minor
    found = {}
    for key, lines in asked.items():
        sums = sum(lines.values(), Counter())
        found[key] = GivenBack(Money(sums.total(), order.total_currency), sums["succeeded"] == sums.total())
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


def to_presume(before: datetime) -> QuerySet[Shipment]:
    """Parcels that were sent before then, of which nobody has said that they arrived and that no courier has on the list."""
    listed = Delivery.objects.filter(shipment=OuterRef("pk"), state__in=states.DELIVERY_OPEN)
    return Shipment.objects.filter(~Exists(listed), state="shipped", shipped_at__lte=before).order_by(
        "shipped_at", "pk"
    )


@dataclass(frozen=True)
class Moment:
    """One thing that happened to an order. `about` is the reference of the share it happened to, `parcel` that of the parcel,
    or empty.
    """

    at: datetime
    event: str
    who: str
    about: str
    reason: str
    parcel: str = ""


#: Verb, or state that a share came to -> what the timeline calls it. What is not here is not told.
EVENTS = {
    "place_order": "ordered",
    "order_for": "ordered",
    "complete": "paid",
    "expire": "expired",
    "cancel": "cancelled",
    "refund": "refund_asked",
    "book_refund": "refunded",
    "accept": "accepted",
    "ship": "shipped",
    "deliver": "delivered",
    "cancel_lines": "items_cancelled",
    "cancel_items": "items_cancelled",
    "refund_lines": "refund_asked",
    "assign": "given_to_courier",
    "pick_up": "picked_up",
    "fail": "attempt_failed",
    "hand_over": "delivered",
    "presume": "delivered",
}
#: What it calls a step that was only a part of it.
IN_PART = {"shipped": "part_shipped", "delivered": "parcel_delivered"}
#: What couriers do with their own hands.
BY_COURIERS = ("pick_up", "fail", "hand_over")
TOLD = (*EVENTS.values(), *IN_PART.values())
#: How those are named who are not named.
THE_BUYER, THE_MARKET, THE_COURIER = "The buyer", "Soko", "The courier"
#: By this name an order that has just been made knows the audit entries of itself and its shares.
WRITTEN = "audit entries"
ORDER, SHARE, PARCEL, DELIVERY = (model._meta.label_lower for model in (Order, VendorOrder, Shipment, Delivery))


def timeline(order: Order, shares: Sequence[VendorOrder], actor: Actor) -> list[Moment]:
    """What happened to an order and its shares, oldest first: one line for each deed, said to whoever reads it."""
    mine = Q(model=ORDER, object_id=order.pk) | Q(model=SHARE, object_id__in=[share.pk for share in shares])
    return _told(mine, shares, actor, related.kept(order, WRITTEN))


def timeline_of_share(share: VendorOrder, actor: Actor) -> list[Moment]:
    """What happened to one share, and nothing of the others."""
    return _told(Q(model=SHARE, object_id=share.pk), [share], actor)


def _told(
    which: Q, shares: Sequence[VendorOrder], actor: Actor, written: Iterable[Audit] | None = None
) -> list[Moment]:
    """`written`: all entries, where whoever has just written them still knows."""
    by_key = {share.pk: share for share in shares}
    parcels = {parcel.pk: parcel for share in shares for parcel in share.shipments.all()}
    tasks = dict(Delivery.objects.filter(shipment__in=parcels).values_list("pk", "shipment")) if parcels else {}
    which |= Q(model=PARCEL, object_id__in=list(parcels)) | Q(model=DELIVERY, object_id__in=list(tasks))
    deeds: dict[UUID, list[Audit]] = {}
    for entry in _entries(which) if written is None else written:
        deeds.setdefault(entry.deed, []).append(entry)
    found = []
    for entries in deeds.values():
        head = entries[-1]  # the last entry of a deed is what it was done to
        sent = [each for each in entries if each.model in (PARCEL, DELIVERY)]
        about = {tasks.get(each.object_id or 0) if each.model == DELIVERY else each.object_id for each in sent}
        parcel = parcels.get(about.pop() or 0) if len(about) == 1 else None
        share = by_key.get((head.object_id or 0) if head.model == SHARE else parcel.vendor_order_id if parcel else 0)
        event = _event(entries, head)
        if event:
            names = [each.reference if each else "" for each in (share, parcel)]
            found.append(Moment(head.at, event, _who(head, share, actor), names[0], head.reason, names[1]))
    return found


def _entries(which: Q) -> Iterable[Audit]:
    """In the order in which it happened; a completion that found nothing to do is no news."""
    entries = Audit.objects.filter(which).order_by("pk")
    return [entry for entry in entries if entry.diff or entry.verb not in ("complete", "book_refund")]


def _event(entries: Sequence[Audit], head: Audit) -> str:
    """What the timeline calls a deed; empty where it is not told."""
    if head.model == SHARE and head.state_to == "cancelled":
        return "cancelled"
    event = EVENTS.get(head.verb, "")
    came_to = {each.state_to for each in entries if each.model == SHARE}
    return IN_PART[event] if event in IN_PART and event not in came_to else event


def _who(entry: Audit, share: VendorOrder | None, actor: Actor) -> str:
    """Who did it, as the reader may know them: buyers know vendors and Soko by name, vendors know their own people."""
    if actor.audience is OPERATIONS:
        return entry.actor_name
    if entry.verb in BY_COURIERS:
        return THE_COURIER
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
