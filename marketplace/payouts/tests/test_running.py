"""What runs of payouts ask and when they end, what came back, and statements of what was posted meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.errors import WrongState
from marketplace.cast import Goods, Person
from marketplace.payments.tests.factories import kes
from marketplace.payouts import actions, flows, queries, statements, tasks
from marketplace.payouts.models import Payout
from marketplace.payouts.tests.factories import CLOCK, account, approved, earned

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(customer: Person, goods: Goods, owner: Person) -> None:
    """The owner's vendor has KES 125.00 available and a verified account; the rival's KES 30.00 and none."""
    earned(customer.user, {goods.mug: 1, goods.rug: 1, goods.lamp: 1})
    assert owner.vendor is not None
    account(owner.vendor)


def prepared() -> list[Payout]:
    batch = actions.prepare(by=CLOCK)
    assert batch is not None
    return list(batch.payouts.order_by("pk"))


def test_what_came_back_is_not_marked_as_paid(due: None, settings: Any) -> None:
    """Its money is available again: the next payout has it."""
    settings.PAYOUT_GATEWAY = "offline"
    (payout,) = approved(prepared()[0].batch)
    actions.mark_paid(payout.pk, by=CLOCK, proof="EQ-2026-118")
    actions.mark_returned(payout.pk, by=CLOCK, reason="The name did not fit.")
    with pytest.raises(WrongState):
        actions.mark_paid(payout.pk, by=CLOCK, proof="EQ-2026-119")
    payout.refresh_from_db()
    assert (payout.status, payout.proof) == ("returned", "EQ-2026-118")


def test_those_nobody_was_asked_about_come_first(due: None, rival: Person) -> None:
    assert rival.vendor is not None
    account(rival.vendor)
    first, second = prepared()
    long_ago = timezone.now() - timedelta(hours=1)
    Payout.objects.update(status="unknown", status_since=long_ago)
    Payout.objects.filter(pk=first.pk).update(asked_at=long_ago)
    assert list(queries.unclear(quiet_for=timedelta(minutes=1))) == [second, first]


def test_a_slow_gateway_ends_a_run_in_time(due: None, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = [0.0], []

    def slowly(payout: Payout) -> None:
        clock[0] += 100
        asked.append(payout)

    monkeypatch.setattr(tasks, "monotonic", lambda: clock[0])
    monkeypatch.setattr(flows, "send", slowly)
    monkeypatch.setattr(queries, "to_send", lambda: [Payout()] * 5)
    assert tasks.send_payouts() == len(asked) == 2


def test_what_was_posted_while_payouts_were_prepared_is_carried_over(due: None) -> None:
    (payout,) = prepared()
    payout.amount = kes(12_000)  # as if 5.00 had become available between the reading and the writing
    found = statements.statement_of(payout)
    assert (found.closing, found.lines[-1].what, found.lines[-1].amount) == (
        kes(12_000),
        "Carried over to the next payout",
        kes(-500),
    )
