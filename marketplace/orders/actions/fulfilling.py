"""What a vendor decides of its share: take it on, or call it off. The order is held meanwhile. Parcels: see shipping.py."""

from core.actions import action
from core.errors import WrongState
from core.events import publish
from core.inputs import asking
from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.actions.giving_back import ask_back, hold_rests
from marketplace.orders.actions.giving_up import cancel_goods
from marketplace.orders.actions.invoicing import issue
from marketplace.orders.actions.whole import follow
from marketplace.orders.events import VendorOrderCancelled
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.unreturned import everything, rests_of, sum_of

WhyNot = asking(
    ("This is no longer in stock.", "We cannot deliver to this address.", "The price was a mistake."),
    help="The buyer reads this sentence.",
)


@action(label="Accept", icon="check_circle")
def accept(share: VendorOrder, *, by: Actor) -> VendorOrder:
    """Take a paid share on: its invoice is issued. Refuses with 409 `wrong_state` one that waits for its payment or is past this."""
    states.SHARE.move(share, "accept")
    follow(share)
    issue(share)
    return share


def is_sold(share: VendorOrder) -> bool:
    """An unpaid share ends with its order."""
    return share.state != "waiting"


def called_off(share: VendorOrder) -> str:
    """What calling it off does, in numbers."""
    left = sum_of(rests_of([share]), share.total_currency)
    return f"{left} goes back to the buyer, and the goods are free again. The rest of the order goes on."


@action(label="Cancel", icon="cancel", danger=True, when=is_sold, effect=called_off)
def cancel(share: VendorOrder, *, by: Actor, reason: WhyNot) -> VendorOrder:  # type: ignore[valid-type]
    """Call a paid share off before it is sent: its money is asked back and its goods are free again. The rest goes on.

    Refuses with 409 `wrong_state` one that was sent, has ended, or waits for its payment: that ends with the order.
    """
    if not is_sold(share):
        raise WrongState(state=share.state, verb="cancel", allowed_from=list(states.OPEN))
    states.SHARE.move(share, "cancel")
    share.reason = reason
    follow(share)
    order = Order.objects.get(pk=share.order_id)
    ask_back(order, everything(hold_rests(order, [share])), by=by, reason=reason, about=share.reference)
    publish(
        VendorOrderCancelled(
            vendor_order_id=share.pk, order_id=share.order_id, vendor_id=share.vendor_id, reason=reason
        )
    )
    cancel_goods(order, [share], by=by, reason=reason)
    return share
