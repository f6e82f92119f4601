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
