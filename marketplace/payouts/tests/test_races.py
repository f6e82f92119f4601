"""Many prepare, approve, send and give back at the same moment: money leaves once (PostgreSQL, real transactions)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.testing.races import at_once
from marketplace.cast import Goods, Person
from marketplace.ledger import actions as ledger
from marketplace.ledger.models import Journal
from marketplace.ledger.tests.factories import SYSTEM, asked_back, books
from marketplace.orders.tests.factories import refund_succeeds
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payouts import actions, flows, tasks
from marketplace.payouts.actions import preparing
from marketplace.payouts.models import Payout
from marketplace.payouts.tests.factories import CLOCK, account, approved, earned, ended, said

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def due(customer: Person, goods: Goods, owner: Person, rival: Person) -> None:
    """Two vendors with money available, each with a verified account."""
    earned(customer.user, {goods.rug: 1, goods.lamp: 1})
    assert owner.vendor is not None
    assert rival.vendor is not None
    account(owner.vendor)
    account(rival.vendor)


def test_three_schedulers_at_once_prepare_one_payout_for_each_vendor(due: None) -> None:
    """T-RACE-5."""
    assert at_once([tasks.run_payouts] * 3) == {"done": 3}
    assert sorted(Payout.objects.values_list("amount_minor", flat=True)) == [3000, 12_000]
    assert books() == {"gateway": 15_000, "vendor_paying": 15_000}


def test_a_schedule_and_a_vendor_that_asks_set_the_same_money_aside_once(due: None, owner: Person) -> None:
    assert owner.vendor is not None
    vendor, actor = owner.vendor.pk, owner.actor("vendor")
    asking: list[Callable[[], object]] = [tasks.run_payouts, *[lambda: actions.ask_for(vendor, by=actor)] * 3]
    answers = at_once(asking)
    assert answers["done"] in (1, 2)
    assert answers["done"] + answers["nothing_to_pay_out"] == 4
    assert books().get("vendor_available", 0) in (0, 3000)
    assert sum(Payout.objects.filter(vendor=vendor).values_list("amount_minor", flat=True)) == 12_000


def test_without_holding_the_vendor_the_same_money_is_set_aside_twice(
    due: None, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: nobody holds the vendor while its money is counted and set aside."""
    assert owner.vendor is not None
    vendor, actor = owner.vendor.pk, owner.actor("vendor")
    set_aside = preparing.move

    def slowly(*given: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        set_aside(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(preparing, "held", lambda vendors: None)
    monkeypatch.setattr(preparing, "move", slowly)
    at_once([tasks.run_payouts, lambda: actions.ask_for(vendor, by=actor)])
    assert sum(Payout.objects.filter(vendor=vendor).values_list("amount_minor", flat=True)) == 24_000


def test_many_who_send_one_payout_send_it_once(due: None, mock_gateway: GatewayProcess) -> None:
    payouts = approved(actions.prepare(by=CLOCK))
    for payout in payouts:
        answers = at_once([lambda pk=payout.pk: flows.send(Payout.objects.get(pk=pk))] * 4)
        assert answers["done"] >= 1
        assert set(answers) <= {"done", "payout_under_way", "busy"}
    Payout.objects.filter(status__in=("sending", "unknown")).update(status_since=timezone.now() - timedelta(minutes=5))
    tasks.send_payouts()
    assert set(Payout.objects.values_list("status", flat=True)) == {"paid"}
    assert Journal.objects.filter(kind="payout_paid").count() == 2
    assert books() == {}


def test_a_refund_and_a_payout_at_once_leave_a_debt_and_move_the_money_once_each(
    customer: Person, goods: Goods, owner: Person
) -> None:
    """T-RACE-4 with payouts: whichever comes first, the vendor owes what was refunded after it was paid."""
    assert owner.vendor is not None
    account(owner.vendor)
    for number in range(3):
        order = earned(customer.user, {goods.mug: 1})
        refund = refund_succeeds(asked_back(order, 500))
        day = timezone.now() + timedelta(days=7 * number)
        racing: list[Callable[[], object]] = [
            lambda refund=refund: ledger.book_refund(refund.pk, by=SYSTEM),
            lambda day=day: actions.prepare(by=CLOCK, at=day),
        ]
        assert at_once(racing) == {"done": 2}
        for payout in Payout.objects.filter(status="prepared"):
            for each in approved(payout.batch):
                ended(each)
        paid = sum(Payout.objects.filter(status="paid").values_list("amount_minor", flat=True))
        now = books()
        assert now.get("gateway", 0) == now.get("vendor_available", 0) == -paid
        assert now.get("vendor_paying", 0) == 0


def test_a_payout_that_fails_many_times_gives_its_money_back_once(due: None) -> None:
    payouts = approved(actions.prepare(by=CLOCK))
    for payout in payouts:
        actions.claim(payout.pk, by=CLOCK)

        failing = [lambda payout=payout: actions.record(payout.pk, by=CLOCK, answer=said(payout, "failed"))] * 5
        assert at_once(failing) == {"done": 5}
    assert books() == {"gateway": 15_000, "vendor_available": 15_000}
