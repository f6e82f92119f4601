"""What open sockets are told of: who hears that which thing is in which state."""

from core import updates
from core.events import Event, later
from marketplace.accounts.events import PasswordChanged, UserDeactivated
from marketplace.catalog.events import ChangesRequested, ListingApproved, ListingRejected
from marketplace.orders import events as orders
from marketplace.orders.queries import watched_order, watched_share
from marketplace.vendors.queries import people_of

JUDGED: dict[type[Event], str] = {
    ListingApproved: "approved",
    ListingRejected: "rejected",
    ChangesRequested: "changes_requested",
}
Of = orders.OrderPaid | orders.OrderExpired | orders.OrderCancelled | orders.OrderRefunded
OfShare = orders.ParcelSent | orders.VendorOrderDelivered | orders.VendorOrderCancelled


@later(UserDeactivated, PasswordChanged)
def close_sockets(event: UserDeactivated | PasswordChanged) -> None:
    """Sockets of a sign-in that has ended are closed."""
    updates.look_again(event.user_id)


@later(ListingApproved, ListingRejected, ChangesRequested)
def tell_vendor(event: ListingApproved | ListingRejected | ChangesRequested) -> None:
    """A vendor's people hear that their listing was judged."""
    updates.tell(people_of(event.vendor_id), kind="listing", id=str(event.listing_id), state=JUDGED[type(event)])


@later(
    *(orders.OrderPaid, orders.OrderExpired, orders.OrderCancelled, orders.OrderRefunded),
    *(orders.ParcelSent, orders.VendorOrderDelivered, orders.VendorOrderCancelled),
)
def tell_customer(event: Of | OfShare) -> None:
    """A customer hears where their order stands, also when a vendor did something with its share."""
    order = watched_order(event.order_id)
    updates.tell([order.owner_id], kind="order", id=order.reference, state=order.state)


@later(orders.VendorOrderReleased, orders.VendorOrderCancelled)
def tell_vendor_of_share(event: orders.VendorOrderReleased | orders.VendorOrderCancelled) -> None:
    """Those who work a vendor's orders hear of a paid share to work on, and of one that was called off."""
    share = watched_share(event.vendor_order_id)
    people = people_of(event.vendor_id, "work_orders")
    updates.tell(people, kind="vendor-order", id=share.reference, state=share.state)
