"""Where the parcels of an order are: what we know of each by ourselves, in one line with what its carrier tells."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.db.models import Prefetch
from pydantic import BaseModel, ConfigDict, Field

from core.resources.identity import Reference
from core.resources.plans import plain
from core.resources.types import Id, Moment, text
from core.rules import Actor
from marketplace.orders import queries, shapes
from marketplace.orders.models import Order, Shipment, VendorOrder
from marketplace.orders.shapes_deliveries import Proof, proof_of
from marketplace.shipping import carriers
from marketplace.shipping import flows as shipping
from marketplace.shipping.errors import CarrierUnavailable

MOST_EVENTS = 500
#: Of what the timeline tells, what is about where a parcel is.
STEPS = ("given_to_courier", "picked_up", "attempt_failed")


class TrackEvent(BaseModel):
    """One thing that happened to a parcel."""

    model_config = ConfigDict(extra="forbid", title="TrackEvent")

    at: Moment
    event: text(64) = Field(  # type: ignore[valid-type]
        description=f"Of ours: shipped, {', '.join(STEPS)}, delivered; of a carrier: its own word."
    )
    place: text(120) = Field(description="Where, if the carrier says so.")  # type: ignore[valid-type]
    note: text(500)  # type: ignore[valid-type]
    source: Literal["soko", "carrier"]


class TrackedParcel(BaseModel):
    """One parcel, and what happened to it, oldest first."""

    model_config = ConfigDict(extra="forbid", title="TrackedParcel")

    id: Reference
    share_id: Reference
    vendor_id: Id  # type: ignore[valid-type]
    vendor_name: text(80)  # type: ignore[valid-type]
    carrier: text(60)  # type: ignore[valid-type]
    tracking_number: text(80)  # type: ignore[valid-type]
    state: shapes.ShipmentState
    shipped_at: Moment
    delivered_at: Moment | None
    lines: shapes.Contents
    events: Annotated[list[TrackEvent], Field(max_length=MOST_EVENTS)]
    proof: Proof | None


class Track(BaseModel):
    """Where everything is that was sent."""

    model_config = ConfigDict(extra="forbid", title="Track")

    id: Reference
    state: text(24)  # type: ignore[valid-type]
    parcels: shapes.parcels_of(TrackedParcel)  # type: ignore[valid-type]


def track_order(order: Order, actor: Actor) -> dict[str, Any]:
    """Every parcel of an order, oldest first."""
    shares = VendorOrder.objects.filter(order=order)
    return {"id": order.reference, "state": order.cached_state, "parcels": _parcels(shares, actor)}


def track_share(share: VendorOrder, actor: Actor) -> dict[str, Any]:
    """Every parcel of a share, oldest first."""
    shares = VendorOrder.objects.filter(pk=share.pk)
    return {"id": share.reference, "state": share.state, "parcels": _parcels(shares, actor)}


def _parcels(shares: Any, actor: Actor) -> list[dict[str, Any]]:
    rows = Shipment.objects.select_related("delivery").prefetch_related("lines__line", "delivery__photos")
    found = []
    for share in shares.select_related("vendor").prefetch_related(Prefetch("shipments", rows)).order_by("pk"):
        steps = queries.timeline_of_share(share, actor) if share.shipments.all() else []
        found += [_parcel(each, share, steps) for each in share.shipments.all()]
    return sorted(found, key=lambda each: each["shipped_at"])


def _parcel(row: Shipment, share: VendorOrder, steps: Sequence[queries.Moment]) -> dict[str, Any]:
    return {
        **shapes.consignment(row),
        "share_id": share.reference, "vendor_id": share.vendor_id, "vendor_name": share.vendor.name,
        "events": sorted([*_own_events(row, steps), *carrier_events(row)], key=lambda each: each["at"])[-MOST_EVENTS:],
        "proof": proof_of(row),
    }  # fmt: skip


def _own_events(row: Shipment, steps: Sequence[queries.Moment]) -> list[dict[str, Any]]:
    found = [_event(row.shipped_at, "shipped")]
    found += [
        _event(each.at, each.event, note=each.reason)
        for each in steps
        if each.parcel == row.reference and each.event in STEPS
    ]
    return found + ([_event(row.delivered_at, "delivered")] if row.delivered_at else [])


def _event(at: Any, event: str, *, note: str = "") -> dict[str, Any]:
    return {"at": plain(at), "event": event, "place": "", "note": note, "source": "soko"}


def carrier_events(row: Shipment) -> list[dict[str, Any]]:
    """What the carrier of a parcel tells of it, where this market asks that carrier; nothing while it does not answer."""
    name = row.carrier.strip().lower()
    if not row.tracking_number or name not in carriers.names():
        return []
    try:
        told = shipping.track(name, row.tracking_number)
    except CarrierUnavailable:
        return []  # what we know ourselves does not wait for others
    return [
        {
            "at": plain(each.at),
            "event": each.code,
            "place": each.place[:120],
            "note": each.sentence[:500],
            "source": "carrier",
        }
        for each in told
    ]
