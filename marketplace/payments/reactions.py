"""What payments do after a commit: send what is to go back, ask what is to be asked, act on what a gateway told."""

from core.events import later
from core.rules import Actor
from marketplace.payments import actions, disputes, flows, states
from marketplace.payments.events import (
    ChargebackAsked,
    EvidenceGiven,
    PaymentCalledOff,
    PaymentSucceeded,
    ReconcileAsked,
    RefundRequested,
    WebhookReceived,
)
from marketplace.payments.models import Chargeback, Payment, Refund, WebhookDelivery


@later(RefundRequested)
def send(event: RefundRequested) -> None:
    """A promised refund is sent; one that somebody has sent meanwhile is left alone."""
    for refund in Refund.objects.filter(pk=event.refund_id, status="requested").select_related("payment"):
        flows.send_refund(refund, by=Actor.system("refund"))


@later(ReconcileAsked)
def ask(event: ReconcileAsked) -> None:
    """Somebody wants to know: the gateway is asked."""
    for payment in Payment.objects.filter(pk=event.payment_id):
        flows.reconcile(payment)
    for refund in Refund.objects.filter(pk=event.refund_id).select_related("payment"):
        flows.reconcile_refund(refund)


@later(PaymentCalledOff)
def call_off(event: PaymentCalledOff) -> None:
    """What nobody wants any more is ended at its gateway; where that fails, the clock tries again."""
    for payment in Payment.objects.filter(pk=event.payment_id, status__in=states.OPEN):
        flows.reconcile(payment)


@later(WebhookReceived)
def hear(event: WebhookReceived) -> None:
    """A gateway told of something: it is asked for the truth, and that is recorded."""
    for delivery in WebhookDelivery.objects.filter(pk=event.delivery_id):
        flows.apply(delivery)


@later(PaymentSucceeded)
def return_extra(event: PaymentSucceeded) -> None:
    """Money that came beside other money for the same thing goes back."""
    actions.return_extra(event.payment_id, by=Actor.system("paid twice"))


@later(EvidenceGiven)
def say_it(event: EvidenceGiven) -> None:
    """What is to be said against a dispute goes to the gateway; where that fails, the clock tries again."""
    for chargeback in Chargeback.objects.filter(pk=event.chargeback_id):
        disputes.answer(chargeback)


@later(ChargebackAsked)
def ask_how_it_stands(event: ChargebackAsked) -> None:
    """Somebody wants to know how a dispute stands: the gateway is asked."""
    for chargeback in Chargeback.objects.filter(pk=event.chargeback_id):
        disputes.ask(chargeback.gateway, chargeback.gateway_id)
