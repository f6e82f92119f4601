"""What every gateway promises of refunds."""

import pytest

from core.money import Money
from marketplace.payments.gateways import Gateway, OutcomeUnknown
from marketplace.payments.tests.counterparts import TOTAL, Counterpart, at_once, charged, new_key
from marketplace.payments.tests.factories import kes

pytestmark = pytest.mark.once  # no database is asked


def test_refunds_give_back_up_to_what_was_captured_and_then_no_more(counterpart: Counterpart, gateway: Gateway) -> None:
    payment = charged(counterpart).gateway_id
    part = gateway.refund(key="RF-00000001", gateway_id=payment, amount=kes(50_000))
    assert (part.status, part.amount) == ("succeeded", kes(50_000))
    assert gateway.find_refund(key="RF-00000001", gateway_id=payment) == gateway.fetch(part.gateway_id) == part
    too_much = gateway.refund(key="RF-00000002", gateway_id=payment, amount=kes(100_001))
    assert (too_much.status, too_much.failure_code) == ("failed", "refund_exceeds_capture")
    assert gateway.find_refund(key="RF-00000002", gateway_id=payment) == (too_much if too_much.gateway_id else None)
    assert gateway.refund(key="RF-00000003", gateway_id=payment, amount=kes(100_000)).status == "succeeded"
    assert gateway.refund(key="RF-00000004", gateway_id=payment, amount=kes(1)).status == "failed"
    assert counterpart.moved() == [("captured", TOTAL), ("refunded", kes(50_000)), ("refunded", kes(100_000))]


def test_eight_refunds_at_once_give_back_what_was_captured_and_not_more(
    counterpart: Counterpart, gateway: Gateway
) -> None:
    payment = charged(counterpart).gateway_id
    answers = at_once(8, lambda: gateway.refund(key=new_key(), gateway_id=payment, amount=kes(50_000)))
    assert sorted(answer.status for answer in answers) == ["failed"] * 5 + ["succeeded"] * 3
    assert counterpart.moved() == [("captured", TOTAL), *[("refunded", kes(50_000))] * 3]


def test_one_key_refunds_once_also_when_sent_eight_times_at_once(counterpart: Counterpart, gateway: Gateway) -> None:
    payment = charged(counterpart).gateway_id
    answers = at_once(8, lambda: gateway.refund(key="RF-00000001", gateway_id=payment, amount=kes(10)))
    assert set(answers) == {answers[0]}
    assert counterpart.moved() == [("captured", TOTAL), ("refunded", kes(10))]


def test_the_key_of_a_refund_that_is_used_for_another_amount_gives_nothing_back(
    counterpart: Counterpart, gateway: Gateway
) -> None:
    payment = charged(counterpart).gateway_id
    gateway.refund(key="RF-00000001", gateway_id=payment, amount=kes(10))
    with pytest.raises(OutcomeUnknown):
        gateway.refund(key="RF-00000001", gateway_id=payment, amount=kes(20))
    assert counterpart.moved() == [("captured", TOTAL), ("refunded", kes(10))]


@pytest.mark.parametrize("source", ["declined", "asks"])
def test_what_was_not_captured_is_not_given_back(counterpart: Counterpart, gateway: Gateway, source: str) -> None:
    payment = charged(counterpart, source).gateway_id
    assert gateway.refund(key="RF-00000001", gateway_id=payment, amount=kes(10)).status == "failed"
    assert counterpart.moved() == []


def test_what_takes_time_is_not_given_back_before(counterpart: Counterpart, gateway: Gateway) -> None:
    payment = charged(counterpart, "waits").gateway_id
    assert gateway.refund(key="RF-00000001", gateway_id=payment, amount=kes(10)).status == "failed"
    assert counterpart.moved() == []


def test_another_currency_is_not_given_back(counterpart: Counterpart, gateway: Gateway) -> None:
    payment = charged(counterpart).gateway_id
    assert gateway.refund(key="RF-00000001", gateway_id=payment, amount=Money(10, "UGX")).status == "failed"
    assert counterpart.moved() == [("captured", TOTAL)]


def test_the_refund_of_a_payment_that_does_not_exist_fails(counterpart: Counterpart, gateway: Gateway) -> None:
    assert gateway.refund(key="RF-00000001", gateway_id=counterpart.stranger, amount=kes(10)).status == "failed"
    assert counterpart.moved() == []


def test_a_refund_whose_reply_is_lost_is_found_by_its_key_and_moves_once(
    counterpart: Counterpart, gateway: Gateway
) -> None:
    payment = charged(counterpart).gateway_id
    counterpart.misbehave("drop the reply")
    with pytest.raises(OutcomeUnknown):
        gateway.refund(key="RF-00000001", gateway_id=payment, amount=kes(10))
    found = gateway.find_refund(key="RF-00000001", gateway_id=payment)
    assert found is not None
    assert found.status == "succeeded"
    assert gateway.refund(key="RF-00000001", gateway_id=payment, amount=kes(10)) == found
    assert counterpart.moved() == [("captured", TOTAL), ("refunded", kes(10))]


@pytest.mark.parametrize(
    ("approve", "status", "again"), [(True, "succeeded", "failed"), (False, "failed", "processing")]
)
def test_a_refund_that_takes_time_holds_its_amount_until_it_is_decided(
    counterpart: Counterpart, gateway: Gateway, approve: bool, status: str, again: str
) -> None:
    payment = charged(counterpart).gateway_id
    counterpart.misbehave("leave refunds open")
    refund = gateway.refund(key="RF-00000001", gateway_id=payment, amount=TOTAL)
    assert refund.status == "processing"
    assert gateway.refund(key="RF-00000002", gateway_id=payment, amount=kes(1)).status == "failed"
    counterpart.settle(refund.gateway_id, approve=approve)
    assert gateway.fetch(refund.gateway_id).status == status
    assert gateway.refund(key="RF-00000003", gateway_id=payment, amount=kes(1)).status == again
    assert counterpart.moved() == [("captured", TOTAL), *[("refunded", TOTAL)] * approve]
