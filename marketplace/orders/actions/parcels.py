"""What becomes of one parcel. Its share and its order are held meanwhile, and follow."""

from core.actions import action
from core.errors import WrongState
from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.actions.arriving import arrive, settle
from marketplace.orders.models import Delivery, Shipment


@action(label="Mark as delivered", icon="inventory")
def deliver(parcel: Shipment, *, by: Actor) -> Shipment:
    """Say that this parcel arrived: with the last of them, the whole share has. Refuses with 409 `wrong_state` a second time."""
    share = parcel.vendor_order
    arrive(parcel, share)
    settle(share, arrived=parcel)
    return parcel


@action(label="Count as delivered")
def presume(parcel: Shipment, *, by: Actor, reason: str) -> Shipment:
    """Count a parcel as delivered that nobody said anything of: done by the clock, which says so in the timeline.

    Refuses with 409 `wrong_state` one that has arrived, or that a courier of the market still has on the list.
    """
    if Delivery.objects.filter(shipment=parcel, state__in=states.DELIVERY_OPEN).exists():
        raise WrongState(state="with a courier", verb="be presumed delivered", allowed_from=["shipped"])
    share = parcel.vendor_order
    arrive(parcel, share)
    settle(share, arrived=parcel)
    return parcel
