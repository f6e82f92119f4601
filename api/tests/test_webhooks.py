"""What gateways tell us: only what they signed is kept, once, and only what they say when asked is booked."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from core.models import Audit, OutboxDelivery
from core.money import Money
from core.relay import relay, run_delivery
from marketplace.cast import Person
from marketplace.payments import flows, tasks
from marketplace.payments.gateways.mock import connect
from marketplace.payments.mockgateway.control import GatewayProcess, Sent
from marketplace.payments.models import MoneyMove, Payment, Refund, WebhookAttempt, WebhookDelivery
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY, kes

pytestmark = pytest.mark.django_db


def tell(sent: Sent, *, raw: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    """Post a webhook as the gateway did, or as somebody would who changed it on the way."""
    signed = sent.headers if headers is None else headers
    return Client().post(
        "/api/hooks/mock",
        data=sent.raw if raw is None else raw,
        content_type="application/json",
        headers={name: value for name, value in signed.items() if name.lower() != "content-type"},
    )


def acted() -> None:
    """What a worker does after the commit."""
    for delivery in WebhookDelivery.objects.filter(status="waiting").order_by("pk"):
        flows.apply(delivery)


def pay_elsewhere(payment: Payment, **otherwise: Any) -> None:
    """The gateway takes it, and nobody here hears the answer."""
    asked = {"key": payment.key, "amount": payment.amount, "source": "tok_ok", "subject": payment.subject}
    connect().charge(**{**asked, **otherwise})


def unchanged(payment: Payment) -> bool:
    fresh = Payment.objects.get(pk=payment.pk)
    return (fresh.status, fresh.captured_minor, MoneyMove.objects.count()) == (payment.status, 0, 0)


@pytest.fixture
def payment(mock_gateway: GatewayProcess, customer: Person) -> Payment:
    """One that the gateway has taken, and of which nobody here knows."""
    found = factories.lost(customer.user)
    pay_elsewhere(found)
    return found


def test_a_genuine_webhook_is_kept_at_once_and_acted_on_afterwards(
    mock_gateway: GatewayProcess, payment: Payment
) -> None:
    [sent] = mock_gateway.webhooks()
    answer = tell(sent)
    assert (answer.status_code, answer.content) == (200, b"{}")
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.event_id, delivery.key) == ("waiting", sent.event["id"], payment.key)
    assert delivery.body.encode() == sent.raw
    assert unchanged(payment)
    acted()
    payment.refresh_from_db()
    delivery.refresh_from_db()
    assert (payment.status, payment.captured_minor, delivery.status) == ("succeeded", 150_000, "applied")
    assert [attempt.outcome for attempt in delivery.attempts.all()] == ["applied"]


def test_the_same_event_twenty_times_is_kept_and_booked_once(mock_gateway: GatewayProcess, payment: Payment) -> None:
    [sent] = mock_gateway.webhooks()
    assert {tell(sent).status_code for _each in range(20)} == {200}
    acted()
    acted()
    assert WebhookDelivery.objects.count() == 1
    assert [move.amount for move in MoneyMove.objects.all()] == [kes(150_000)]


@pytest.mark.parametrize("how", ["secret", "header", "v0", "body", "old", "future"])
def test_of_a_forged_webhook_nothing_is_kept(mock_gateway: GatewayProcess, payment: Payment, how: str) -> None:
    mock_gateway.switch(forged=how)
    connect().charge(key="another-key", amount=payment.amount, source="tok_ok", subject=payment.subject)
    answer = tell(mock_gateway.webhooks()[-1])
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_signature")
    assert not WebhookDelivery.objects.exists()
    assert unchanged(payment)


def test_a_body_that_was_written_anew_or_without_its_signature_is_refused(
    mock_gateway: GatewayProcess, payment: Payment
) -> None:
    [sent] = mock_gateway.webhooks()
    again = json.dumps(json.loads(sent.raw), indent=1).encode()
    for answer in (tell(sent, raw=again), tell(sent, headers={}), tell(sent, raw=sent.raw + b" "), tell(sent, raw=b"")):
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_signature")
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("minutes", [6, -6])
def test_a_webhook_is_good_for_five_minutes_in_either_direction(
    mock_gateway: GatewayProcess, payment: Payment, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    [sent] = mock_gateway.webhooks()
    then = timezone.now() + timedelta(minutes=minutes)
    monkeypatch.setattr("core.context.now", lambda: then)
    assert tell(sent).status_code == 400
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize(
    "otherwise",
    [{"amount": kes(149_999)}, {"amount": Money(150_000, "USD")}, {"subject": "SK-0000-0000-0009"}],
)
def test_a_signed_word_about_another_amount_currency_or_subject_books_nothing(
    mock_gateway: GatewayProcess, customer: Person, otherwise: dict[str, Any]
) -> None:
    payment = factories.lost(customer.user)
    pay_elsewhere(payment, **otherwise)
    assert tell(mock_gateway.webhooks()[-1]).status_code == 200
    acted()
    attempt = WebhookAttempt.objects.get()
    assert (attempt.outcome, attempt.error.startswith("The gateway says something else")) == ("refused", True)
    assert WebhookDelivery.objects.get().status == "refused"
    assert unchanged(payment)


def test_a_webhook_that_is_ahead_of_its_payment_waits_for_it(mock_gateway: GatewayProcess, customer: Person) -> None:
    connect().charge(key="KEY-0000-0000-0001", amount=kes(150_000), source="tok_ok", subject="SK-0000-0000-0001")
    assert tell(mock_gateway.webhooks()[-1]).status_code == 200
    acted()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, [each.outcome for each in delivery.attempts.all()]) == ("waiting", ["waiting"])
    payment = factories.sending(customer.user, subject="SK-0000-0000-0001")
    Payment.objects.filter(pk=payment.pk).update(key="KEY-0000-0000-0001")
    long_ago = timezone.now() - timedelta(minutes=2)
    QuerySet(WebhookAttempt).update(at=long_ago)  # a fact, but time has to pass
    assert tasks.hear_again() == 1
    payment.refresh_from_db()
    delivery.refresh_from_db()
    assert (payment.status, delivery.status) == ("succeeded", "applied")


def test_what_stays_unknown_for_a_day_is_refused_and_left_alone(mock_gateway: GatewayProcess) -> None:
    connect().charge(key="KEY-0000-0000-0001", amount=kes(150_000), source="tok_ok", subject="SK-0000-0000-0001")
    tell(mock_gateway.webhooks()[-1])
    WebhookDelivery.objects.update(received_at=timezone.now() - timedelta(hours=25))
    assert tasks.hear_again() == 1
    assert WebhookDelivery.objects.get().status == "refused"
    assert tasks.hear_again() == 0


def test_while_the_gateway_is_down_a_webhook_waits(mock_gateway: GatewayProcess, payment: Payment) -> None:
    tell(mock_gateway.webhooks()[0])
    mock_gateway.switch(down=True)
    acted()
    assert WebhookDelivery.objects.get().status == "waiting"
    assert unchanged(payment)
    mock_gateway.switch(down=False)
    acted()
    assert WebhookDelivery.objects.get().status == "applied"


def test_a_refund_is_ended_by_its_webhook(mock_gateway: GatewayProcess) -> None:
    paid = flows.charge(factories.started(), source="tok_ok", by=GATEWAY)
    mock_gateway.switch(drop_replies=1)
    refund = flows.send_refund(factories.refund(paid), by=GATEWAY)
    assert refund.status == "unknown"
    tell(mock_gateway.webhooks()[-1])
    acted()
    assert Refund.objects.get().status == "succeeded"
    assert Payment.objects.get().refunded_minor == 50_000


def test_events_in_the_wrong_order_end_where_the_right_order_does(
    mock_gateway: GatewayProcess, customer: Person
) -> None:
    payment = flows.charge(factories.started(customer.user), source="tok_requires_action", by=GATEWAY)
    mock_gateway.settle(payment.gateway_id)
    told = mock_gateway.webhooks()
    assert len(told) == 2
    for sent in reversed(told):
        tell(sent)
        acted()
    assert Payment.objects.get().status == "succeeded"
    assert MoneyMove.objects.count() == 1
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"applied"}


def test_the_worker_hears_of_it_through_the_outbox(mock_gateway: GatewayProcess, payment: Payment) -> None:
    tell(mock_gateway.webhooks()[0])
    assert unchanged(payment)
    relay()
    for delivery in OutboxDelivery.objects.filter(done_at=None):
        run_delivery(delivery.pk)
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_finance_replays_a_webhook_and_nobody_else_may(
    mock_gateway: GatewayProcess, payment: Payment, finance: Person, support: Person, customer: Person
) -> None:
    pay_elsewhere(factories.lost(customer.user), subject="SK-0000-0000-0009")
    tell(mock_gateway.webhooks()[-1])
    acted()
    delivery = WebhookDelivery.objects.get()
    path = f"/webhooks/{delivery.pk}/replay"
    assert support.api("operations").post(path).status_code == 404
    assert customer.api("operations").post(path).status_code == 403
    answer = finance.api("operations").post(path)
    assert (answer.status_code, answer.json()["status"]) == (200, "waiting")
    assert Audit.objects.filter(verb="replay", actor_name="Fatima Finance").count() == 1
    acted()
    assert [each.outcome for each in delivery.attempts.order_by("pk")] == ["refused", "refused"]


def test_only_what_is_posted_is_heard_and_only_by_gateways_that_are_used(mock_gateway: GatewayProcess) -> None:
    answer = Client().get("/api/hooks/mock")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert Client().post("/api/hooks/stripe", data=b"{}", content_type="application/json").status_code == 404
