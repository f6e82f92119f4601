"""What should have ended and has not is marked for people to find, and no longer once it has ended."""

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.payments import actions, tasks
from marketplace.payments.models import Payment, Refund
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY, said, said_of_refund

pytestmark = pytest.mark.django_db


def since(row: Payment | Refund, ago: timedelta) -> None:
    type(row).objects.filter(pk=row.pk).update(status_since=timezone.now() - ago)


@pytest.mark.parametrize(
    ("state", "minutes", "stuck"),
    [
        ("started", 60, False),
        ("sending", 4, False),
        ("sending", 6, True),
        ("unknown", 4, False),
        ("unknown", 6, True),
        ("requires_action", 60, False),
        ("requires_action", 25 * 60, True),
        ("succeeded", 60, False),
        ("failed", 60, False),
    ],
)
def test_a_payment_is_stuck_when_its_gateway_should_have_told(state: str, minutes: int, stuck: bool) -> None:
    payment = factories.STATES[state]()
    since(payment, timedelta(minutes=minutes))
    assert actions.mark_stuck(by=GATEWAY) == stuck
    payment.refresh_from_db()
    assert payment.is_stuck is stuck


def test_what_has_ended_is_stuck_no_longer() -> None:
    payment = factories.lost()
    refund = factories.refund_sending()
    since(payment, timedelta(minutes=6))
    since(refund, timedelta(minutes=6))
    assert actions.mark_stuck(by=GATEWAY) == 2
    payment = actions.record(payment.pk, by=GATEWAY, answer=said(payment))
    refund = actions.record_refund(refund.pk, by=GATEWAY, answer=said_of_refund(refund))
    assert (payment.is_stuck, payment.trouble, refund.is_stuck) == (False, "", False)
    assert actions.mark_stuck(by=GATEWAY) == 0


def test_the_clock_marks_it_and_leaves_its_history_alone() -> None:
    payment = factories.lost()
    since(payment, timedelta(minutes=6))
    versions = payment.history.count()
    tasks.tidy_payments()
    payment.refresh_from_db()
    assert payment.is_stuck
    assert (payment.history.count(), payment.history.first().version) == (versions, payment.version)
