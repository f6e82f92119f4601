"""The shapes in which deliveries are answered: where a parcel is fetched and brought, and what proves that it was."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from core.resources.plans import plain
from core.resources.types import Id, Moment, text, whole
from marketplace.carts.models import MOST_LINES
from marketplace.carts.models import MOST_OF_ONE as MOST
from marketplace.orders import shapes, states
from marketplace.orders.actions.delivering import MOST_PHOTOS
from marketplace.orders.models import CreditNote, Delivery, Shipment

Pieces = whole(0, MOST_LINES * MOST)


class Origin(BaseModel):
    """Where a parcel is fetched."""

    model_config = ConfigDict(extra="forbid", title="DeliveryOrigin")

    vendor_name: text(80)  # type: ignore[valid-type]
    phone: text(16) = Field(description="Empty where the vendor gave none.")  # type: ignore[valid-type]
    city: text(80)  # type: ignore[valid-type]


class Proof(BaseModel):
    """What proves that a parcel was handed over."""

    model_config = ConfigDict(extra="forbid", title="DeliveryProof")

    received_by: text(120)  # type: ignore[valid-type]
    note: text(500)  # type: ignore[valid-type]
    at: Moment
    photo_ids: Annotated[list[Id], Field(max_length=MOST_PHOTOS)]  # type: ignore[valid-type]


def origin(row: Delivery) -> dict[str, str]:
    """Where it is fetched."""
    vendor = row.shipment.vendor_order.vendor
    return {"vendor_name": vendor.name, "phone": str(vendor.phone or ""), "city": vendor.city}


def whither(row: Delivery) -> dict[str, str] | None:
    """Whom and where it goes to, while it is to be brought: of what has ended a courier keeps no address."""
    return shapes.destination(row.shipment.vendor_order) if row.state in states.DELIVERY_OPEN else None


def pieces(row: Delivery) -> int:
    """How many pieces are in the parcel."""
    return sum(each.quantity for each in row.shipment.lines.all())


def carrier(row: Delivery) -> str:
    """As whose the parcel was sent."""
    return str(row.shipment)


def proof(row: Delivery) -> dict[str, Any] | None:
    """What proves that it was handed over; null until it was."""
    if not row.received_by:
        return None
    photos = sorted(each.pk for each in row.photos.all())
    return {"received_by": row.received_by, "note": row.note, "at": plain(row.ended_at), "photo_ids": photos}


def courier_name(row: Delivery) -> str:
    """Who brings it."""
    return row.courier.full_name


def proof_of(parcel: Shipment) -> dict[str, Any] | None:
    """What proves that a parcel was handed over, where a courier of the market brought it."""
    delivery = getattr(parcel, "delivery", None)
    return proof(delivery) if delivery is not None else None


def invoice_number(note: CreditNote) -> str:
    """The invoice that a credit note is for, as it stands on paper."""
    return str(note.invoice)


def note_number(note: CreditNote) -> str:
    """A credit note as it stands on paper."""
    return str(note)
