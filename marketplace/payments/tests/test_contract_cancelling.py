"""What every gateway promises of a payment that is called off while it waits."""

import pytest

from marketplace.payments.gateways import Gateway, NotThere
from marketplace.payments.tests.counterparts import TOTAL, Counterpart, at_once, charged, known, taken

pytestmark = pytest.mark.once  # no database is asked


def test_what_takes_time_is_ended_and_no_money_comes_of_it(
    counterpart: Counterpart, gateway: Gateway, key: str
) -> None:
    waiting = charged(counterpart, "waits", key=key)
    assert gateway.cancel(waiting.gateway_id).status == "failed"
    counterpart.settle(waiting.gateway_id)
    assert gateway.fetch(waiting.gateway_id).status == "failed"
    assert counterpart.moved() == []


def test_what_waits_for_its_payer_is_ended_and_no_money_comes_of_it(
    counterpart: Counterpart, gateway: Gateway, key: str
) -> None:
    waiting = charged(counterpart, "asks", key=key)
    ended = gateway.cancel(waiting.gateway_id)
    assert (ended.status, ended.gateway_id, ended.amount) == ("failed", waiting.gateway_id, TOTAL)
    assert ended.failure_sentence.endswith(".")
    counterpart.settle(waiting.gateway_id)
    assert known(counterpart, key, waiting) == gateway.fetch(waiting.gateway_id) == ended
    assert counterpart.moved() == []


def test_whose_payer_was_faster_has_paid(counterpart: Counterpart, gateway: Gateway) -> None:
    waiting = charged(counterpart, "asks")
    counterpart.settle(waiting.gateway_id)
    taken(counterpart, waiting.gateway_id)
    assert gateway.cancel(waiting.gateway_id).status == "succeeded"
    assert counterpart.moved() == [("captured", TOTAL)]


def test_what_has_ended_stays_as_it_is_however_often_it_is_called_off(
    counterpart: Counterpart, gateway: Gateway
) -> None:
    declined, waiting = charged(counterpart, "declined"), charged(counterpart, "asks")
    assert gateway.cancel(declined.gateway_id) == declined
    answers = at_once(4, lambda: gateway.cancel(waiting.gateway_id))
    assert answers == [answers[0]] * 4
    assert answers[0].status == "failed"


def test_what_the_gateway_does_not_let_go_of_is_told_as_it_is(counterpart: Counterpart, gateway: Gateway) -> None:
    waiting = charged(counterpart, "waits")
    counterpart.misbehave("keep what waits")
    assert gateway.cancel(waiting.gateway_id) == waiting


@pytest.mark.parametrize("gateway_id", ["pay_0123456789abcdef01234567", "pay_/../statement", ""])
def test_what_it_does_not_know_is_not_there(gateway: Gateway, gateway_id: str) -> None:
    with pytest.raises(NotThere):
        gateway.cancel(gateway_id)
