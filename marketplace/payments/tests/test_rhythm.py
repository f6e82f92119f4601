"""What stays open is asked about ever more seldom, so that payers who never came back do not keep everybody else waiting."""

from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from marketplace.payments import flows, gateways, queries, tasks
from marketplace.payments.models import Payment, Refund, WebhookAttempt, WebhookDelivery
from marketplace.payments.tests import factories

pytestmark = pytest.mark.django_db
QUIET = timedelta(seconds=5)


@pytest.mark.parametrize(
    ("open_for", "asked", "due"),
    [
        ({"seconds": 4}, None, False),
        ({"seconds": 6}, None, True),
        ({"minutes": 2}, {"seconds": 1}, True),
        ({"hours": 2}, None, True),
        ({"hours": 2}, {"minutes": 14}, False),
        ({"hours": 2}, {"minutes": 16}, True),
        ({"days": 2}, {"hours": 5}, False),
        ({"days": 2}, {"hours": 7}, True),
    ],
)
def test_the_older_it_is_the_longer_it_rests(open_for: dict[str, int], asked: dict[str, int] | None, due: bool) -> None:
    payment, now = factories.waiting_for_payer(), timezone.now()
    Payment.objects.filter(pk=payment.pk).update(
        status_since=now - timedelta(**open_for), asked_at=asked and now - timedelta(**asked)
    )
    assert queries.open_payments(quiet_for=QUIET).exists() is due


def test_what_was_asked_about_longest_ago_comes_first() -> None:
    rows, now = [factories.lost() for _each in range(3)], timezone.now()
    Payment.objects.update(status_since=now - timedelta(minutes=5))
    for row, minutes in zip(rows, (1, 3, 2), strict=True):
        Payment.objects.filter(pk=row.pk).update(asked_at=now - timedelta(minutes=minutes))
    never = factories.lost()
    Payment.objects.filter(pk=never.pk).update(status_since=now - timedelta(minutes=1))
    assert list(queries.open_payments(quiet_for=QUIET)) == [never, rows[1], rows[2], rows[0]]


def test_a_slow_gateway_ends_a_run_in_time_and_the_next_one_goes_on_with_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each answer takes ten seconds; payments and refunds wait in one line."""
    clock, asked = [0.0], []

    def slowly(row: Payment | Refund) -> None:
        clock[0] += 10
        type(row).objects.filter(pk=row.pk).update(asked_at=timezone.now())
        asked.append(row)

    monkeypatch.setattr(tasks, "monotonic", lambda: clock[0])
    monkeypatch.setattr(flows, "reconcile", slowly)
    monkeypatch.setattr(flows, "reconcile_refund", slowly)
    rows: list[Payment | Refund] = [factories.lost() for _each in range(6)]
    rows.insert(2, factories.refund_sending())
    now = timezone.now()
    for number, row in enumerate(rows):
        type(row).objects.filter(pk=row.pk).update(
            status_since=now - timedelta(minutes=5), asked_at=now - timedelta(minutes=4, seconds=-number)
        )
    assert tasks.reconcile_payments() == 5
    assert asked == rows[:5]
    assert tasks.reconcile_payments() == 5
    assert asked[5:7] == rows[5:]


def test_what_waits_for_one_gateway_hides_nothing_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(tasks, "AT_ONCE", 2)
    monkeypatch.setattr(gateways, "names", lambda: ("down", "mock"))
    monkeypatch.setattr(flows, "reconcile", lambda row: asked.append(row.gateway))
    rows = [factories.lost() for _each in range(5)]
    Payment.objects.filter(pk__in=[row.pk for row in rows[:4]]).update(gateway="down")
    Payment.objects.update(status_since=timezone.now() - timedelta(minutes=5))
    tasks.reconcile_payments()
    assert asked == ["down", "down", "mock"]


def test_webhooks_that_rest_hide_none_that_are_due() -> None:
    now, rows = timezone.now(), []
    for number, age in enumerate((20, 20, 2)):
        told = factories.told(f"evt_{number}")
        WebhookDelivery.objects.filter(pk=told.pk).update(received_at=now - timedelta(hours=age))
        rows.append(told)
    for told in rows[:2]:  # tried a moment ago, and next in some hours
        QuerySet(WebhookAttempt).bulk_create([WebhookAttempt(delivery=told, at=now, outcome="waiting")])
    assert queries.unheard(at_once=2) == [rows[2].pk]
