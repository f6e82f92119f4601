"""A payment that nobody wants any more is ended at its gateway, whoever dies or was faster."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import OutboxEvent
from marketplace.payments import actions, flows, queries, tasks
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.models import MoneyMove, Payment
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY

pytestmark = pytest.mark.django_db


def waiting(source: str = "tok_requires_action") -> Payment:
    """A payment that waits at the gateway, and is called off here."""
    payment = flows.charge(factories.started(), source=source, by=GATEWAY)
    return actions.call_off(payment.pk, by=GATEWAY)


def clock(payment: Payment, ago: timedelta = timedelta(seconds=6)) -> Payment:
    """What the clock does, so long after."""
    Payment.objects.filter(pk=payment.pk).update(status_since=timezone.now() - ago, asked_at=None)
    tasks.reconcile_payments()
    payment.refresh_from_db()
    return payment


def taken(mock_gateway: GatewayProcess) -> list[int]:
    return [each["amount"] for each in mock_gateway.statement()]


@pytest.mark.parametrize("source", ["tok_requires_action", "tok_processing"])
def test_what_waits_is_ended_there_by_the_clock_alone(mock_gateway: GatewayProcess, source: str) -> None:
    payment = waiting(source)
    assert payment.called_off_at is not None
    assert clock(payment).status == "failed"
    assert (payment.failure_code, payment.failure_sentence) == ("cancelled", "It was called off.")
    mock_gateway.settle(payment.gateway_id)
    assert taken(mock_gateway) == []


def test_the_gateway_is_told_soon_after_the_commit(mock_gateway: GatewayProcess) -> None:
    payment = waiting()
    (event,) = OutboxEvent.objects.filter(name__endswith="PaymentCalledOff")
    assert event.payload == {"payment_id": payment.pk}


def test_whose_payer_confirmed_just_before_has_paid(mock_gateway: GatewayProcess) -> None:
    payment = waiting()
    mock_gateway.settle(payment.gateway_id)
    assert clock(payment).status == "succeeded"
    assert (payment.captured_minor, MoneyMove.objects.count(), taken(mock_gateway)) == (150_000, 1, [150_000])


def test_whose_payer_confirms_between_the_question_and_the_cancelling_has_paid(
    mock_gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment, cancel = waiting(), flows.gateway_of("mock").__class__.cancel

    def too_late(gateway: object, gateway_id: str) -> object:
        mock_gateway.settle(gateway_id)
        return cancel(gateway, gateway_id)  # type: ignore[arg-type]

    monkeypatch.setattr(flows.gateway_of("mock").__class__, "cancel", too_late)
    assert clock(payment).status == "succeeded"
    assert (MoneyMove.objects.count(), taken(mock_gateway)) == (1, [150_000])


def test_a_gateway_that_is_down_or_does_not_let_go_is_asked_again_and_people_are_told(
    mock_gateway: GatewayProcess,
) -> None:
    payment = waiting()
    mock_gateway.switch(down=True)
    assert clock(payment).status == "requires_action"
    mock_gateway.switch(down=False, keep_waiting=True)
    assert clock(payment).status == "requires_action"
    Payment.objects.update(called_off_at=timezone.now() - timedelta(minutes=6))
    assert list(Payment.objects.filter(queries.stuck_payments())) == [payment]
    mock_gateway.switch(keep_waiting=False)
    assert clock(payment).status == "failed"


def test_a_reply_that_is_lost_is_asked_for(mock_gateway: GatewayProcess) -> None:
    """Who died after the gateway had ended it: the next one finds it ended."""
    payment = waiting()
    flows.gateway_of("mock").cancel(payment.gateway_id)
    assert clock(payment).status == "failed"


def test_what_was_never_sent_ends_at_once_and_what_has_ended_stays(mock_gateway: GatewayProcess) -> None:
    payment = actions.call_off(factories.started().pk, by=GATEWAY)
    assert (payment.status, payment.failure_code) == ("failed", "called_off")
    for other in (factories.paid(), factories.declined()):
        after = actions.call_off(other.pk, by=GATEWAY)
        assert (after.status, after.called_off_at) == (other.status, None)


def test_what_nobody_called_off_may_wait(mock_gateway: GatewayProcess) -> None:
    payment = flows.charge(factories.started(), source="tok_requires_action", by=GATEWAY)
    assert clock(payment, timedelta(hours=3)).status == "requires_action"
