"""Claim, ask, record: what a gateway did is found out and booked once, whatever is lost on the way."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.money import Money
from marketplace.payments import actions, breakers, flows, queries, tasks
from marketplace.payments.errors import GatewayUnavailable, PaymentUnderWay
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.models import MoneyMove, Payment, Refund
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY, kes

pytestmark = pytest.mark.django_db


def pay(payment: Payment, source: str = "tok_ok") -> Payment:
    return flows.charge(payment, source=source, by=GATEWAY)


def later(row: Payment | Refund, **ago: int) -> None:
    """Let time pass for it."""
    type(row).objects.filter(pk=row.pk).update(status_since=timezone.now() - timedelta(**ago))
    row.refresh_from_db()


def taken(mock_gateway: GatewayProcess, kind: str = "captured") -> list[int]:
    """What the gateway itself says that it moved."""
    return [each["amount"] for each in mock_gateway.statement() if each["kind"] == kind]


def test_a_good_source_pays_at_once(mock_gateway: GatewayProcess) -> None:
    payment = pay(factories.started())
    assert (payment.status, payment.captured_minor) == ("succeeded", 150_000)
    assert taken(mock_gateway) == [150_000]
    assert [(move.amount, move.gateway_id) for move in MoneyMove.objects.all()] == [(kes(150_000), payment.gateway_id)]


def test_a_declined_source_says_why_and_leaves_room_for_another(mock_gateway: GatewayProcess) -> None:
    payment = pay(factories.started(), "tok_declined")
    assert payment.status == "failed"
    assert payment.failure_code
    assert payment.failure_sentence
    again = pay(factories.started(payment.payer, subject=payment.subject))
    assert (again.status, again.pk != payment.pk) == ("succeeded", True)


def test_a_payer_who_is_to_confirm_is_told_where_and_the_clock_finds_the_money(mock_gateway: GatewayProcess) -> None:
    payment = pay(factories.started(), "tok_requires_action")
    assert payment.status == "requires_action"
    assert payment.action_url.startswith("http")
    mock_gateway.settle(payment.gateway_id)
    later(payment, seconds=6)
    assert tasks.reconcile_payments() == 1
    payment.refresh_from_db()
    assert (payment.status, payment.captured_minor, payment.action_url) == ("succeeded", 150_000, "")


def test_a_dropped_reply_leaves_it_unknown_and_is_never_guessed(mock_gateway: GatewayProcess) -> None:
    payment = pay(factories.started(), "tok_drop_reply")
    assert (payment.status, payment.captured_minor) == ("unknown", 0)
    assert taken(mock_gateway) == [150_000]
    assert not MoneyMove.objects.exists()
    later(payment, seconds=6)
    tasks.reconcile_payments()
    payment.refresh_from_db()
    assert (payment.status, payment.captured_minor) == ("succeeded", 150_000)
    assert taken(mock_gateway) == [150_000]


def test_who_tries_again_after_a_dropped_reply_pays_once(mock_gateway: GatewayProcess) -> None:
    payment = pay(factories.started(), "tok_drop_reply")
    again = pay(factories.started(payment.payer, subject=payment.subject))
    assert (again.pk, again.status) == (payment.pk, "succeeded")
    assert taken(mock_gateway) == [150_000]


def test_no_connection_leaves_it_unknown_and_the_next_try_pays(mock_gateway: GatewayProcess, settings) -> None:  # type: ignore[no-untyped-def]
    settings.MOCK_GATEWAY_URL = "http://127.0.0.1:8425"
    payment = pay(factories.started())
    assert (payment.status, payment.captured_minor) == ("unknown", 0)
    settings.MOCK_GATEWAY_URL = mock_gateway.url
    assert pay(payment).status == "succeeded"
    assert taken(mock_gateway) == [150_000]


def test_a_gateway_that_is_down_is_left_alone_before_anything_is_claimed(mock_gateway: GatewayProcess) -> None:
    mock_gateway.switch(down=True)
    for _each in range(breakers.MOST):
        assert pay(factories.started()).status == "unknown"
    payment = factories.started()
    with pytest.raises(GatewayUnavailable) as refusal:
        pay(payment)
    payment.refresh_from_db()
    assert (payment.status, refusal.value.status) == ("started", 503)
    assert tasks.reconcile_payments() == 0
    mock_gateway.switch(down=False)
    breakers.forget()
    assert pay(payment).status == "succeeded"


def test_while_the_gateway_is_down_nobody_says_that_an_open_payment_was_not_charged(
    mock_gateway: GatewayProcess,
) -> None:
    payment = pay(factories.started(), "tok_drop_reply")
    mock_gateway.switch(down=True)
    for _each in range(breakers.MOST - 1):
        pay(factories.started())
    assert pay(payment).status == "unknown"
    mock_gateway.switch(down=False)
    assert taken(mock_gateway) == [150_000]


def test_after_its_rest_who_tries_again_is_the_one_who_asks(
    mock_gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = pay(factories.started(), "tok_drop_reply")
    mock_gateway.switch(down=True)
    for _each in range(breakers.MOST - 1):
        pay(factories.started())
    mock_gateway.switch(down=False)
    monkeypatch.setattr(breakers.breaker_of("mock"), "_clock", lambda: time.monotonic() + breakers.REST)
    assert pay(payment).status == "succeeded"
    assert taken(mock_gateway) == [150_000]


@pytest.mark.parametrize("lie", [{"amount": 149_999}, {"currency": "USD"}, {"subject": "SK-0000-0000-0009"}])
def test_a_gateway_that_says_something_else_is_not_believed(mock_gateway: GatewayProcess, lie: dict) -> None:
    mock_gateway.switch(lie=lie)
    payment = pay(factories.started())
    assert (payment.status, payment.captured_minor) == ("unknown", 0)
    assert payment.trouble.startswith("The gateway says something else")
    mock_gateway.switch(lie={})
    assert flows.reconcile(payment).status == "succeeded"


def test_a_payment_that_somebody_else_is_asking_about_is_left_to_them(mock_gateway: GatewayProcess) -> None:
    payment = factories.sending()
    with pytest.raises(PaymentUnderWay):
        pay(payment)
    assert taken(mock_gateway) == []


def test_who_died_before_asking_is_followed_by_who_pays_under_the_same_key(mock_gateway: GatewayProcess) -> None:
    payment = factories.sending()
    later(payment, seconds=20)
    assert pay(payment).status == "succeeded"
    assert taken(mock_gateway) == [150_000]


def test_however_late_somebody_tries_again_it_is_sent_again_and_not_called_lost(mock_gateway: GatewayProcess) -> None:
    payment = factories.sending()
    later(payment, minutes=10)
    again = pay(payment)
    assert (again.pk, again.status, again.key) == (payment.pk, "succeeded", payment.key)
    assert [(line["key"], line["amount"]) for line in mock_gateway.statement()] == [(payment.key, 150_000)]


def test_the_clock_gives_nothing_up_that_somebody_has_just_sent_again(mock_gateway: GatewayProcess) -> None:
    payment = factories.sending()
    later(payment, minutes=10)
    as_the_clock_read_it = Payment.objects.get(pk=payment.pk)
    actions.claim(payment.pk, by=GATEWAY)
    assert flows.reconcile(as_the_clock_read_it).status == "sending"
    assert actions.give_up(factories.waiting_for_payer().pk, by=GATEWAY).status == "requires_action"


def test_two_who_ask_because_the_first_is_slow_and_not_gone_are_charged_once(
    mock_gateway: GatewayProcess, settings: Any
) -> None:
    """The lease was too short: the first call is still on its way when the second one asks."""
    settings.GATEWAY_SECONDS = 0.5
    mock_gateway.switch(slow=2)
    payment = pay(factories.started(), "tok_slow")
    assert payment.status == "unknown"
    later(payment, seconds=20)
    settings.GATEWAY_SECONDS = 6
    assert pay(payment, "tok_slow").status == "succeeded"
    assert taken(mock_gateway) == [150_000]


def test_a_gateway_that_cannot_be_asked_is_not_asked_twice_by_who_waits(mock_gateway: GatewayProcess) -> None:
    payment = factories.sending()
    later(payment, seconds=20)
    mock_gateway.switch(down=True)
    assert pay(payment).status == "sending"
    assert breakers.breaker_of("mock")._failures == 1


def test_who_died_after_the_gateway_took_it_is_finished_by_the_clock(mock_gateway: GatewayProcess) -> None:
    payment = factories.sending()
    flows.gateway_of("mock").charge(key=payment.key, amount=payment.amount, source="tok_ok", subject=payment.subject)
    later(payment, seconds=6)
    tasks.reconcile_payments()
    payment.refresh_from_db()
    assert (payment.status, taken(mock_gateway)) == ("succeeded", [150_000])


def test_what_the_gateway_never_heard_of_fails_only_when_it_can_no_longer_arrive(mock_gateway: GatewayProcess) -> None:
    payment = factories.sending()
    later(payment, minutes=2)
    tasks.reconcile_payments()
    payment.refresh_from_db()
    assert payment.status == "sending"
    later(payment, minutes=4)
    tasks.reconcile_payments()
    payment.refresh_from_db()
    assert (payment.status, payment.failure_code) == ("failed", "not_received")


def test_a_payment_that_was_never_sent_is_abandoned_after_a_day(mock_gateway: GatewayProcess) -> None:
    fresh, old = factories.started(), factories.started()
    later(old, hours=25)
    assert tasks.tidy_payments() == 1
    assert [each.status for each in Payment.objects.order_by("pk")] == ["started", "failed"]
    assert queries.standing(fresh.subject).live == fresh


def test_a_refund_is_sent_and_booked(mock_gateway: GatewayProcess) -> None:
    payment = pay(factories.started())
    refund = flows.send_refund(factories.refund(payment, amount=50_000), by=GATEWAY)
    payment.refresh_from_db()
    assert (refund.status, payment.refunded_minor, payment.held_minor) == ("succeeded", 50_000, 50_000)
    assert taken(mock_gateway, "refunded") == [50_000]


def test_a_refund_whose_reply_was_dropped_goes_back_once(mock_gateway: GatewayProcess) -> None:
    payment = pay(factories.started())
    mock_gateway.switch(drop_replies=1)
    refund = flows.send_refund(factories.refund(payment), by=GATEWAY)
    assert refund.status == "unknown"
    later(refund, seconds=6)
    tasks.reconcile_payments()
    refund.refresh_from_db()
    assert (refund.status, taken(mock_gateway, "refunded")) == ("succeeded", [50_000])


def test_refunds_that_nobody_sent_are_sent_by_the_clock(mock_gateway: GatewayProcess) -> None:
    payment = pay(factories.started())
    asked, died = factories.refund(payment), factories.refund_sending(payment)
    later(asked, seconds=6)
    later(died, seconds=20)
    assert tasks.reconcile_payments() == 2
    assert [each.status for each in Refund.objects.all()] == ["succeeded", "succeeded"]
    assert taken(mock_gateway, "refunded") == [50_000, 50_000]


def test_a_refund_that_the_gateway_refuses_fails_and_lets_its_money_go(mock_gateway: GatewayProcess) -> None:
    payment = pay(factories.started())
    flows.gateway_of("mock").refund(key="a-key-of-somebody", gateway_id=payment.gateway_id, amount=kes(150_000))
    refund = flows.send_refund(factories.refund(payment), by=GATEWAY)
    assert refund.status == "failed"
    assert refund.failure_sentence
    assert queries.standing(payment.subject).refund_pending == Money(0, "KES")


def test_a_refund_in_progress_waits_for_the_gateway(mock_gateway: GatewayProcess) -> None:
    payment = pay(factories.started())
    mock_gateway.switch(pending_refunds=True)
    refund = flows.send_refund(factories.refund(payment), by=GATEWAY)
    assert refund.status == "sending"
    mock_gateway.settle(refund.gateway_id)
    later(refund, seconds=6)
    tasks.reconcile_payments()
    refund.refresh_from_db()
    assert refund.status == "succeeded"


def test_money_that_came_twice_is_given_back_by_the_clock_alone(mock_gateway: GatewayProcess) -> None:
    first = factories.sending()
    later(first, minutes=4)
    tasks.reconcile_payments()
    second = pay(factories.started(first.payer, subject=first.subject))
    flows.gateway_of("mock").charge(key=first.key, amount=first.amount, source="tok_ok", subject=first.subject)
    first.refresh_from_db()
    assert (first.status, second.status) == ("failed", "succeeded")
    first = actions.record(first.pk, by=GATEWAY, answer=flows.gateway_of("mock").find(key=first.key))
    assert first.is_extra
    assert tasks.tidy_payments() == 1
    later(Refund.objects.get(), seconds=6)
    tasks.reconcile_payments()
    first.refresh_from_db()
    assert (first.refunded_minor, taken(mock_gateway, "refunded")) == (150_000, [150_000])
    assert queries.standing(first.subject).refunded == kes(0)
