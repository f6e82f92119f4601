"""Returns: asked for by the buyer, allowed or refused by the vendor, received, and paid back with the receipt."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal

from django.conf import settings
from pydantic import StringConstraints

from core import context, deeds, references, writing
from core.actions import action
from core.errors import Denied, FieldError, Invalid
from core.events import append_many, publish
from core.inputs import TEXT_PATTERN, Ask, Note, Reason, asking
from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.actions.giving_back import ask_back, hold_rests
from marketplace.orders.actions.giving_up import Kind, give_up
from marketplace.orders.actions.whole import shares_of
from marketplace.orders.errors import NotReturnable
from marketplace.orders.events import ReturnAnswered, ReturnAsked, ReturnReceived
from marketplace.orders.models import Order, Return, ReturnLine, VendorOrder
from marketplace.orders.pieces import Chosen, ToReceive, ToReturn, choose, sent_of
from marketplace.payments.models import Refund

ReturnReason = Annotated[Literal[states.RETURN_REASONS], Ask("Reason")]  # type: ignore[valid-type]
Instructions = Annotated[
    str,
    StringConstraints(max_length=500, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask(
        "How to send it back",
        "Optional. The buyer reads this.",
        ("Bring it to our shop.", "Our rider will come for it."),
        3,
    ),
]
WhyNot = asking(
    ("It was used.", "This cannot be taken back for hygiene.", "It came back too late."), help="The buyer reads this."
)


@action(label="Ask for a return", rule="view")
def ask_return(order: Order, *, by: Actor, lines: ToReturn, why: ReturnReason, note: Note = "") -> Return:
    """Ask one vendor to take pieces of an order back.

    Refuses with 409 `not_returnable` what has not arrived or arrived too long ago, `too_many_pieces` more than are left; with
    422 a line that is not in the order, and lines of two vendors: each answers on its own.
    """
    if by.user_id != order.customer_id:
        raise Denied()
    shares = {share.pk: share for share in shares_of(order)}
    of = {line.variant_id: line.vendor_order_id for line in order.lines.all()}
    keys = {of[each.variant_id] for each in lines if each.variant_id in of}
    if len(keys) > 1:
        raise Invalid(errors=[FieldError("/lines", "one_vendor", "Ask each vendor on its own.")])
    asked = [shares[key] for key in keys]
    for share in asked:
        _refuse_late(share)
    chosen = choose(lines, sent_of(asked))
    return _ask(asked[0], chosen, why=why, note=note)


def _refuse_late(share: VendorOrder) -> None:
    if share.state != "delivered":
        raise NotReturnable(why="it has not arrived.")
    if context.now() - share.state_since > timedelta(days=settings.RETURN_DAYS):
        raise NotReturnable(why=f"it arrived more than {settings.RETURN_DAYS} days ago.")


def _ask(share: VendorOrder, chosen: Sequence[Chosen], *, why: str, note: str) -> Return:
    asked = Return(vendor_order=share, reference=references.new("RT"), why=why, note=note)
    asked.save(force_insert=True)
    writing.audit(deeds.require(asked), asked, writing.created(asked))
    append_many([ReturnLine(belongs_to=asked, line=each.line, quantity=each.quantity) for each in chosen])
    publish(ReturnAsked(asked.pk, share.pk, share.vendor_id, share.order.customer_id))
    return asked


def _tell(row: Return, *, is_allowed: bool) -> None:
    publish(ReturnAnswered(row.pk, row.vendor_order.order.customer_id, is_allowed))


@action(label="Allow", icon="check_circle")
def approve(row: Return, *, by: Actor, answer: Instructions = "") -> Return:
    """Let it come back, and say how. Refuses with 409 `wrong_state` one that is answered."""
    states.RETURN.move(row, "approve")
    row.answer = answer
    _tell(row, is_allowed=True)
    return row


@action(label="Refuse", icon="block", danger=True)
def refuse(row: Return, *, by: Actor, reason: WhyNot) -> Return:  # type: ignore[valid-type]
    """Do not take it back, and say why. The buyer may dispute that. Refuses with 409 `wrong_state` one that is answered."""
    states.RETURN.move(row, "refuse")
    row.answer = reason
    _tell(row, is_allowed=False)
    return row


@action(label="Withdraw", icon="undo")
def withdraw(row: Return, *, by: Actor) -> Return:
    """Keep it after all. Refuses with 409 `wrong_state` one that has arrived or has ended."""
    states.RETURN.move(row, "withdraw")
    return row


@action(label="Received", icon="assignment_return")
def receive(row: Return, *, by: Actor, lines: ToReceive) -> Return:  # type: ignore[valid-type]
    """Say what came back, and what of it can be sold again: that goes on the shelf, and the money of all of it goes back.

    Where less came than was announced, less goes back. Refuses with 409 `wrong_state` unless it was allowed,
    `too_many_pieces` more than were announced, and `disputed` where the buyer's bank is taking the money.
    """
    states.RETURN.move(row, "receive")
    row.received_at = context.now()
    share = row.vendor_order
    order = Order.objects.get(pk=share.order_id)
    announced = [Chosen(each.line, each.quantity) for each in row.lines.select_related("line__variant").order_by("pk")]
    chosen = choose(lines, announced)
    of = {each.line.pk: each.quantity for each in chosen}
    rests = [rest for rest in hold_rests(order, [share]) if rest.line is not None and rest.line.pk in of]
    portions = [rest.of_pieces(min(of[rest.line.pk], rest.quantity)) for rest in rests if rest.line and rest.quantity]
    reason = f"Sent back as {row.reference}."
    row.refund = ask_back(order, portions, by=by, reason=reason, about=share.reference)
    if row.refund is None:
        states.RETURN.move(row, "close")
    publish(ReturnReceived(row.pk, share.pk, order.customer_id))
    give_up(order, chosen, Kind.RETURNED, by=by, reason=reason, returned_as=row)
    return row


@action(label="Settle")
def settle(row: Return, *, by: Actor) -> Return:
    """Its money has gone back. Does nothing a second time."""
    if row.state == "received" and row.refund is not None and last_try(row.refund).status == "succeeded":
        states.RETURN.move(row, "settle")
    return row


def last_try(refund: Refund) -> Refund:
    """The refund that took the place of one that had failed, or itself."""
    again = Refund.objects.filter(repeats=refund).first()
    return refund if again is None else last_try(again)


def first_try(refund: Refund) -> Refund:
    """The refund of which this one is another try, or itself."""
    return refund if refund.repeats is None else first_try(refund.repeats)


@action(label="Close", icon="done_all")
def close(row: Return, *, by: Actor, reason: Reason) -> Return:
    """End a return whose money goes back otherwise. Refuses with 409 `wrong_state` unless it was received."""
    states.RETURN.move(row, "close")
    row.answer = reason
    return row
