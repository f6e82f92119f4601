"""What couriers do: operations give them a parcel, they fetch it, hand it over with proof, or say why they could not."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from core import context, deeds, references, writing
from core.actions import action, locked
from core.errors import WrongState
from core.events import publish
from core.inputs import TEXT_PATTERN, Ask, AskOne, Choice, Note, asking
from core.resources.types import LARGEST_ID
from core.rules import Actor
from marketplace.accounts.queries import people_who_may
from marketplace.orders import states
from marketplace.orders.actions.arriving import arrive, settle
from marketplace.orders.errors import EnoughPhotos, NoCourier
from marketplace.orders.events import DeliveryAssigned, DeliveryFailed
from marketplace.orders.models import Delivery, DeliveryPhoto, Shipment

MOST_PHOTOS = 5


def couriers(_row: Any = None) -> Sequence[Choice]:
    """Who may be given a parcel to bring."""
    return [Choice(each.pk, each.full_name) for each in people_who_may("deliver")]


CourierId = Annotated[int, Field(ge=1, le=LARGEST_ID), AskOne("Courier", "Who brings it.", choices=couriers)]
ReceivedBy = Annotated[
    str,
    StringConstraints(min_length=2, max_length=120, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask("Received by", "The name of whoever took it."),
]
WhyFailed = asking(
    ("Nobody was there.", "The address is wrong.", "Nobody answered the phone.", "The parcel was refused."),
    help="The vendor and the buyer read this sentence.",
)


def is_on_its_way(parcel: Shipment) -> bool:
    return parcel.state == "shipped"


@action(label="Give to a courier", icon="two_wheeler", when=is_on_its_way)
def assign(parcel: Shipment, *, by: Actor, courier_id: CourierId) -> Shipment:
    """Let a courier of the market bring this parcel; from then on it is on their list, and on nobody else's.

    Refuses with 409 `wrong_state` one that has arrived, or that a courier has in hand; 422 `no_courier`.
    """
    if not is_on_its_way(parcel):
        raise WrongState(state=parcel.state, verb="be given to a courier", allowed_from=["shipped"])
    if not people_who_may("deliver").filter(pk=courier_id).exists():
        raise NoCourier()
    delivery = locked(Delivery).filter(shipment=parcel).first()
    if delivery is None:
        delivery = Delivery(shipment=parcel, courier_id=courier_id, reference=references.new("DL"))
        delivery.save(force_insert=True)
        writing.audit(deeds.require(delivery), delivery, writing.created(delivery))
    else:
        before = writing.snapshot(delivery)
        states.DELIVERY.move(delivery, "assign")
        delivery.courier_id, delivery.assigned_at = courier_id, context.now()
        writing.settle(deeds.require(delivery), delivery, before)
    publish(DeliveryAssigned(delivery_id=delivery.pk, shipment_id=parcel.pk, courier_id=courier_id))
    return parcel


@action(label="Picked up", icon="takeout_dining")
def pick_up(delivery: Delivery, *, by: Actor) -> Delivery:
    """Say that you have the parcel, for the first time or for another attempt. Refuses with 409 `wrong_state` if you have it."""
    states.DELIVERY.move(delivery, "pick_up")
    delivery.picked_up_at = context.now()
    return delivery


@action(label="Handed over", icon="handshake")
def hand_over(delivery: Delivery, *, by: Actor, received_by: ReceivedBy, note: Note = "") -> Delivery:
    """Say who took the parcel: it has arrived. Refuses with 409 `wrong_state` unless you have picked it up."""
    states.DELIVERY.move(delivery, "hand_over")
    delivery.received_by, delivery.note, delivery.ended_at = received_by, note, context.now()
    parcel = locked(Shipment).get(pk=delivery.shipment_id)
    before = writing.snapshot(parcel)
    share = parcel.vendor_order
    arrive(parcel, share, handed_over=True)
    writing.settle(deeds.require(parcel), parcel, before)
    settle(share)
    return delivery


@action(label="Could not deliver", icon="error", danger=True)
def fail(delivery: Delivery, *, by: Actor, reason: WhyFailed) -> Delivery:  # type: ignore[valid-type]
    """Say why you could not hand it over: it waits for another attempt. Refuses with 409 `wrong_state` unless you have it."""
    states.DELIVERY.move(delivery, "fail")
    delivery.reason = reason
    delivery.failed_count += 1
    vendor_id = delivery.shipment.vendor_order.vendor_id
    publish(
        DeliveryFailed(delivery_id=delivery.pk, shipment_id=delivery.shipment_id, vendor_id=vendor_id, reason=reason)
    )
    return delivery


@action(label="Add a photo", rule="hand_over")
def add_photo(delivery: Delivery, *, by: Actor, file: str) -> Delivery:
    """Keep a photo as proof, while you have the parcel or after you handed it over.

    Refuses with 409 `wrong_state` at any other time, `enough_photos`.
    """
    if delivery.state not in ("picked_up", "delivered"):
        raise WrongState(state=delivery.state, verb="be proved", allowed_from=["picked_up", "delivered"])
    if delivery.photos.count() >= MOST_PHOTOS:
        raise EnoughPhotos(most=MOST_PHOTOS)
    DeliveryPhoto(delivery=delivery, file=file).save(force_insert=True)
    return delivery
