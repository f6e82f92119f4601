"""A payer disputes a payment at their bank: what the gateway says of it is written down, and we may answer once."""

from typing import Annotated

from pydantic import InstanceOf, StringConstraints

from core import context, deeds, references, writing
from core.actions import action, lock, locked
from core.events import publish
from core.inputs import TEXT_PATTERN, Ask
from core.rules import Actor
from marketplace.payments import states
from marketplace.payments.errors import GatewayDisagrees, NothingToSend, PaymentUnderWay, TooLateForEvidence
from marketplace.payments.events import (
    ChargebackAsked,
    ChargebackBorne,
    ChargebackClosed,
    ChargebackOpened,
    ChargebackTold,
    ChargebackUpdated,
    EvidenceGiven,
)
from marketplace.payments.gateways import Dispute
from marketplace.payments.models import Chargeback, Payment

VERBS = {"won": "win", "lost": "lose", "open": "reopen"}
Evidence = Annotated[
    str,
    StringConstraints(min_length=3, max_length=20_000, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask("Evidence", "What was sold, that it was delivered, and when. The bank reads it once; it cannot be changed.", lines=8),
]  # fmt: skip


@action(label="Write a dispute down", audited=False)
def book_dispute(payment: Payment | int, /, *, by: Actor, dispute: InstanceOf[Dispute]) -> Chargeback:
    """Keep what a gateway says of a dispute over a payment: the one place that does, and once however often it is said.

    A bank may want more than came: what it disputes is kept as it says it. Refuses with 409 `payment_under_way` while the payment's
    money has not come here, with `gateway_disagrees` a dispute in another currency, or over another payment than before; then
    nothing is kept.
    """
    paid = lock(Payment, payment)
    row = locked(Chargeback).filter(gateway=paid.gateway, gateway_id=dispute.gateway_id).first()
    _compare(paid, dispute, row)
    if row is None:
        return _open(paid, dispute)
    before, was = writing.snapshot(row), (row.amount, row.reason, row.due_at)
    row.amount, row.reason, row.due_at = dispute.amount, dispute.reason[:100], dispute.due_at
    moved = row.status != dispute.status
    if moved:
        states.CHARGEBACK.move(row, VERBS[dispute.status])
    elif row.status == "lost" and row.amount != was[0]:
        row.status_since = context.now()  # another amount has been lost from now on
    if moved or row.amount != was[0]:
        row.borne_minor = None  # orders say anew what the market bears
    if moved and row.status == "open":  # the bank listens anew, and what was said stays in the history
        row.evidence, row.sent_at, row.trouble, row.key = "", None, "", references.new("CB")
    if moved or was != (row.amount, row.reason, row.due_at):
        writing.settle(deeds.require(row), row, before)
        publish(_told(ChargebackClosed if moved and row.status != "open" else ChargebackUpdated, row, paid))
    return row


def _compare(paid: Payment, dispute: Dispute, row: Chargeback | None) -> None:
    if paid.status != "succeeded":
        raise PaymentUnderWay()
    if dispute.amount.currency != paid.amount.currency:
        raise GatewayDisagrees(what=f"{dispute.amount} of {paid.captured} are disputed")
    if row is not None and row.payment_id != paid.pk:
        raise GatewayDisagrees(what=f"{dispute.gateway_id} was a dispute over another payment")


def _open(paid: Payment, dispute: Dispute) -> Chargeback:
    row = Chargeback(
        payment=paid, gateway=paid.gateway, gateway_id=dispute.gateway_id, reason=dispute.reason[:100],
        due_at=dispute.due_at, key=references.new("CB"),
    )  # fmt: skip
    row.amount = dispute.amount
    if dispute.status != "open":
        states.CHARGEBACK.move(row, VERBS[dispute.status])
    row.save(force_insert=True)
    writing.audit(deeds.require(row), row, writing.created(row))
    publish(_told(ChargebackOpened, row, paid))
    if row.status != "open":
        publish(_told(ChargebackClosed, row, paid))
    return row


def _told[E: ChargebackTold](kind: type[E], row: Chargeback, paid: Payment) -> E:
    return kind(
        payment_id=paid.pk, subject=paid.subject, gateway_dispute_id=row.gateway_id, amount_minor=row.amount.amount,
        currency=row.amount.currency, reason=row.reason, due_at=row.due_at.isoformat() if row.due_at else "",
        outcome="" if row.status == "open" else row.status,
    )  # fmt: skip


def takes_evidence(row: Chargeback) -> bool:
    """May something still be said? Once, while the gateway listens."""
    return row.status == "open" and not row.evidence and row.due_at is not None and row.due_at > context.now()


@action(label="Answer the bank", icon="gavel", when=takes_evidence)
def submit_evidence(chargeback: Chargeback, *, by: Actor, evidence: Evidence) -> Chargeback:
    """Say why the money is the vendor's; it is sent to the gateway within seconds, once, and cannot be changed.

    Refuses with 409 `too_late_for_evidence` what is decided, answered, or past its time.
    """
    if not takes_evidence(chargeback):
        raise TooLateForEvidence()
    chargeback.evidence, chargeback.trouble = evidence, ""
    publish(EvidenceGiven(chargeback_id=chargeback.pk))
    return chargeback


@action(label="Note what was sent")
def note_evidence(chargeback: Chargeback, *, by: Actor, key: str = "") -> Chargeback:
    """The gateway has what we say. Does nothing a second time, nor where something else is to be said by now."""
    if not chargeback.evidence or key not in ("", chargeback.key):
        return chargeback
    chargeback.sent_at, chargeback.trouble = chargeback.sent_at or context.now(), ""
    return chargeback


@action(label="Note what did not arrive")
def miss_evidence(chargeback: Chargeback, *, by: Actor, why: str) -> Chargeback:
    """The gateway does not have what we say, or nobody knows whether it has: it is sent again. Does nothing where it has it."""
    if is_unsent(chargeback):
        chargeback.trouble = why[:300]
    return chargeback


@action(label="Note what was refused")
def refuse_evidence(chargeback: Chargeback, *, by: Actor, key: str, why: str) -> Chargeback:
    """The gateway will not have what was said under a key, and listens for something else: it is to be answered anew. What was
    said stays in the history. Does nothing where it was taken, or something else has been said."""
    if is_unsent(chargeback) and chargeback.key == key:
        chargeback.evidence, chargeback.key = "", references.new("CB")
        chargeback.trouble = f"It was not taken: {why}"[:300]
    return chargeback


def is_unsent(row: Chargeback) -> bool:
    """Is something said that the gateway does not have?"""
    return row.status == "open" and bool(row.evidence) and row.sent_at is None


@action(label="Send again", icon="send", when=is_unsent)
def send_evidence_again(chargeback: Chargeback, *, by: Actor) -> Chargeback:
    """Have what we say sent at once, under the same key, so that it is said once; the clock does so each minute.

    Refuses with 409 `nothing_to_send` what the gateway has, what is decided, and where nothing was said.
    """
    if not is_unsent(chargeback):
        raise NothingToSend()
    publish(EvidenceGiven(chargeback_id=chargeback.pk))
    return chargeback


@action(label="Note the market's loss")
def note_borne(chargeback: Chargeback, *, by: Actor, borne_minor: int) -> Chargeback:
    """So much of what a bank took is nobody's but the market's. Once; does nothing unless the bank has the money."""
    if chargeback.status == "lost" and chargeback.borne_minor is None:
        chargeback.borne_minor = borne_minor
        publish(ChargebackBorne(chargeback_id=chargeback.pk, borne_minor=borne_minor))
    return chargeback


@action(label="Ask the gateway", icon="sync")
def ask_about(chargeback: Chargeback, *, by: Actor) -> Chargeback:
    """Have the gateway asked how this dispute stands; the answer is written down within seconds."""
    publish(ChargebackAsked(chargeback_id=chargeback.pk))
    return chargeback
