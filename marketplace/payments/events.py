"""What happens to money, in the past tense. `subject` is what it was for: the reference that the payment was started with."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True)
class PaymentSucceeded(Event):
    """The money has come."""

    payment_id: int
    subject: str


@dataclass(frozen=True)
class PaymentFailed(Event):
    """No money will come of this payment; another one may be started."""

    payment_id: int
    subject: str


@dataclass(frozen=True)
class PaymentCalledOff(Event):
    """Nobody wants this payment any more; its gateway is to end it."""

    payment_id: int


@dataclass(frozen=True)
class ReconcileAsked(Event):
    """Somebody wants the gateway to be asked about a payment or a refund: the other of the two is 0."""

    payment_id: int
    refund_id: int


@dataclass(frozen=True)
class RefundRequested(Event):
    """Money is to be given back."""

    refund_id: int


@dataclass(frozen=True)
class RefundSucceeded(Event):
    """Money was given back."""

    refund_id: int
    payment_id: int
    subject: str


@dataclass(frozen=True)
class RefundFailed(Event):
    """The gateway will not give this money back; finance decides what now."""

    refund_id: int
    payment_id: int
    subject: str


@dataclass(frozen=True)
class WebhookReceived(Event):
    """A gateway told of something, and its signature is good."""

    delivery_id: int


@dataclass(frozen=True)
class EvidenceGiven(Event):
    """There is something to say against a dispute; its gateway is to be told."""

    chargeback_id: int


@dataclass(frozen=True)
class ChargebackAsked(Event):
    """Somebody wants the gateway to be asked how a dispute stands."""

    chargeback_id: int


@dataclass(frozen=True)
class ChargebackBorne(Event):
    """A bank took money that no vendor has: so much of the dispute is the market's own loss."""

    chargeback_id: int
    borne_minor: int


@dataclass(frozen=True)
class ChargebackTold(Event):
    """What each word on a dispute tells. `reason` is the gateway's word; `due_at` is when evidence must be with the gateway, in
    ISO 8601, empty where it takes none (any more); `outcome` is "won" or "lost" at the end, and empty before.
    """

    payment_id: int
    subject: str
    gateway_dispute_id: str
    amount_minor: int
    currency: str
    reason: str
    due_at: str
    outcome: str


@dataclass(frozen=True)
class ChargebackOpened(ChargebackTold):
    """A payer has asked their bank for money of a payment back; the gateway has taken it until that is decided."""


@dataclass(frozen=True)
class ChargebackUpdated(ChargebackTold):
    """The gateway tells a dispute otherwise than before: its amount, its reason or its time."""


@dataclass(frozen=True)
class ChargebackClosed(ChargebackTold):
    """A dispute is decided: `won`, and the money is ours again, or `lost`, and it has gone back to the payer."""
