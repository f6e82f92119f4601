"""What every gateway promises of charges, judged by whoever can: docs/mock-gateway.md says how another one joins."""

from typing import Any

import pytest

from core import context
from core.money import Money
from marketplace.payments.gateways import Gateway, GatewayDown, GatewayFault, NotThere, OutcomeUnknown
from marketplace.payments.tests import test_contract_cancelling, test_contract_refunding, test_contract_webhooks
from marketplace.payments.tests.counterparts import (
    COUNTERPARTS,
    SUBJECT,
    TOTAL,
    Counterpart,
    at_once,
    charged,
    known,
    taken,
)
from marketplace.payments.tests.factories import kes

pytestmark = pytest.mark.once  # no database is asked


def test_the_mock_gateway_decides_every_case() -> None:
    assert COUNTERPARTS["mock_counterpart"] == {}


@pytest.mark.parametrize("name", COUNTERPARTS)
def test_whoever_is_excused_is_excused_from_a_case_that_exists_and_with_a_reason(name: str) -> None:
    others = (test_contract_cancelling, test_contract_refunding, test_contract_webhooks)
    assert set(COUNTERPARTS[name]) <= {*globals(), *(case for each in others for case in vars(each))}
    assert all(reason.endswith(".") for reason in COUNTERPARTS[name].values())


def test_what_was_charged_is_said_with_amount_and_subject_and_found_by_key_and_by_id(
    counterpart: Counterpart, gateway: Gateway, key: str
) -> None:
    answer = charged(counterpart, key=key)
    assert (answer.status, answer.amount, answer.subject) == ("succeeded", TOTAL, SUBJECT)
    assert (answer.failure_code, answer.failure_sentence, answer.action_url) == ("", "", "")
    assert known(counterpart, key, answer) == answer
    assert gateway.fetch(answer.gateway_id) == answer
    assert counterpart.moved() == [("captured", TOTAL)]


@pytest.mark.parametrize("source", ["declined", "poor"])
def test_a_decline_is_an_answer_with_a_sentence_and_moves_nothing(
    counterpart: Counterpart, gateway: Gateway, key: str, source: str
) -> None:
    answer = charged(counterpart, source, key=key)
    assert (answer.status, answer.amount) == ("failed", TOTAL)
    assert answer.failure_code
    assert answer.failure_sentence.endswith(".")
    assert known(counterpart, key, answer) == answer
    assert counterpart.moved() == []


def test_a_source_that_nobody_knows_is_a_decline(counterpart: Counterpart, gateway: Gateway, key: str) -> None:
    answer = gateway.charge(key=key, amount=TOTAL, source="tok_of_a_thief", subject=SUBJECT)
    assert answer.status == "failed"
    assert counterpart.moved() == []


def test_a_decline_stays_one_however_often_it_is_sent(counterpart: Counterpart, key: str) -> None:
    assert charged(counterpart, "declined", key=key) == charged(counterpart, "declined", key=key)
    assert counterpart.moved() == []


def test_one_key_charges_once_also_when_sent_eight_times_at_once(counterpart: Counterpart, key: str) -> None:
    answers = at_once(8, lambda: charged(counterpart, key=key))
    if counterpart.has_page:  # consent is captured in a step of its own, and one of the eight is ahead
        answers = [taken(counterpart, each.gateway_id) for each in answers]
    assert set(answers) == {answers[0]}
    assert counterpart.moved() == [("captured", TOTAL)]


def test_eight_keys_charge_eight_times(counterpart: Counterpart) -> None:
    assert len({answer.gateway_id for answer in at_once(8, lambda: charged(counterpart))}) == 8
    assert counterpart.moved() == [("captured", TOTAL)] * 8


def test_a_repetition_by_another_request_is_the_same_payment(counterpart: Counterpart, key: str) -> None:
    answers = []
    for request_id in ("request-one-1", "request-two-2"):
        token = context.request_id.set(request_id)
        answers.append(charged(counterpart, key=key))
        context.request_id.reset(token)
    assert answers[0] == answers[1]
    assert counterpart.moved() == [("captured", TOTAL)]


@pytest.mark.parametrize(
    "changed", [{"amount": kes(1)}, {"amount": Money(150_000, "UGX")}, {"subject": "SK-0000-0000-0000"}]
)
def test_a_key_that_is_used_for_something_else_moves_nothing_and_the_first_answer_stands(
    counterpart: Counterpart, gateway: Gateway, key: str, changed: dict[str, Any]
) -> None:
    first = charged(counterpart, key=key)
    asked = {"amount": TOTAL, "source": counterpart.sources["good"], "subject": SUBJECT} | changed
    with pytest.raises(OutcomeUnknown):
        gateway.charge(key=key, **asked)
    assert known(counterpart, key, first) == first
    assert counterpart.moved() == [("captured", TOTAL)]


def test_a_key_that_was_never_sent_finds_nothing(gateway: Gateway, key: str) -> None:
    assert gateway.find(key=key) is None
    assert gateway.find_refund(key=key) is None


def test_the_key_of_a_payment_finds_no_refund(counterpart: Counterpart, gateway: Gateway, key: str) -> None:
    charged(counterpart, key=key)
    assert gateway.find_refund(key=key) is None


@pytest.mark.parametrize(
    "stranger", ["pay_0000", "ref_0000", "", "..", "pay_/../statement", "pay_é", "pay_0?key=1", " "]
)
def test_an_id_that_was_never_given_out_is_not_there(gateway: Gateway, stranger: str) -> None:
    with pytest.raises(NotThere):
        gateway.fetch(stranger)


@pytest.mark.parametrize(("approve", "status", "moved"), [(True, "succeeded", 1), (False, "failed", 0)])
def test_a_payment_that_needs_its_payer_waits_for_the_word(
    counterpart: Counterpart, gateway: Gateway, key: str, approve: bool, status: str, moved: int
) -> None:
    asked = charged(counterpart, "asks", key=key)
    assert (asked.status, asked.amount) == ("requires_action", TOTAL)
    assert asked.action_url.startswith("http")
    assert known(counterpart, key, asked) == charged(counterpart, "asks", key=key) == asked
    assert counterpart.moved() == []
    counterpart.settle(asked.gateway_id, approve=approve)
    decided = taken(counterpart, asked.gateway_id)
    assert (decided.status, decided.action_url) == (status, "")
    assert bool(decided.failure_sentence) is not approve
    assert counterpart.moved() == [("captured", TOTAL)] * moved


@pytest.mark.parametrize(("approve", "status", "moved"), [(True, "succeeded", 1), (False, "failed", 0)])
def test_a_payment_that_takes_time_is_decided_later(
    counterpart: Counterpart, gateway: Gateway, key: str, approve: bool, status: str, moved: int
) -> None:
    asked = charged(counterpart, "waits", key=key)
    assert (asked.status, asked.action_url, counterpart.moved()) == ("processing", "", [])
    counterpart.settle(asked.gateway_id, approve=approve)
    assert charged(counterpart, "waits", key=key).status == status
    assert counterpart.moved() == [("captured", TOTAL)] * moved


def test_what_is_decided_is_not_decided_again(counterpart: Counterpart, gateway: Gateway) -> None:
    asked = charged(counterpart, "asks")
    counterpart.settle(asked.gateway_id, approve=True)
    assert taken(counterpart, asked.gateway_id).status == "succeeded"
    counterpart.settle(asked.gateway_id, approve=False)
    counterpart.settle(asked.gateway_id, approve=True)
    assert taken(counterpart, asked.gateway_id).status == "succeeded"
    assert counterpart.moved() == [("captured", TOTAL)]


def test_a_reply_that_is_lost_leaves_the_outcome_unknown_and_the_key_tells_it(
    counterpart: Counterpart, gateway: Gateway, key: str
) -> None:
    with pytest.raises(OutcomeUnknown):
        charged(counterpart, "mute", key=key)
    found = gateway.find(key=key)
    assert found is not None
    assert (found.status, found.amount, found.subject) == ("succeeded", TOTAL, SUBJECT)
    assert counterpart.moved() == [("captured", TOTAL)]


def test_sending_the_key_of_a_lost_reply_again_moves_no_more(counterpart: Counterpart, key: str) -> None:
    counterpart.misbehave("drop the reply")
    with pytest.raises(OutcomeUnknown):
        charged(counterpart, key=key)
    assert charged(counterpart, key=key).status == "succeeded"
    assert counterpart.moved() == [("captured", TOTAL)]


def test_a_gateway_that_could_not_do_it_knows_nothing_of_the_key(
    counterpart: Counterpart, gateway: Gateway, key: str
) -> None:
    with pytest.raises(GatewayFault):
        charged(counterpart, "down", key=key)
    assert gateway.find(key=key) is None
    assert counterpart.moved() == []


def test_a_gateway_that_is_down_answers_no_question_and_loses_nothing(
    counterpart: Counterpart, gateway: Gateway, key: str
) -> None:
    answer = charged(counterpart, key=key)
    counterpart.misbehave("be down")
    for ask in (
        lambda: charged(counterpart),
        lambda: known(counterpart, key, answer),
        lambda: gateway.fetch(answer.gateway_id),
        lambda: gateway.refund(key="RF-00000001", gateway_id=answer.gateway_id, amount=kes(1)),
        lambda: gateway.find_refund(key="RF-00000001", gateway_id=answer.gateway_id),
    ):
        with pytest.raises(OutcomeUnknown):
            ask()
    counterpart.misbehave("be up")
    assert known(counterpart, key, answer) == answer
    assert counterpart.moved() == [("captured", TOTAL)]


def test_where_nobody_listens_nothing_was_done(counterpart: Counterpart, gateway: Gateway, key: str) -> None:
    with counterpart.stopped():
        for ask in (
            lambda: charged(counterpart, key=key),
            lambda: gateway.fetch(counterpart.stranger),
            *([lambda: gateway.find(key=key)] if counterpart.finds_by_key else []),
        ):
            with pytest.raises(GatewayDown):
                ask()
    assert gateway.find(key=key) is None
    assert counterpart.moved() == []
