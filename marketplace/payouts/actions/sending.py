"""A payout is claimed by whoever asks the gateway, and ended by what the gateway says, or by the person who settles it by hand."""

from typing import Annotated

from pydantic import InstanceOf, StringConstraints

from core import context
from core.actions import action
from core.events import publish
from core.inputs import TEXT_PATTERN, Ask, Reason
from core.rules import Actor
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.payments.actions import lease
from marketplace.payments.errors import GatewayDisagrees
from marketplace.payments.gateways import Answer
from marketplace.payouts import gateways, states
from marketplace.payouts.actions.preparing import move
from marketplace.payouts.errors import PayoutUnderWay, SentByGateway
from marketplace.payouts.events import PayoutApproved, PayoutFailed, PayoutPaid
from marketplace.payouts.models import Payout

Proof = Annotated[
    str,
    StringConstraints(min_length=3, max_length=120, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask("Proof", "The bank's reference of the transfer."),
]


@action(label="Send")
def claim(payout: Payout, *, by: Actor) -> Payout:
    """Take it upon oneself to ask the gateway. Refuses with 409 `payout_under_way` while another does, `wrong_state` at its end."""
    if payout.status == "sending" and context.now() - payout.status_since < lease():
        raise PayoutUnderWay()
    states.PAYOUT.move(payout, "claim")
    return payout


@action(label="Lose sight")
def lose(payout: Payout, *, by: Actor, why: str) -> Payout:
    """No usable answer came: what became of it is unknown until the gateway says. Does nothing where it has said by now."""
    if payout.status == "sending":
        states.PAYOUT.move(payout, "lose")
    if payout.status in states.ASKED:
        payout.trouble = why[:300]
    return payout


@action(label="Record")
def record(payout: Payout, *, by: Actor, answer: InstanceOf[Answer]) -> Payout:
    """Book what the gateway said of a payout, once however often it is said.

    Refuses with 409 `gateway_disagrees` an answer about another amount or payout, or one against what it said before.
    """
    _compare(payout, answer)
    payout.gateway_id = answer.gateway_id or payout.gateway_id
    if answer.status == "succeeded" and payout.status not in ("paid", "returned"):
        _pay(payout)
    elif answer.status == "failed" and payout.status in states.ASKED:
        _fail(payout, answer.failure_sentence or "The gateway will not send it.")
    return payout


def _compare(payout: Payout, answer: Answer) -> None:
    if answer.amount != payout.amount and (answer.status == "succeeded" or answer.amount is not None):
        raise GatewayDisagrees(what=f"it sent {answer.amount}, and {payout.amount} was asked for")
    if answer.subject not in ("", payout.reference):
        raise GatewayDisagrees(what=f"it sent {answer.subject}, and not {payout.reference}")
    if payout.gateway_id and answer.gateway_id not in ("", payout.gateway_id):
        raise GatewayDisagrees(what=f"it calls this {answer.gateway_id}, and {payout.gateway_id} before")
    if payout.status in ("paid", "returned") and answer.status != "succeeded":
        raise GatewayDisagrees(what=f"this is {answer.status}, and it had been sent")
    if payout.status in ("failed", "cancelled") and answer.status == "succeeded":
        raise GatewayDisagrees(what="it was sent, and had failed")


def _pay(payout: Payout) -> None:
    states.PAYOUT.move(payout, "pay")
    payout.paid_at, payout.trouble = context.now(), ""
    move(payout, JournalKind.PAYOUT_PAID, AccountKind.PAYING, AccountKind.GATEWAY)
    publish(PayoutPaid(payout_id=payout.pk, vendor_id=payout.vendor_id))


def _fail(payout: Payout, why: str) -> None:
    states.PAYOUT.move(payout, "fail")
    payout.failure_sentence, payout.trouble = why[:300], ""
    move(payout, JournalKind.PAYOUT_RETURNED, AccountKind.PAYING, AccountKind.AVAILABLE)
    publish(PayoutFailed(payout_id=payout.pk, vendor_id=payout.vendor_id))


def by_hand(payout: Payout) -> bool:
    """Is it settled by hand, and waits for that?"""
    return payout.gateway == gateways.OFFLINE and payout.status == "approved"


@action(label="Mark as paid", icon="price_check", when=by_hand)
def mark_paid(payout: Payout, *, by: Actor, proof: Proof) -> Payout:
    """Say that it was paid by hand, with the bank's reference. Refuses with 409 `sent_by_gateway` what goes through one,
    `wrong_state` what is not approved."""
    if payout.gateway != gateways.OFFLINE:
        raise SentByGateway()
    payout.proof = proof
    _pay(payout)
    return payout


@action(label="Mark as failed", icon="money_off", danger=True, when=by_hand)
def mark_failed(payout: Payout, *, by: Actor, reason: Reason) -> Payout:
    """Say that it could not be paid by hand: its money is available again. Refuses as `mark_paid`."""
    if payout.gateway != gateways.OFFLINE:
        raise SentByGateway()
    _fail(payout, reason)
    return payout


def is_paid(payout: Payout) -> bool:
    return payout.status == "paid"


@action(label="Came back", icon="keyboard_return", danger=True, when=is_paid)
def mark_returned(payout: Payout, *, by: Actor, reason: Reason) -> Payout:
    """Say that the bank sent it back: its money is available again, once. Refuses with 409 `wrong_state` what was not paid."""
    states.PAYOUT.move(payout, "come_back")
    payout.failure_sentence = reason[:300]
    move(payout, JournalKind.PAYOUT_RETURNED, AccountKind.GATEWAY, AccountKind.AVAILABLE)
    publish(PayoutFailed(payout_id=payout.pk, vendor_id=payout.vendor_id))
    return payout


def may_be_asked_about(payout: Payout) -> bool:
    """Is there anything to ask the gateway about?"""
    return payout.gateway != gateways.OFFLINE and payout.status in ("approved", *states.ASKED)


@action(label="Ask the gateway", icon="sync", when=may_be_asked_about)
def reconcile(payout: Payout, *, by: Actor) -> Payout:
    """Have the gateway asked what became of it, and have it sent if it never was."""
    publish(PayoutApproved(payout_id=payout.pk, vendor_id=payout.vendor_id))
    return payout
