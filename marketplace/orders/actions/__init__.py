"""The verbs of ordering."""

from marketplace.orders.actions.calling_off import cancel, expire, refund
from marketplace.orders.actions.fulfilling import accept, deliver, ship
from marketplace.orders.actions.fulfilling import cancel as cancel_share
from marketplace.orders.actions.paying import begin_payment, book_refund, complete
from marketplace.orders.actions.placing import place_order

__all__ = [
    "accept",
    "begin_payment",
    "book_refund",
    "cancel",
    "cancel_share",
    "complete",
    "deliver",
    "expire",
    "place_order",
    "refund",
    "ship",
]
