"""What is particular to a gateway: a page that is lost, money that is not captured, currencies, and amounts in units of its own."""

from typing import Any

import pytest

from core.metrics import COUNTED
from core.money import Money
from marketplace.payments import actions, flows
from marketplace.payments.errors import CurrencyNotTaken, SourceNeeded
from marketplace.payments.gateways import OutcomeUnknown, stripe_words
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.models import Payment
from marketplace.payments.tests import factories
from marketplace.payments.tests.counterparts import SUBJECT, TOTAL, Counterpart, at_once, charged, new_key
from marketplace.payments.tests.factories import GATEWAY


def test_a_page_of_chapa_that_was_lost_is_closed_and_nobody_pays_there(chapa_counterpart: Counterpart) -> None:
    gateway, key = chapa_counterpart.gateway, new_key()
    chapa_counterpart.misbehave("drop the reply")
    with pytest.raises(OutcomeUnknown):
        gateway.charge(key=key, amount=TOTAL, source="", subject=SUBJECT)
    with pytest.raises(OutcomeUnknown):
        gateway.charge(key=new_key(), amount=TOTAL, source="", subject=SUBJECT)  # the second reply that is dropped
    ended = gateway.charge(key=key, amount=TOTAL, source="", subject=SUBJECT)
    assert (ended.status, ended.failure_code, ended.action_url) == ("failed", "page_lost", "")
    chapa_counterpart.settle(key)
    found = gateway.find(key=key)
    assert found is not None
    assert (found.status, found.amount) == ("failed", TOTAL)
    assert chapa_counterpart.moved() == []


def test_an_order_of_paypal_that_nobody_captures_moves_nothing(paypal_counterpart: Counterpart) -> None:
    gateway = paypal_counterpart.gateway
    waiting = gateway.charge(key=new_key(), amount=TOTAL, source="", subject=SUBJECT)
    paypal_counterpart.settle(waiting.gateway_id)
    assert gateway.fetch(waiting.gateway_id).status == "requires_capture"
    assert gateway.cancel(waiting.gateway_id).status == "failed"
    assert paypal_counterpart.moved() == []


@pytest.mark.django_db
def test_consent_is_captured_and_of_what_was_called_off_given_back(mock_gateway: GatewayProcess) -> None:
    payment = flows.charge(factories.started(), source="tok_consent", by=GATEWAY)
    assert payment.status == "succeeded"
    mock_gateway.switch(drop_replies=1)
    late = flows.charge(factories.started(), source="tok_consent", by=GATEWAY)
    assert late.status == "unknown"
    actions.call_off(late.pk, by=GATEWAY)
    late = flows.reconcile(Payment.objects.get(pk=late.pk))
    assert (late.status, late.failure_code) == ("failed", "cancelled")
    assert [line["amount"] for line in mock_gateway.statement()] == [payment.amount.amount]


@pytest.mark.django_db
def test_a_currency_that_a_gateway_does_not_take_is_refused_before_anything_is_written(settings: Any) -> None:
    settings.GATEWAYS = ["paypal", "chapa"]
    for name in settings.GATEWAYS:
        with pytest.raises(CurrencyNotTaken):
            factories.started(gateway=name)
    assert not Payment.objects.exists()
    assert factories.started(gateway="chapa", amount=Money(100, "ETB")).gateway == "chapa"


def test_a_gateway_without_a_page_needs_a_source(settings: Any) -> None:
    settings.GATEWAYS = ["stripe", "paypal"]
    flows.judge_source("paypal", "")
    flows.judge_source("", "pm_card_visa")
    with pytest.raises(SourceNeeded):
        flows.judge_source("", "")


@pytest.mark.parametrize(
    ("amount", "units"),
    [
        (Money(1099, "KES"), 1099),
        (Money(500, "JPY"), 500),
        (Money(500, "UGX"), 50_000),
        (Money(500, "RWF"), 500),
        (Money(1050, "KWD"), 1050),
    ],
)
def test_stripe_counts_in_units_of_its_own(amount: Money, units: int) -> None:
    assert stripe_words.units(amount) == units
    assert stripe_words.money(units, amount.currency.lower()) == amount


def test_what_our_units_cannot_hold_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="smallest unit"):
        stripe_words.money(50_001, "ugx")


def test_each_question_is_counted_by_gateway_call_and_outcome(paypal_counterpart: Counterpart) -> None:
    def count(outcome: str) -> float:
        labels = {"gateway": "paypal", "call": "charge", "outcome": outcome}
        return COUNTED.get_sample_value("marketplace_gateway_calls_total", labels) or 0

    before = count("answered")
    paypal_counterpart.gateway.charge(key=new_key(), amount=TOTAL, source="", subject=SUBJECT)
    assert count("answered") > before
    with paypal_counterpart.stopped(), pytest.raises(Exception, match="Connect"):
        paypal_counterpart.gateway.charge(key=new_key(), amount=TOTAL, source="", subject=SUBJECT)
    assert count("down") >= 1


def test_chapa_takes_one_key_at_most_once_and_who_cannot_be_given_the_page_again_hears_that_it_failed(
    chapa_counterpart: Counterpart,
) -> None:
    answers = at_once(8, lambda: charged(chapa_counterpart, key="AT-ONCE-CHAPA"))
    statuses = {each.status for each in answers}
    assert {each.gateway_id for each in answers} <= {"AT-ONCE-CHAPA", ""}
    assert statuses <= {"succeeded", "failed"}
    assert chapa_counterpart.moved() == ([("captured", TOTAL)] if "succeeded" in statuses else [])
