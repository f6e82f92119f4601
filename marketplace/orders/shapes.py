"""The shapes in which an order's computed values are answered."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from django.db import models
from pydantic import BaseModel, ConfigDict, Field

from core.money import Money as Amount
from core.resources.identity import Reference
from core.resources.plans import plain
from core.resources.types import Document, Id, Moment, Money, text, whole
from core.rules import Actor
from marketplace.carts.models import MOST_LINES
from marketplace.carts.models import MOST_OF_ONE as MOST
from marketplace.orders import queries, states
from marketplace.orders.models import Order, OrderLine, Shipment, VendorOrder

State = Literal[tuple(states.OVERALL)]  # type: ignore[misc]
ShareState = Literal[tuple(states.SHARE.states)]  # type: ignore[misc]
ShipmentState = Literal[tuple(states.SHIPMENT.states)]  # type: ignore[misc]
Count = whole(0, MOST_LINES * MOST)
Event = Literal[tuple(dict.fromkeys(queries.TOLD))]  # type: ignore[misc]


class Line(BaseModel):
    """One thing that was bought, as the buyer saw it then."""

    model_config = ConfigDict(extra="forbid", title="OrderedLine")

    id: Id = Field(description="By which `ship` names it.")  # type: ignore[valid-type]
    listing_id: Id  # type: ignore[valid-type]
    variant_id: Id  # type: ignore[valid-type]
    title: text(120)  # type: ignore[valid-type]
    variant: text(80)  # type: ignore[valid-type]
    sku: text(64)  # type: ignore[valid-type]
    attributes: Document
    image: text(400) = Field(description="Address of its picture, or empty.")  # type: ignore[valid-type]
    unit_price: Money
    quantity: whole(1, MOST)  # type: ignore[valid-type]
    total: Money


class Packed(BaseModel):
    """So many pieces of one line that are in a parcel."""

    model_config = ConfigDict(extra="forbid", title="PackedPieces")

    line_id: Id  # type: ignore[valid-type]
    title: text(120)  # type: ignore[valid-type]
    variant: text(80)  # type: ignore[valid-type]
    quantity: whole(1, MOST)  # type: ignore[valid-type]


class Consignment(BaseModel):
    """One parcel on its way."""

    model_config = ConfigDict(extra="forbid", title="OrderedShipment")

    id: Reference
    carrier: text(60)  # type: ignore[valid-type]
    tracking_number: text(80)  # type: ignore[valid-type]
    state: ShipmentState
    shipped_at: Moment
    delivered_at: Moment | None
    lines: Annotated[list[Packed], Field(max_length=MOST_LINES)]


class Bill(BaseModel):
    """What a total is made up of: goods less discount plus shipping, and tax where prices do not include it."""

    model_config = ConfigDict(extra="forbid", title="OrderBill")

    goods: Money
    discount: Money
    shipping: Money
    tax: Money
    tax_is_included: bool


class SentBy(BaseModel):
    """How it was promised to be sent."""

    model_config = ConfigDict(extra="forbid", title="OrderSentBy")

    name: text(60)  # type: ignore[valid-type]
    kind: Literal["flat", "table", "pickup", "carrier"]
    days_min: whole(0, 365) | None  # type: ignore[valid-type]
    days_max: whole(0, 365) | None  # type: ignore[valid-type]


def parcels_of(kind: Any) -> Any:
    """A list with something for each parcel: there are no more parcels than pieces."""
    return Annotated[list[kind], Field(max_length=MOST_LINES * MOST)]


Consignments = parcels_of(Consignment)


class Share(BaseModel):
    """What one vendor sends."""

    model_config = ConfigDict(extra="forbid", title="OrderShare")

    id: Reference
    vendor_id: Id  # type: ignore[valid-type]
    vendor_name: text(80)  # type: ignore[valid-type]
    state: ShareState
    reason: text(500) = Field(description="Why it was cancelled, if it was.")  # type: ignore[valid-type]
    total: Money
    bill: Bill
    sent_by: SentBy | None = Field(description="Null where its vendor sends for nothing, without a method.")
    lines: Annotated[list[Line], Field(max_length=MOST_LINES)]
    shipments: Consignments


class Happening(BaseModel):
    """One thing that happened."""

    model_config = ConfigDict(extra="forbid", title="OrderEvent")

    at: Moment
    event: Event
    who: text(120) = Field(description="You, a vendor by name, the buyer, or Soko.")  # type: ignore[valid-type]
    about: text(24) = Field(description="The share that it happened to; empty for the whole order.")  # type: ignore[valid-type]
    parcel: text(24) = Field(description="The parcel that it happened to; empty where it is not about one.")  # type: ignore[valid-type]
    reason: text(500)  # type: ignore[valid-type]


BILLED = ("goods", "discount", "shipping", "tax")
Lines = Annotated[list[Line], Field(max_length=MOST_LINES)]
Contents = Annotated[list[Packed], Field(max_length=MOST_LINES)]
Shares = Annotated[list[Share], Field(max_length=MOST_LINES)]
Timeline = Annotated[list[Happening], Field(max_length=1000)]


def line(row: OrderLine) -> dict[str, Any]:
    return {
        "id": row.pk, "listing_id": row.listing_id, "variant_id": row.variant_id, "title": row.title, "variant": row.variant_title,
        "sku": row.sku, "attributes": dict(sorted(row.attributes.items())), "image": row.image_url, "unit_price": plain(row.unit_price),
        "quantity": row.quantity, "total": plain(row.total),
    }  # fmt: skip


def consignment(row: Shipment) -> dict[str, Any]:
    return {
        "id": row.reference, "carrier": row.carrier, "tracking_number": row.tracking_number, "state": row.state,
        "shipped_at": plain(row.shipped_at), "delivered_at": plain(row.delivered_at), "lines": contents(row),
    }  # fmt: skip


def contents(row: Shipment) -> list[dict[str, Any]]:
    """What is in a parcel."""
    return [
        {
            "line_id": each.line_id,
            "title": each.line.title,
            "variant": each.line.variant_title,
            "quantity": each.quantity,
        }
        for each in _as_made(row.lines.all())
    ]


def _as_made[M: models.Model](rows: Iterable[M]) -> list[M]:
    """In the order in which they were made: a database gives what was fetched ahead in any."""
    return sorted(rows, key=lambda row: row.pk)


def lines(row: Any) -> list[dict[str, Any]]:
    """What was bought, of an order or of a share."""
    return [line(each) for each in _as_made(row.lines.all())]


def consignments(share: VendorOrder) -> list[dict[str, Any]]:
    """What is on its way of a share."""
    return [consignment(each) for each in _as_made(share.shipments.all())]


def shares(order: Order) -> list[dict[str, Any]]:
    """Each vendor's part of an order."""
    of_share: dict[int, list[dict[str, Any]]] = {}
    for each in _as_made(order.lines.all()):
        of_share.setdefault(each.vendor_order_id, []).append(line(each))
    return [
        {
            "id": share.reference, "vendor_id": share.vendor_id, "vendor_name": share.vendor.name, "state": share.state,
            "reason": share.reason, "total": plain(share.total), "bill": bill_of_share(share),
            "sent_by": sent_by(share), "lines": of_share.get(share.pk, []), "shipments": consignments(share),
        }
        for share in _as_made(order.shares.all())
    ]  # fmt: skip


def bill_of_share(share: VendorOrder) -> dict[str, Any]:
    """What a share's total is made up of."""
    parts = {name: plain(getattr(share, name)) for name in BILLED}
    return {**parts, "tax_is_included": share.tax_is_included}


def sent_by(share: VendorOrder) -> dict[str, Any] | None:
    """How a share was promised to be sent."""
    if not share.shipping_name:
        return None
    return {
        "name": share.shipping_name, "kind": share.shipping_kind, "days_min": share.shipping_days_min,
        "days_max": share.shipping_days_max,
    }  # fmt: skip


def bill(order: Order) -> dict[str, Any]:
    """What an order's total is made up of, by all its shares."""
    shares, nothing = list(order.shares.all()), Amount(0, order.total_currency)
    parts = {name: plain(sum((getattr(each, name) for each in shares), nothing)) for name in BILLED}
    return {**parts, "tax_is_included": all(each.tax_is_included for each in shares)}


def state(order: Order) -> str:
    """How it stands as a whole."""
    return order.cached_state


def count(row: Any) -> int:
    """How many pieces, of an order or of a share."""
    return sum(each.quantity for each in row.lines.all())


def image(row: Any) -> str:
    """The picture that stands for it in lists."""
    return next((each.image_url for each in _as_made(row.lines.all())), "")


def timeline(order: Order, actor: Actor) -> list[dict[str, Any]]:
    """What happened to an order, oldest first."""
    return [_happening(each) for each in queries.timeline(order, _as_made(order.shares.all()), actor)]


def timeline_of_share(share: VendorOrder, actor: Actor) -> list[dict[str, Any]]:
    """What happened to a share, oldest first."""
    return [_happening(each) for each in queries.timeline_of_share(share, actor)]


def _happening(moment: queries.Moment) -> dict[str, Any]:
    return {**vars(moment), "at": plain(moment.at)}


class Destination(BaseModel):
    """Where a share goes."""

    model_config = ConfigDict(extra="forbid", title="OrderDestination")

    recipient: text(120)  # type: ignore[valid-type]
    phone: text(16)  # type: ignore[valid-type]
    street: text(200)  # type: ignore[valid-type]
    town: text(80)  # type: ignore[valid-type]
    province: text(80) = Field(description="A state or province, where that was said.")  # type: ignore[valid-type]
    postal_code: text(16)  # type: ignore[valid-type]
    country: text(2)  # type: ignore[valid-type]
    note: text(500)  # type: ignore[valid-type]


def destination(share: VendorOrder) -> dict[str, str] | None:
    """Whom and where it goes to: no vendor learns that before it is paid, nor of what will not be sent.

    An order that was paid after it had ended is paid, and its shares are dead all the same: they were never sold.
    """
    order = share.order
    if order.payment_state not in states.PAID or share.state in states.DEAD:
        return None
    return {name: getattr(order, name) for name in Destination.model_fields}
