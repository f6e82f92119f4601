"""What payments do after a commit: send what is to go back, ask what is to be asked, act on what a gateway told."""

from core.events import later
from core.rules import Actor
from marketplace.payments import actions, flows, states
from marketplace.payments.events import (
    PaymentCalledOff,
    PaymentSucceeded,
    ReconcileAsked,
    RefundRequested,
    WebhookReceived,
)
from marketplace.payments.models import Payment, Refund, WebhookDelivery


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
