"""Money that gateway, orders and books know alike, for tests."""

from marketplace.ledger import tasks as ledger
from marketplace.payments import flows
from marketplace.payments import tasks as payments
from marketplace.payments.models import Payment
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY

AMOUNT, BACK = 150_000, 50_000


def moved(*, booked: bool = True) -> Payment:
    """Money came through the gateway, and a part of it went back; the books know of both unless they have not heard yet."""
    payment = flows.charge(factories.started(), source="tok_ok", by=GATEWAY)
    flows.send_refund(factories.refund(payment, amount=BACK), by=GATEWAY)
    if booked:
        ledger.catch_up()
    payment.refresh_from_db()
    return payment


def compared() -> None:
    """The gateway's statement was asked for."""
    payments.compare_statements()
