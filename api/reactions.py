"""What open sockets are told of: who hears that which thing is in which state."""

from core import updates
from core.events import Event, later
from marketplace.accounts.events import PasswordChanged, UserDeactivated
from marketplace.catalog.events import ChangesRequested, ListingApproved, ListingRejected
from marketplace.vendors.queries import people_of

JUDGED: dict[type[Event], str] = {
    ListingApproved: "approved",
    ListingRejected: "rejected",
    ChangesRequested: "changes_requested",
}


@later(UserDeactivated, PasswordChanged)
def close_sockets(event: UserDeactivated | PasswordChanged) -> None:
    """Sockets of a sign-in that has ended are closed."""
    updates.look_again(event.user_id)


@later(ListingApproved, ListingRejected, ChangesRequested)
def tell_vendor(event: ListingApproved | ListingRejected | ChangesRequested) -> None:
    """A vendor's people hear that their listing was judged."""
    updates.tell(people_of(event.vendor_id), kind="listing", id=str(event.listing_id), state=JUDGED[type(event)])
