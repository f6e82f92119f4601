"""What the pages of an order and of one vendor's share show: who, where to, each share as a card, the money, what happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import context
from core.admin import words
from core.audiences import OPERATIONS
from core.resources.admin.rows import Button, buttons, legal_verbs, row_url
from core.rules import Actor, scope
from marketplace.accounts.models import User
from marketplace.catalog.models import Listing
from marketplace.orders import queries, shapes, states
from marketplace.orders.back_screens import reduced
from marketplace.orders.models import Order, OrderLine, VendorOrder
from marketplace.orders.resources import VendorOrders
from marketplace.orders.screens_money import Part, booked, divided
from marketplace.orders.screens_parcels import Parcel, papers_of, parcels_of, with_parcels
from marketplace.payments.models import Payment, Refund
from marketplace.vendors.models import Vendor


@dataclass(frozen=True)
class Line:
    """One thing that was bought; `link` leads to its listing for those who may open it."""

    row: OrderLine
    link: str
    less: str = ""


@dataclass(frozen=True)
class Card:
    """One vendor's share, whole: what is in it, what was sent, what it costs, what this actor may do with it now."""

    share: VendorOrder
    link: str
    vendor_link: str
    state: SafeString
    todo: str
    tone: str
    lines: Sequence[Line]
    parcels: Sequence[Parcel]
    back: queries.GivenBack | None
    verbs: Sequence[Button]
    papers: Sequence[tuple[str, str]] = ()
    parts: Sequence[Part] = ()

    @property
    def anchor(self) -> str:
        """Where on the order's page it stands."""
        return f"share-{self.share.reference}"

    @property
    def pieces(self) -> int:
        return shapes.count(self.share)


@dataclass(frozen=True)
class Told:
    """One line of the timeline, in words."""

    at: Any
    title: str
    who: str
    about: str
    parcel: str
    reason: str
    tone: str


@dataclass(frozen=True)
class Buyer:
    """Who bought. Those who may not look at people know the name alone, and reach the buyer where the parcel goes."""

    name: str
    link: str
    email: str
    phone: str


@dataclass(frozen=True)
class Paid:
    """A payment with what goes back of it, each with its state as a coloured word."""

    row: Payment
    link: str
    state: SafeString
    refunds: Sequence[tuple[Refund, SafeString, str, str]]


def of_order(order: Order, actor: Actor) -> dict[str, Any]:
    """The page of a whole order."""
    shares = list(with_contents(scope(actor, VendorOrder).filter(order=order), actor))
    moments = queries.timeline(order, shares, actor)
    return {
        "buyer": buyer_of(order, actor),
        "placed": format_html("Ordered {}", words.ago(order.placed_at)),
        "state": overall(order),
        "payment_state": words.state(states.ORDER, order),
        "pays_until": words.ago(order.expires_at) if order.payment_state == "pending" else "",
        "refunded": order.refunded if order.refunded.amount else None,
        "cards": cards(order, shares, actor),
        "to": {name: getattr(order, name) for name in shapes.Destination.model_fields},
        "payments": payments_of(order, actor),
        "journals": booked(actor, order),
        "timeline": told(moments, {share.reference: share.vendor.name for share in shares}),
    }


def of_share(share: VendorOrder, actor: Actor) -> dict[str, Any]:
    """The page of one share. What else its order holds is not read for whoever may not see the order."""
    share = with_contents(scope(actor, VendorOrder).filter(pk=share.pk), actor).get()
    sees_order = scope(actor, Order).filter(pk=share.order_id).exists()
    return {
        "card": cards(share.order, [share], actor)[0],
        "order_link": row_url(share.order) if sees_order else "",
        "order": share.order if sees_order else None,
        "to": shapes.destination(share),
        "is_dead": share.state in states.DEAD,
        "timeline": told(queries.timeline_of_share(share, actor), {}),
    }


def with_contents(shares: QuerySet[VendorOrder], actor: Actor) -> QuerySet[VendorOrder]:
    """Shares with everything that a card shows, in as many queries for one as for ten."""
    return (
        shares.select_related("vendor", "order", "invoice")
        .prefetch_related("credit_notes")
        .prefetch_related(
            Prefetch("lines", scope(actor, OrderLine).order_by("pk")),
            with_parcels(actor),
        )
        .order_by("pk")
    )


def cards(order: Order, shares: Sequence[VendorOrder], actor: Actor) -> list[Card]:
    """Each share as a card, with the verbs that are legal on it now for this actor."""
    legal = legal_verbs(actor, VendorOrders, shares)
    back = queries.given_back(order, list(order.shares.all()))
    open_listings = _keys(scope(actor, Listing), (line.listing_id for each in shares for line in each.lines.all()))
    open_vendors = _keys(scope(actor, Vendor), (each.vendor_id for each in shares))
    parcels, parts = parcels_of(shares, actor), divided(actor, shares)
    less = reduced([line for each in shares for line in each.lines.all()])
    found = []
    for share in shares:
        lines = [
            Line(
                line,
                row_url(Listing(pk=line.listing_id)) if line.listing_id in open_listings else "",
                less.get(line.pk, ""),
            )
            for line in share.lines.all()
        ]
        found.append(
            Card(
                share=share,
                link=row_url(share),
                vendor_link=row_url(share.vendor) if share.vendor_id in open_vendors else "",
                state=words.state(states.SHARE, share),
                todo=todo(share, actor),
                tone=states.SHARE.tones.get(share.state, ""),
                lines=lines,
                parcels=parcels[share.pk],
                back=back.get(share.pk),
                verbs=buttons(share, legal[share.pk]),
                papers=papers_of(share),
                parts=parts.get(share.pk, ()),
            )
        )
    return found


def _keys(rows: QuerySet, wanted: Iterable[int]) -> set[int]:
    return set(rows.filter(pk__in=set(wanted)).values_list("pk", flat=True))


def items(count: int) -> str:
    return f"{count:,} item{'' if count == 1 else 's'}"


def todo(share: VendorOrder, actor: Actor) -> str:
    """What is to be done now, in a sentence: to the vendor as you, to operations as whoever has to do it."""
    many, town, vendor = items(shapes.count(share)), share.order.town, share.vendor.name
    left = items(sum(queries.left_to_ship(share).values())) if share.state == "part_shipped" else ""
    for_operations = {
        "waiting": _until_paid(share.order),
        "to_accept": f"Paid. {vendor} has not accepted it yet.",
        "to_ship": f"Accepted. {vendor} has {many} to ship to {town}.",
        "part_shipped": f"Sent in part. {vendor} has {left} left to ship to {town}.",
        "shipped": f"{many} on the way to {town}.",
        "delivered": f"{many} delivered. Nothing is left to do.",
        "cancelled": f"Cancelled: {share.reason}" if share.reason else "Cancelled.",
        "expired": "It was not paid in time.",
    }
    for_vendor = {
        "waiting": f"Do not send anything yet. {for_operations['waiting']}",
        "to_accept": f"Paid. Accept it, then ship {many} to {town}.",
        "to_ship": f"Paid. Ship {many} to {town}.",
        "part_shipped": f"Sent in part. Ship the {left} that are left to {town}."
        if left != "1 item"
        else f"Sent in part. Ship the item that is left to {town}.",
        "shipped": f"On the way to {town}. Say so here when it has arrived.",
        "cancelled": f"Do not send it. {for_operations['cancelled']}",
        "expired": "It was not paid in time. Nothing is left to do.",
    }
    return (for_operations if actor.audience is OPERATIONS else for_operations | for_vendor)[share.state]


def _until_paid(order: Order) -> str:
    if order.expires_at <= context.now():
        return "It was not paid in time and ends in a moment."
    return f"Not paid yet: it ends in {words.age(order.expires_at)} unless the money comes."


def overall(order: Order) -> SafeString:
    """How an order stands as a whole, as a coloured word."""
    return words.badge(order.get_cached_state_display(), states.OVERALL_TONES[order.cached_state])


def buyer_of(order: Order, actor: Actor) -> Buyer:
    """Who bought it."""
    seen = scope(actor, User).filter(pk=order.customer_id).first()
    if seen is None:
        return Buyer(order.customer.full_name, "", "", order.phone)
    return Buyer(seen.full_name, row_url(seen), seen.email or "", str(seen.phone or order.phone))


def payments_of(order: Order, actor: Actor) -> list[Paid] | None:
    """Everything that was or is being paid for an order, newest first; None for those who may not see money."""
    if not _sees_money(actor):
        return None
    refunds = Prefetch("refunds", scope(actor, Refund).order_by("-pk"))
    rows = scope(actor, Payment).filter(subject=order.reference).prefetch_related(refunds).order_by("-pk")
    return [
        Paid(
            row,
            row_url(row),
            words.state(Payment.moves, row),
            [
                (each, words.state(Refund.moves, each), row_url(each), words.by(each.asked_by_name))
                for each in row.refunds.all()
            ],
        )
        for row in rows
    ]


def _sees_money(actor: Actor) -> bool:
    return Payment.policy.may_ever(actor, "view")


TONES = {
    "ordered": "info", "paid": "success", "accepted": "info", "shipped": "info", "delivered": "success",
    "part_shipped": "info", "parcel_delivered": "success", "given_to_courier": "info", "picked_up": "info",
    "attempt_failed": "danger",
    "cancelled": "danger", "expired": "warning", "refund_asked": "warning", "refunded": "warning",
    "items_cancelled": "danger",
}  # fmt: skip


def told(moments: Sequence[queries.Moment], names: dict[str, str]) -> list[Told]:
    """The timeline, newest first. `names` says whose a share is."""
    return [
        Told(
            at=each.at,
            title=each.event.replace("_", " ").capitalize(),
            who=words.by(each.who),
            about=names.get(each.about, ""),
            parcel=each.parcel,
            reason=each.reason,
            tone=TONES.get(each.event, ""),
        )
        for each in reversed(moments)
    ]
