"""What orders do when a payment or a refund has come through."""

from core.events import later
from core.rules import Actor
from marketplace.orders import actions, queries
from marketplace.payments.events import PaymentSucceeded, RefundSucceeded


@later(PaymentSucceeded)
def complete_order(event: PaymentSucceeded) -> None:
    """The money for something has come: if that is an order, it is completed, unless it is already."""
    for key in queries.to_complete().filter(reference=event.subject).values_list("pk", flat=True):
        actions.complete(key, by=Actor.system("payment"))


@later(RefundSucceeded)
def book_refund(event: RefundSucceeded) -> None:
    """Money was given back: the order of the payment says so, unless it does already."""
    for key in queries.to_book_refund().filter(reference=event.subject).values_list("pk", flat=True):
        actions.book_refund(key, by=Actor.system("refund"))
