"""Disputes: opened by a buyer or by the gateway, answered by the vendor, decided by the market; the money is held meanwhile."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from django.conf import settings
from pydantic import Field, StringConstraints

from core import context, deeds, references, writing
from core.actions import action
from core.audiences import STOREFRONT, VENDOR
from core.errors import Denied, FieldError, Invalid
from core.events import append, publish
from core.inputs import TEXT_PATTERN, Ask, Reason, asking
from core.money import LARGEST, Money
from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.actions.giving_back import hold_rests
from marketplace.orders.actions.whole import shares_of
from marketplace.orders.errors import NotDisputable
from marketplace.orders.events import DisputeHeld, DisputeMoved, DisputeReleased
from marketplace.orders.models import Dispute, DisputeEntry, Order, VendorOrder
from marketplace.orders.unreturned import sum_of

REMIND = timedelta(hours=24)
Kind, Wanted = DisputeEntry.Kind, Dispute.Outcome
DisputeReason = Literal[states.DISPUTE_REASONS]  # type: ignore[valid-type]
Words = Annotated[
    str,
    StringConstraints(min_length=3, max_length=2000, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask("What is to be said", "Everybody in this dispute reads it.", lines=5),
]
IsProof = Annotated[bool, Ask("This is evidence", "Such as a tracking number, or what was agreed on.")]
Minor = Annotated[
    int | None, Field(ge=1, le=LARGEST), Ask("Amount", "In minor units; unless said, all that is disputed.")
]
Verdict = asking(("The proof is clear.", "The vendor did not answer."), help="Both sides read this sentence.")


@action(label="Open a dispute", rule="view")
def open_dispute(
    order: Order, *, by: Actor, share: str, why: DisputeReason, text: Words, wanted: Literal["refund", "part", "goods"] = "refund",
    amount_minor: Minor = None,
) -> Dispute:  # fmt: skip
    """Ask the market to decide between buyer and vendor about one share, named by its reference; the money is held meanwhile.

    Refuses with 409 `not_disputable` what was not paid, was given back by us or by a bank, is disputed already or arrived too long
    ago; with 422 a
    share that is not in the order, and more money than is left of it.
    """
    if by.user_id != order.customer_id:
        raise Denied()
    about = next((each for each in shares_of(order) if each.reference == share), None)
    if about is None:
        raise Invalid(errors=[FieldError("/share", "unknown", "This is not a part of the order.")])
    left = sum_of(hold_rests(order, [about]), order.total_currency)
    _refuse_closed(about, left)
    if amount_minor is not None and amount_minor > left.amount:
        raise Invalid(errors=[FieldError("/amount_minor", "less_than_equal", f"No more than {left} is left of it.")])
    due = context.now() + timedelta(hours=settings.DISPUTE_HOURS)
    case = open_case(about, Money(amount_minor or left.amount, left.currency), why=why, wanted=wanted, due_at=due)
    enter(case, Kind.MESSAGE, "buyer", text, by=by)
    return case


def _refuse_closed(share: VendorOrder, left: Money) -> None:
    if share.state not in (*states.OPEN, *states.UNDERWAY):
        raise NotDisputable(why="it was not paid for, or was called off.")
    if not left.amount:
        raise NotDisputable(why="all of its money has gone back, or is on its way back.")
    if Dispute.objects.filter(vendor_order=share, state__in=states.DISPUTED).exists():
        raise NotDisputable(why="there is an open dispute about it already.")
    if Dispute.objects.filter(vendor_order=share, state="lost").exclude(gateway_dispute_id="").exists():
        raise NotDisputable(why="your bank has had money of it back for you.")
    arrived = share.state == "delivered"
    if arrived and context.now() - share.state_since > timedelta(days=settings.DISPUTE_DAYS):
        raise NotDisputable(why=f"it arrived more than {settings.DISPUTE_DAYS} days ago.")


def open_case(
    share: VendorOrder,
    amount: Money,
    *,
    why: str,
    due_at: datetime,
    wanted: str = Wanted.REFUND,
    gateway_dispute_id: str = "",
) -> Dispute:
    """Write a case down with what the books say of its share, and have the money held."""
    case = Dispute(
        vendor_order=share, reference=references.new("DP"), why=why, wanted=wanted, due_at=due_at,
        gateway_dispute_id=gateway_dispute_id,
    )  # fmt: skip
    case.amount = amount
    case.save(force_insert=True)
    writing.audit(deeds.require(case), case, writing.created(case))
    for line in share.lines.order_by("pk"):
        append(
            _entry(case, Kind.RECORD, "market", f"Ordered: {line}, {line.sku}, {line.total}. {_shown(line.attributes)}")
        )
    for sent in share.shipments.order_by("pk"):
        arrived = f", arrived {sent.delivered_at:%Y-%m-%d %H:%M} UTC" if sent.delivered_at else ""
        append(_entry(case, Kind.RECORD, "market", f"Sent {sent.shipped_at:%Y-%m-%d %H:%M} UTC with {sent}{arrived}."))
    publish(DisputeHeld(case.pk, share.pk, share.vendor_id, amount.amount, amount.currency))
    publish(DisputeMoved(case.pk, share.vendor_id, case.state, False))
    return case


def _shown(attributes: dict[str, object]) -> str:
    said = {
        name: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in attributes.items()
    }
    return "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in sorted(said.items()))[:1500]


def _entry(case: Dispute, kind: str, party: str, text: str, by: Actor | None = None) -> DisputeEntry:
    who = by or Actor.system("the books")
    return DisputeEntry(
        dispute=case,
        kind=kind,
        party=party,
        text=text[:2000],
        at=context.now(),
        actor_id=who.user_id,
        actor_name=who.name[:120],
    )


def enter(case: Dispute, kind: str, party: str, text: str, *, by: Actor) -> None:
    """Keep what somebody says or shows in a dispute."""
    append(_entry(case, kind, party, text, by))


def party_of(by: Actor) -> str:
    """On which side of a dispute somebody speaks."""
    return "buyer" if by.audience is STOREFRONT else "vendor" if by.audience is VENDOR else "market"


def is_open(case: Dispute) -> bool:
    """Is it still to be decided?"""
    return case.state in states.DISPUTED


def is_ours(case: Dispute) -> bool:
    """Is it for the market to decide? What came from a gateway is decided there."""
    return is_open(case) and not case.gateway_dispute_id


@action(label="Say something", icon="chat", when=is_open)
def say(case: Dispute, *, by: Actor, text: Words, is_evidence: IsProof = False) -> Dispute:
    """Say something to the others, or show a proof. Refuses with 409 `wrong_state` once it is decided."""
    refuse_decided(case, "say")
    enter(case, Kind.EVIDENCE if is_evidence else Kind.MESSAGE, party_of(by), text, by=by)
    return case


def refuse_decided(case: Dispute, verb: str) -> None:
    """Refuse with 409 `wrong_state` what is decided."""
    if not is_open(case):
        states.DISPUTE.move(case, verb)


@action(label="Answer", icon="reply")
def answer(case: Dispute, *, by: Actor, text: Words) -> Dispute:
    """Give the vendor's side of it; then the market decides. Refuses with 409 `wrong_state` once that was done."""
    states.DISPUTE.move(case, "answer")
    enter(case, Kind.EVIDENCE, "vendor", text, by=by)
    moved_on(case)
    return case


@action(label="Take it up", icon="gavel")
def escalate(case: Dispute, *, by: Actor) -> Dispute:
    """Decide without waiting for the vendor any longer. Refuses with 409 `wrong_state` unless the vendor is waited for."""
    states.DISPUTE.move(case, "escalate")
    moved_on(case)
    return case


def moved_on(case: Dispute) -> None:
    """The next one has as long as the first; what a gateway has set stays."""
    if not case.gateway_dispute_id:
        case.due_at = context.now() + timedelta(hours=settings.DISPUTE_HOURS)
    case.reminded_at = None
    publish(DisputeMoved(case.pk, case.vendor_order.vendor_id, case.state, False))


@action(label="For the vendor", icon="thumb_up", when=is_ours)
def win(case: Dispute, *, by: Actor, reason: Verdict) -> Dispute:  # type: ignore[valid-type]
    """Decide for the vendor, who keeps the money. Refuses with 409 `wrong_state` what is decided."""
    refuse_foreign(case)
    return release(case, "win", reason)


@action(label="Withdraw", icon="undo", when=is_ours)
def withdraw(case: Dispute, *, by: Actor, reason: Reason = "It is settled.") -> Dispute:
    """Drop it: the vendor keeps the money. Refuses with 409 `wrong_state` what is decided."""
    refuse_foreign(case)
    return release(case, "withdraw", reason)


def release(case: Dispute, verb: str, reason: str) -> Dispute:
    """End a case for the vendor."""
    states.DISPUTE.move(case, verb)
    case.decision = reason
    publish(DisputeReleased(case.pk, case.vendor_order_id, case.vendor_order.vendor_id))
    return case


def refuse_foreign(case: Dispute) -> None:
    if case.gateway_dispute_id and is_open(case):
        raise NotDisputable(why="the buyer's bank decides this one.")


@action(label="Remind")
def remind(case: Dispute, *, by: Actor) -> Dispute:
    """Say once that the deadline is near. Done by the clock."""
    if is_open(case) and case.reminded_at is None:
        case.reminded_at = context.now()
        publish(DisputeMoved(case.pk, case.vendor_order.vendor_id, case.state, True))
    return case
