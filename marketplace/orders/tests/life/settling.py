"""The books, vendors who are paid, the shelf that is filled, and the clock."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition

from core.models import OutboxEvent
from marketplace.catalog import actions as catalog
from marketplace.ledger import tasks as ledger
from marketplace.orders import tasks as orders
from marketplace.orders.tests.life.paying_out import PayingOut
from marketplace.orders.tests.life.world import DAY, SECOND, SYSTEM, World, step, which
from marketplace.payments import disputes
from marketplace.payments import tasks as payments
from marketplace.payouts import actions as payouts
from marketplace.payouts import tasks
from marketplace.payouts.models import PayoutBatch

SPANS = (timedelta(minutes=31), timedelta(hours=49), timedelta(days=4), timedelta(days=8), timedelta(days=15))


def banks_are_asked() -> int:
    return disputes.compare("mock")


JOBS = (
    orders.complete_orders, orders.watch_disputes, orders.credit_refunds, orders.follow_banks, orders.presume_delivered,
    payments.reconcile_payments, payments.tidy_payments, payments.hear_again, banks_are_asked, ledger.catch_up,
    ledger.release_due, tasks.run_payouts, tasks.send_payouts,
)  # fmt: skip


class Settling(PayingOut):
    """What the clock does, and what finance does with what it made."""

    @precondition(World.has_room)
    @step(number=st.integers(0, 2))
    def fill_the_shelf(self, number: int) -> None:
        variant = self.goods[number].pk
        if self.press(catalog.adjust_stock, variant, by=SYSTEM, quantity=1, reason="Delivered to the shop"):
            self.received[variant] += 1

    @step(number=which)
    def something_is_heard_again(self, number: int) -> None:
        event = self.one(OutboxEvent, number)
        if event is not None:
            self.moved, self.last = True, f"hear {event.name}"
            self.tell(event)
            self.is_caught_up = False

    @step()
    def everything_is_heard(self) -> None:
        self.moved, self.last, self.is_caught_up = True, "hear all", False
        self.tell()

    @step(job=st.sampled_from(JOBS))
    def the_clock_does(self, job: Callable[[], int]) -> None:
        self.press(job)

    @precondition(World.is_awake)
    @step(span=st.sampled_from(SPANS))
    def time_passes(self, span: timedelta) -> None:
        """And the clock does what it does: what was due long ago must be done by then."""
        self.sleep(span)
        self.press(orders.expire_orders)
        self.press(orders.complete_orders)
        self.press(orders.presume_delivered)
        self.press(orders.watch_disputes)
        self.press(orders.credit_refunds)
        self.press(orders.follow_banks)
        self.press(ledger.release_due)
        self.catch_up()

    @precondition(World.is_awake)
    @step()
    def a_week_of_payouts(self) -> None:
        """A vendor's week as it usually goes."""
        self.sleep(7 * DAY)
        self.press(orders.presume_delivered)
        self.press(ledger.release_due)
        self.press(tasks.run_payouts)
        for batch in PayoutBatch.objects.filter(status="prepared").order_by("pk"):
            self.press(payouts.approve, batch.pk, by=SECOND)
        self.press(tasks.send_payouts)
        self.press(orders.complete_orders)
        self.press(orders.expire_orders)
        self.press(orders.credit_refunds)
        self.press(orders.follow_banks)
        self.catch_up()
