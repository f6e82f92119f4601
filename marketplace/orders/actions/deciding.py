"""A dispute is decided for the buyer: by the market, by the vendor who gives in, or by time; large amounts by two people."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from core import context
from core.actions import action
from core.errors import Denied, FieldError, Invalid
from core.events import publish
from core.inputs import Ask, Reason
from core.money import LARGEST, Money, allocate
from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.actions.disputing import Verdict, is_ours, refuse_decided, refuse_foreign
from marketplace.orders.actions.giving_back import ask_back, hold_rests
from marketplace.orders.approvals import needs_second, said_of
from marketplace.orders.errors import TakeUpFirst
from marketplace.orders.events import DisputeLost, DisputeMoved
from marketplace.orders.models import Dispute, Order
from marketplace.orders.unreturned import Portion, Rest, sum_of

Back = Annotated[
    int | None,
    Field(ge=1, le=LARGEST),
    Ask(
        "Amount",
        "In minor units; unless said, all that is disputed. Above the market's limit it waits for a second person.",
    ),
]


def what_goes_back(case: Dispute) -> str:
    """What deciding for the buyer does, in numbers."""
    told = f"{case.amount} goes back to the buyer, unless you say less."
    if waits_for_second(case):
        much = Money(case.verdict_minor or 0, case.amount.currency)
        told += f" {case.verdict_by_name} has decided for {much}: a second person lets it go by deciding for no more than that."
    return f"{told} {said_of(case.vendor_order.order)}".strip()


def waits_for_second(case: Dispute) -> bool:
    """Has one person decided for the buyer, and a second one not yet?"""
    return is_ours(case) and case.verdict_minor is not None


def who_begins(case: Dispute, by: Actor) -> str:
    """Why deciding is not this person's to begin: they may allow what somebody else has said."""
    if by.has("refund") or waits_for_second(case):
        return ""
    return "Somebody who may refund says first how much goes back; then you allow it."


@action(label="For the buyer", icon="undo", danger=True, when=is_ours, effect=what_goes_back, unless=who_begins)
def lose(case: Dispute, *, by: Actor, reason: Verdict, amount_minor: Back = None) -> Dispute:  # type: ignore[valid-type]
    """Decide for the buyer: what is disputed goes back, or as much of it as you say, and never more than is left.

    Where a refund of as much of this order would wait for a second person, this does, too: what you say is kept as
    `verdict_minor`, and goes back once another person, who may allow refunds, decides for the buyer with no more than that.
    Refuses with 403 the first word of who may allow refunds but not ask for them; with 409 `wrong_state` what is decided, and
    `take_up_first` what needs a second person while its vendor may still answer; with 422 more than is disputed.
    """
    if amount_minor is not None and amount_minor > case.amount.amount:
        raise Invalid(
            errors=[FieldError("/amount_minor", "less_than_equal", f"No more than {case.amount} is disputed.")]
        )
    refuse_foreign(case)
    refuse_decided(case, "lose")
    order, minor = Order.objects.get(pk=case.vendor_order.order_id), amount_minor or case.amount.amount
    portions = spread(hold_rests(order, [case.vendor_order]), minor)
    if _is_second(case, minor, by):
        case.allowed_by_name = by.name[:120]
        return _lost(case, "lose", order, portions, by=by, reason=reason)
    if not by.has("refund"):
        raise Denied()
    case.verdict_by_id, case.verdict_by_name = by.user_id, by.name[:120]
    case.verdict_minor, case.verdict_reason = minor, reason
    back = sum_of(portions, order.total_currency)
    if not back.amount or not needs_second(order, back, by):
        return _lost(case, "lose", order, portions, by=by, reason=reason)
    if case.state == "awaiting_vendor":
        raise TakeUpFirst()  # else the vendor would read in the move what nobody has allowed yet
    return case


def _is_second(case: Dispute, minor: int, by: Actor) -> bool:
    """Says somebody else, who may allow it, the same as the first one did, or less?"""
    if case.verdict_minor is None or case.verdict_by_id == by.user_id:
        return False
    return by.has("approve_refund") and minor <= case.verdict_minor


@action(
    label="Give in",
    icon="undo",
    danger=True,
    when=is_ours,
    effect=lambda case: f"{case.amount} goes back to the buyer.",
)
def concede(case: Dispute, *, by: Actor, reason: Reason) -> Dispute:
    """Let the buyer have what is disputed. Refuses with 409 `wrong_state` what is decided."""
    refuse_foreign(case)
    return _lost_whole(case, "concede", by=by, reason=reason)


def _lost_whole(case: Dispute, verb: str, *, by: Actor, reason: str) -> Dispute:
    """The vendor gave in, or said nothing: nobody of the market decided it."""
    refuse_decided(case, verb)
    case.verdict_minor, case.verdict_reason, case.verdict_by_id, case.verdict_by_name = None, "", None, ""
    order = Order.objects.get(pk=case.vendor_order.order_id)
    portions = spread(hold_rests(order, [case.vendor_order]), case.amount.amount)
    return _lost(case, verb, order, portions, by=by, reason=reason)


def _lost(case: Dispute, verb: str, order: Order, portions: Sequence[Portion], *, by: Actor, reason: str) -> Dispute:
    states.DISPUTE.move(case, verb)
    case.decision, share = reason, case.vendor_order
    case.refund = ask_back(
        order, portions, by=by, reason=f"Dispute {case.reference}: {reason}"[:500], about=share.reference
    )
    back = sum_of(portions, order.total_currency)
    publish(DisputeLost(case.pk, share.pk, share.vendor_id, back.amount, back.currency, False))
    return case


def spread(rests: Sequence[Rest], minor: int) -> list[Portion]:
    """This much of what is left, or all of it where less is left, from each line and the shipping in proportion."""
    lefts = [rest.minor for rest in rests]
    least = min(minor, sum(lefts))
    if not least:
        return []
    return [rest.of_amount(part) for rest, part in zip(rests, allocate(least, lefts), strict=True) if part]


@action(label="Let time decide")
def lapse(case: Dispute, *, by: Actor) -> Dispute:
    """The deadline has passed: a vendor who said nothing has lost, and what a gateway decides is the market's to see to.

    Done by the clock. Does nothing before the deadline, to what is decided, and to what waits for the market.
    """
    if case.state != "awaiting_vendor" or context.now() < case.due_at:
        return case
    if case.gateway_dispute_id:
        states.DISPUTE.move(case, "escalate")
        publish(DisputeMoved(case.pk, case.vendor_order.vendor_id, case.state, False))
        return case
    return _lost_whole(case, "lose", by=by, reason="The vendor did not answer in time.")
