"""Money comes: at once, late, twice told, or not; webhooks come in any order and again."""

from hypothesis import strategies as st

from marketplace.orders import actions
from marketplace.orders import flows as orders
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import buyer_of
from marketplace.orders.tests.life.world import SYSTEM, World, step, which
from marketplace.payments import actions as payments
from marketplace.payments import flows
from marketplace.payments.models import Payment, Refund, WebhookDelivery

SOURCES = ("tok_ok", "tok_ok", "tok_declined", "tok_requires_action", "tok_consent")


class Paying(World):
    """Charges at the gateway, what it tells, and what the clock asks it."""

    @step("order pending", number=which)
    def pay(self, number: int) -> None:
        self._pay(self.one(Order, number, payment_state="pending"), "tok_ok")

    @step("order pending", number=which, source=st.sampled_from(SOURCES), fate=st.sampled_from(("", "lost", "down")))
    def try_to_pay(self, number: int, source: str, fate: str) -> None:
        self.till.fate = fate
        self._pay(self.one(Order, number, payment_state="pending"), source)
        self.till.fate = ""

    @step("order pending", number=which)
    def pay_too_late(self, number: int) -> None:
        """The gateway has the money, its reply is lost, and the order ends meanwhile."""
        order = self.one(Order, number, payment_state="pending")
        self.till.fate = "lost"
        self._pay(order, "tok_ok")
        self.till.fate = ""
        self.press(actions.expire, order.pk, by=SYSTEM)
        for payment in Payment.objects.filter(subject=order.reference).order_by("pk"):
            self.press(flows.reconcile, payment)
        self.press(actions.complete, order.pk, by=SYSTEM)

    def _pay(self, order: Order, source: str) -> None:
        self.press(orders.pay, order, gateway="mock", source=source, by=buyer_of(order.customer))

    @step("payment requires_action", "payment unknown", "refund sending", number=which, approve=st.booleans())
    def payer_or_bank_decides(self, number: int, approve: bool) -> None:
        waiting = [each for each in self.till.books.movements() if each.status in ("requires_action", "processing")]
        if waiting:
            self.till.books.settle(waiting[number % len(waiting)].id, approve=approve)

    @step(
        "payment unknown",
        "payment requires_action",
        "payment succeeded",
        number=which,
        again=st.integers(0, 1),
        replay=st.booleans(),
    )
    def a_webhook_comes(self, number: int, again: int, replay: bool) -> None:
        """Of whatever the gateway did at any time: early, late, twice, or once more under another name."""
        told = [each for each in self.till.books.movements() if each.kind != "transfer"]
        if not told:
            return
        event = self.till.told(told[number % len(told)], again)
        self.press(payments.receive, event, by=SYSTEM, gateway="mock", body="{}")
        row = WebhookDelivery.objects.get(event_id=event.event_id)
        if replay:
            self.press(payments.replay, row.pk, by=SYSTEM)
            row.refresh_from_db()
        self.press(flows.apply, row)

    @step("payment sending", "payment unknown", "payment requires_action", "payment failed", number=which)
    def the_gateway_is_asked(self, number: int) -> None:
        """By a person: also of what was given up."""
        self.press(flows.reconcile, self.one(Payment, number))

    @step("refund requested", number=which, fate=st.sampled_from(("", "lost", "down", "slow", "refused", "refused")))
    def a_refund_is_sent(self, number: int, fate: str) -> None:
        refund = self.one(Refund, number, status="requested")
        self.till.fate = "slow" if fate == "refused" else fate
        self.press(flows.send_refund, refund, by=SYSTEM)
        self.till.fate = ""
        if fate == "refused":
            slow = self.till.books.find("refund", refund.key)
            if slow is not None:
                self.till.books.settle(slow.id, approve=False)
            refund.refresh_from_db()
            self.press(flows.reconcile_refund, refund)

    @step("refund failed", number=which)
    def a_refund_is_tried_again(self, number: int) -> None:
        self.press(payments.try_again, self.one(Refund, number, status="failed").pk, by=SYSTEM)

    @step("refund failed", number=which)
    def a_refund_is_given_up(self, number: int) -> None:
        refund = self.one(Refund, number, status="failed")
        self.press(payments.give_up_refund, refund.pk, by=SYSTEM, reason="They were paid by bank transfer.")
