"""Some pieces of what was ordered are called off before they are sent: by their vendor, by the market, or early by the buyer."""

from collections.abc import Sequence

from core import deeds, writing
from core.actions import action
from core.errors import WrongState
from core.events import publish
from core.inputs import asking
from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.actions.arriving import tell_delivered, tell_shipped
from marketplace.orders.actions.giving_back import ask_back, hold_rests
from marketplace.orders.actions.giving_up import Kind, give_up
from marketplace.orders.actions.whole import follow, name_state, shares_of
from marketplace.orders.errors import CannotCancel
from marketplace.orders.events import ItemsCancelled, VendorOrderCancelled
from marketplace.orders.models import Order, Shipment, VendorOrder
from marketplace.orders.pieces import Chosen, SomePieces, ToCancel, ToReturn, choose, unsent_of
from marketplace.orders.unreturned import everything

Why = asking(
    ("This is no longer in stock.", "It broke before we could send it.", "The buyer asked us to."),
    help="The buyer reads this sentence.",
)
WhyNot = asking(("I have changed my mind.", "I ordered too many."), help="The vendor reads this sentence.")


def is_open(share: VendorOrder) -> bool:
    """Sold, and not all of it sent: is the button worth showing?"""
    return share.state in states.TO_DO


@action(label="Cancel items", icon="remove_shopping_cart", danger=True, when=is_open)
def cancel_lines(
    share: VendorOrder, *, by: Actor, lines: ToCancel, reason: Why, restock: bool = True  # type: ignore[valid-type]
) -> VendorOrder:  # fmt: skip
    """Call some pieces of a paid share off before they are sent: their money is asked back, the rest goes on.

    With the last piece the share is cancelled, and what was paid to send it goes back too. `restock`: put them back on the
    shelf. Refuses with 409 `wrong_state` a share that was not paid, was sent whole or has ended; `too_many_pieces` more than are
    left; with 422 a line that is not in it.
    """
    if not is_open(share):
        raise WrongState(state=share.state, verb="cancel items", allowed_from=list(states.TO_DO))
    order = Order.objects.get(pk=share.order_id)
    given = call_off(order, share, lines, by=by, reason=reason, restock=restock)
    follow(share)
    give_up(order, given, Kind.CANCELLED, by=by, reason=reason)
    return share


def call_off(
    order: Order, share: VendorOrder, wanted: Sequence[SomePieces], *, by: Actor, reason: str, restock: bool
) -> list[Chosen]:
    """Ask the money of these pieces back; with the last of them the share is cancelled. Gives what is to be given up, last of all."""
    left = unsent_of(share)
    chosen = choose(wanted, left)
    rests = hold_rests(order, [share])
    is_last = sum(each.quantity for each in chosen) == sum(each.quantity for each in left)
    if is_last and share.state in states.OPEN:
        states.SHARE.move(share, "cancel")
        share.reason = reason
        portions = everything(rests)
        publish(VendorOrderCancelled(share.pk, share.order_id, share.vendor_id, reason))
    else:
        if is_last:
            send_no_more(share)
        of = {each.line.pk: each.quantity for each in chosen}
        portions = [rest.of_pieces(of[rest.line.pk]) for rest in rests if rest.line is not None and rest.line.pk in of]
        count = sum(of.values())
        publish(ItemsCancelled(share.pk, share.order_id, share.vendor_id, count, reason))
    ask_back(order, portions, by=by, reason=reason, about=share.reference)
    return [Chosen(each.line, each.quantity, each.quantity if restock else 0) for each in chosen]


def send_no_more(share: VendorOrder) -> None:
    """What was left to send of a share is called off: it is shipped, or delivered where all its parcels have arrived."""
    if Shipment.objects.filter(vendor_order=share, state="shipped").exists():
        states.SHARE.move(share, "ship")
        tell_shipped(share)
    else:
        states.SHARE.move(share, "end")
        tell_delivered(share)


@action(label="Cancel items", icon="remove_shopping_cart", danger=True)
def cancel_items(order: Order, *, by: Actor, lines: ToReturn, reason: WhyNot) -> Order:  # type: ignore[valid-type]
    """Call some pieces of a paid order off before their vendors accept it; their money is asked back, the rest goes on.

    Refuses with 409 `cannot_cancel` what is not paid, and pieces whose vendor has accepted: ask the vendor; `too_many_pieces`
    more than are left; with 422 a line that is not in it.
    """
    shares, given = shares_of(order), []
    of = {line.variant_id: line.vendor_order_id for line in order.lines.all()}
    for share in shares:
        wanted = [each for each in lines if of.get(each.variant_id, shares[0].pk) == share.pk]
        if not wanted:
            continue
        if share.state != "to_accept":
            remedy = ": ask the vendor" if share.state not in states.DEAD else ""
            raise CannotCancel(state=order.get_cached_state_display().lower(), remedy=remedy)
        before = writing.snapshot(share)
        given += call_off(order, share, wanted, by=by, reason=reason, restock=True)
        writing.settle(deeds.require(share), share, before)
    name_state(order, shares)
    give_up(order, given, Kind.CANCELLED, by=by, reason=reason)
    return order
