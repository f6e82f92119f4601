"""The whole way of a payment through every gateway that tells of itself: webhooks twenty times, early, late, foreign, in any order
or never (T-WH-1 to 6, T-REC-1); money is booked once, and our books say what the gateway's say.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.money import Money
from marketplace.payments import actions, breakers, flows, tasks
from marketplace.payments.gateways import BadSignature
from marketplace.payments.gateways.paypal import PayPalGateway
from marketplace.payments.gateways.stripe import StripeGateway
from marketplace.payments.mockgateway.control import Sent
from marketplace.payments.models import MoneyMove, Payment, Refund, WebhookDelivery
from marketplace.payments.tests import factories
from marketplace.payments.tests.counterparts import SUBJECT, TOTAL, Counterpart
from marketplace.payments.tests.factories import GATEWAY, kes

pytestmark = pytest.mark.django_db
TELLING = ("mock_counterpart", "localstripe_counterpart", "chapa_counterpart", "paypal_counterpart")


@pytest.fixture(params=TELLING)
def through(request: pytest.FixtureRequest, settings: Any) -> Iterator[Counterpart]:
    """The market takes payments through this one."""
    counterpart = request.getfixturevalue(request.param)
    gateway = counterpart.gateway
    settings.GATEWAYS = [gateway.name]
    prefix = gateway.name.upper()
    if gateway.name != "mock":
        setattr(settings, f"{prefix}_URL", gateway._url)
        setattr(settings, f"{prefix}_SECRET", gateway._secret)
    if isinstance(gateway, PayPalGateway):
        settings.PAYPAL_CLIENT, settings.PAYPAL_WEBHOOK = gateway._client, gateway._webhook
    elif gateway.name != "mock":
        setattr(settings, f"{prefix}_WEBHOOK_SECRET", gateway._webhook_secret)
    breakers.forget()
    # Chapa and PayPal take no shillings; their stand-ins do, and the currency is not what is judged here.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(gateway), "currencies", None)
        yield counterpart


def begun(through: Counterpart) -> Payment:
    """A payment whose payer is to confirm it."""
    payment = factories.started(gateway=through.gateway.name, amount=TOTAL)
    payment = flows.charge(payment, source=through.sources["asks"], by=GATEWAY)
    assert payment.status == "requires_action"
    return payment


def hear(through: Counterpart, sent: Sent) -> bool:
    return flows.hear(through.gateway.name, sent.raw, sent.headers)


def act() -> None:
    """On whatever was heard and waits."""
    for delivery in WebhookDelivery.objects.filter(status="waiting").order_by("pk"):
        flows.apply(delivery)


def rested() -> None:
    """Some time passes."""
    Payment.objects.update(status_since=timezone.now() - timedelta(minutes=1), asked_at=None)
    Refund.objects.update(status_since=timezone.now() - timedelta(minutes=1), asked_at=None)


def booked() -> list[tuple[str, Money]]:
    return [(move.kind, move.amount) for move in MoneyMove.objects.order_by("pk")]


def test_twenty_times_the_same_webhook_is_one(through: Counterpart) -> None:
    payment = begun(through)
    through.settle(payment.gateway_id)
    told = through.webhooks()
    assert [hear(through, sent) for sent in told for _again in range(20)].count(True) == len(told)
    act()
    for sent in through.webhooks():  # a capture of ours tells of itself
        hear(through, sent)
    act()
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    assert booked() == through.moved() == [("captured", TOTAL)]
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"applied"}


def test_webhook_return_and_poll_together_book_once(through: Counterpart) -> None:
    payment = begun(through)
    through.settle(payment.gateway_id)
    for sent in through.webhooks():
        hear(through, sent)
    payment = flows.charge(payment, source=through.sources["asks"], by=GATEWAY)  # the payer comes back and asks again
    flows.reconcile(payment)
    act()
    flows.reconcile(Payment.objects.get())
    assert Payment.objects.get().status == "succeeded"
    assert booked() == through.moved() == [("captured", TOTAL)]


def test_without_any_webhook_the_clock_alone_finishes_payment_and_refund(through: Counterpart) -> None:
    payment = begun(through)
    through.settle(payment.gateway_id)
    rested()
    tasks.reconcile_payments()
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    refund = factories.refund(payment, amount=50_000)
    rested()
    tasks.reconcile_payments()
    rested()
    tasks.reconcile_payments()
    refund.refresh_from_db()
    assert refund.status == "succeeded"
    assert booked() == through.moved() == [("captured", TOTAL), ("refunded", kes(50_000))]
    assert not WebhookDelivery.objects.exists()


def test_a_webhook_ahead_of_its_payment_waits_for_it(through: Counterpart) -> None:
    key = f"AHEAD-{id(through)}"
    answer = through.gateway.charge(key=key, amount=TOTAL, source=through.sources["asks"], subject=SUBJECT)
    through.settle(answer.gateway_id)
    (*_before, sent) = through.webhooks()
    hear(through, sent)
    act()
    assert WebhookDelivery.objects.get().status == "waiting"
    payment = factories.sending(gateway=through.gateway.name, amount=TOTAL, subject=SUBJECT)
    Payment.objects.filter(pk=payment.pk).update(key=key)
    act()
    payment.refresh_from_db()
    assert (payment.status, WebhookDelivery.objects.get().status) == ("succeeded", "applied")
    assert booked() == through.moved() == [("captured", TOTAL)]


def test_whose_payment_is_called_off_pays_nothing_or_has_paid_and_it_is_written(through: Counterpart) -> None:
    payment = begun(through)
    actions.call_off(payment.pk, by=GATEWAY)
    through.settle(payment.gateway_id)  # the payer is faster than our word to the gateway
    for sent in through.webhooks():
        hear(through, sent)
    act()
    rested()
    tasks.reconcile_payments()
    payment.refresh_from_db()
    assert payment.status in ("succeeded", "failed")
    assert booked() == through.moved()


@pytest.mark.parametrize(
    "planted",
    [
        {"amount_minor": 100_000},
        {"amount_minor": 200_000},
        {"amount_currency": "USD"},
        {"subject": "SK-0000-0000-0000"},
    ],
)
def test_money_of_another_amount_currency_or_thing_is_not_booked(through: Counterpart, planted: dict[str, Any]) -> None:
    payment = begun(through)
    through.settle(payment.gateway_id)
    Payment.objects.filter(pk=payment.pk).update(**planted)
    for sent in through.webhooks():
        hear(through, sent)
    act()
    payment.refresh_from_db()
    assert payment.status == "requires_action"
    assert booked() == []
    assert "refused" in WebhookDelivery.objects.values_list("status", flat=True)


@pytest.mark.once
def test_what_is_forged_leaves_nothing(through: Counterpart) -> None:
    payment = begun(through)
    through.settle(payment.gateway_id)
    for how in through.forgeries:
        through.forge(how)
        other = begun(through)
        through.settle(other.gateway_id)
        with pytest.raises(BadSignature):
            hear(through, through.webhooks()[-1])
    assert not WebhookDelivery.objects.exists()
    assert booked() == []


@pytest.mark.once
def test_in_any_order_and_however_often_the_end_is_the_same(through: Counterpart) -> None:
    payment = begun(through)
    through.settle(payment.gateway_id)
    flows.reconcile(payment)
    refund = factories.refund(Payment.objects.get(), amount=50_000)
    flows.send_refund(refund, by=GATEWAY)
    told = through.webhooks()
    assert told
    # As if nothing of it had been heard: what follows plays it in another order each time.
    MoneyMove.objects.all()._raw_delete(MoneyMove.objects.db)  # type: ignore[attr-defined]
    Refund.objects.update(status="sending", gateway_id="")
    Payment.objects.update(status="requires_action", captured_minor=0, held_minor=0, refunded_minor=0)

    @hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(range(len(told))), min_size=1, max_size=2 * len(told)))
    def play(order: list[int]) -> None:
        with transaction.atomic():
            Payment.objects.update(held_minor=0)
            for number in [*order, *range(len(told))]:
                hear(through, told[number])
                act()
            row = Payment.objects.get()
            assert (row.status, row.captured_minor) == ("succeeded", TOTAL.amount)
            assert booked().count(("captured", TOTAL)) == 1
            assert len(booked()) <= 2
            transaction.set_rollback(True)

    Refund.objects.all().update(status="repeated")
    play()


def test_an_event_of_the_other_mode_is_refused(through: Counterpart) -> None:
    if not isinstance(through.gateway, StripeGateway):
        return
    through.settle(begun(through).gateway_id)
    sent = through.webhooks()[-1]
    live = StripeGateway(url="", secret="sk_live_1", webhook_secret=through.gateway._webhook_secret)
    assert through.gateway.read_event(sent.raw, sent.headers).about == "payment"
    with pytest.raises(BadSignature):
        live.read_event(sent.raw, sent.headers)
