"""What every gateway promises, judged by whoever can: docs/mock-gateway.md says how another one joins."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from core import context
from core.money import Money
from marketplace.payments.gateways import (
    BadSignature,
    Gateway,
    GatewayDown,
    GatewayFault,
    NotThere,
    OutcomeUnknown,
)
from marketplace.payments.mockgateway.control import GatewayProcess, Sent
from marketplace.payments.tests import counterparts
from marketplace.payments.tests.counterparts import COUNTERPARTS, FORGERIES, Counterpart

_numbers = count(1)
SUBJECT = "SK-7K3M-Q9XF-2DWP"


def kes(amount: int) -> Money:
    return Money(amount, "KES")


TOTAL = kes(150_000)


def pytest_generate_tests(metafunc: Any) -> None:
    """Each case meets the counterparts that can decide it, and no other."""
    if "counterpart" in metafunc.fixturenames:
        case = metafunc.function.__name__
        judges = [name for name, excused in COUNTERPARTS.items() if case not in excused]
        metafunc.parametrize("counterpart", judges, indirect=True)


@pytest.fixture
def mock_counterpart(mock_gateway: GatewayProcess) -> Counterpart:
    return counterparts.mock_counterpart(mock_gateway)


@pytest.fixture
def counterpart(request: pytest.FixtureRequest) -> Counterpart:
    return request.getfixturevalue(request.param)


@pytest.fixture
def gateway(counterpart: Counterpart) -> Gateway:
    return counterpart.gateway


@pytest.fixture
def key() -> str:
    return f"PAY-{next(_numbers):08}"


def charged(counterpart: Counterpart, source: str = "good", *, amount: Money = TOTAL, key: str = "") -> Any:
    return counterpart.gateway.charge(
        key=key or f"PAY-{next(_numbers):08}", amount=amount, source=counterpart.sources[source], subject=SUBJECT
    )


def at_once(times: int, ask: Any) -> list[Any]:
    with ThreadPoolExecutor(times) as pool:
        return [each.result() for each in [pool.submit(ask) for _ in range(times)]]


# --- Who judges what --------------------------------------------------------------------------------------------------


def test_the_mock_gateway_decides_every_case() -> None:
    assert COUNTERPARTS["mock_counterpart"] == {}


@pytest.mark.parametrize("name", COUNTERPARTS)
def test_whoever_is_excused_is_excused_from_a_case_that_exists_and_with_a_reason(name: str) -> None:
    assert {case for case in COUNTERPARTS[name] if case not in globals()} == set()
    assert all(reason.endswith(".") for reason in COUNTERPARTS[name].values())


# --- Charging ---------------------------------------------------------------------------------------------------------


def test_what_was_charged_is_said_with_amount_and_subject_and_found_by_key_and_by_id(
    counterpart: Counterpart, gateway: Gateway, key: str
) -> None:
    answer = charged(counterpart, key=key)
    assert (answer.status, answer.amount, answer.subject) == ("succeeded", TOTAL, SUBJECT)
    assert (answer.failure_code, answer.failure_sentence, answer.action_url) == ("", "", "")
    assert gateway.find(key=key) == answer
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
    assert gateway.find(key=key) == answer
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
    assert gateway.find(key=key) == first
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
    assert gateway.find(key=key) == charged(counterpart, "asks", key=key) == asked
    assert counterpart.moved() == []
    counterpart.settle(asked.gateway_id, approve=approve)
    decided = gateway.fetch(asked.gateway_id)
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
    counterpart.settle(asked.gateway_id, approve=False)
    counterpart.settle(asked.gateway_id, approve=True)
    assert gateway.fetch(asked.gateway_id).status == "succeeded"
    assert counterpart.moved() == [("captured", TOTAL)]


# --- When no answer comes ---------------------------------------------------------------------------------------------


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
        lambda: gateway.find(key=key),
        lambda: gateway.fetch(answer.gateway_id),
        lambda: gateway.refund(key="RF-00000001", gateway_id=answer.gateway_id, amount=kes(1)),
        lambda: gateway.find_refund(key="RF-00000001"),
    ):
        with pytest.raises(OutcomeUnknown):
            ask()
    counterpart.misbehave("be up")
    assert gateway.find(key=key) == answer
    assert counterpart.moved() == [("captured", TOTAL)]


def test_where_nobody_listens_nothing_was_done(counterpart: Counterpart, gateway: Gateway, key: str) -> None:
    with counterpart.stopped():
        for ask in (
            lambda: charged(counterpart, key=key),
            lambda: gateway.find(key=key),
            lambda: gateway.fetch("pay_1"),
        ):
            with pytest.raises(GatewayDown):
                ask()
    assert gateway.find(key=key) is None
    assert counterpart.moved() == []


# --- Giving back ------------------------------------------------------------------------------------------------------


def test_refunds_give_back_up_to_what_was_captured_and_then_no_more(counterpart: Counterpart, gateway: Gateway) -> None:
    payment = charged(counterpart).gateway_id
    part = gateway.refund(key="RF-00000001", gateway_id=payment, amount=kes(50_000))
    assert (part.status, part.amount) == ("succeeded", kes(50_000))
    assert gateway.find_refund(key="RF-00000001") == gateway.fetch(part.gateway_id) == part
    too_much = gateway.refund(key="RF-00000002", gateway_id=payment, amount=kes(100_001))
    assert (too_much.status, too_much.failure_code) == ("failed", "refund_exceeds_capture")
    assert gateway.find_refund(key="RF-00000002") == too_much
    assert gateway.refund(key="RF-00000003", gateway_id=payment, amount=kes(100_000)).status == "succeeded"
    assert gateway.refund(key="RF-00000004", gateway_id=payment, amount=kes(1)).status == "failed"
    assert counterpart.moved() == [("captured", TOTAL), ("refunded", kes(50_000)), ("refunded", kes(100_000))]


def test_eight_refunds_at_once_give_back_what_was_captured_and_not_more(
    counterpart: Counterpart, gateway: Gateway
) -> None:
    payment = charged(counterpart).gateway_id
    answers = at_once(8, lambda: gateway.refund(key=f"RF-{next(_numbers):08}", gateway_id=payment, amount=kes(50_000)))
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


@pytest.mark.parametrize("source", ["declined", "asks", "waits"])
def test_what_was_not_captured_is_not_given_back(counterpart: Counterpart, gateway: Gateway, source: str) -> None:
    payment = charged(counterpart, source).gateway_id
    assert gateway.refund(key="RF-00000001", gateway_id=payment, amount=kes(10)).status == "failed"
    assert counterpart.moved() == []


def test_another_currency_is_not_given_back(counterpart: Counterpart, gateway: Gateway) -> None:
    payment = charged(counterpart).gateway_id
    assert gateway.refund(key="RF-00000001", gateway_id=payment, amount=Money(10, "UGX")).status == "failed"
    assert counterpart.moved() == [("captured", TOTAL)]


def test_the_refund_of_a_payment_that_does_not_exist_fails(counterpart: Counterpart, gateway: Gateway) -> None:
    assert gateway.refund(key="RF-00000001", gateway_id="pay_0000", amount=kes(10)).status == "failed"
    assert counterpart.moved() == []


def test_a_refund_whose_reply_is_lost_is_found_by_its_key_and_moves_once(
    counterpart: Counterpart, gateway: Gateway
) -> None:
    payment = charged(counterpart).gateway_id
    counterpart.misbehave("drop the reply")
    with pytest.raises(OutcomeUnknown):
        gateway.refund(key="RF-00000001", gateway_id=payment, amount=kes(10))
    found = gateway.find_refund(key="RF-00000001")
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


# --- Webhooks ---------------------------------------------------------------------------------------------------------


def newest(counterpart: Counterpart) -> Sent:
    return counterpart.webhooks()[-1]


def test_a_genuine_webhook_says_what_happened_to_which_payment(
    counterpart: Counterpart, gateway: Gateway, key: str
) -> None:
    answer = charged(counterpart, key=key)
    sent = newest(counterpart)
    event = gateway.read_event(sent.raw, sent.headers)
    assert (event.kind, event.gateway_id, event.key) == ("payment.succeeded", answer.gateway_id, key)
    assert event.event_id
    refund = gateway.refund(key="RF-00000001", gateway_id=answer.gateway_id, amount=kes(10))
    sent = newest(counterpart)
    event = gateway.read_event(sent.raw, {name.upper(): value for name, value in sent.headers.items()})
    assert (event.kind, event.gateway_id, event.key) == ("refund.succeeded", refund.gateway_id, "RF-00000001")


def test_each_happening_has_an_event_of_its_own_and_a_repeated_one_keeps_it(
    counterpart: Counterpart, gateway: Gateway
) -> None:
    asked = charged(counterpart, "asks")
    counterpart.misbehave("say it twice")
    counterpart.settle(asked.gateway_id)
    events = [gateway.read_event(sent.raw, sent.headers) for sent in counterpart.webhooks()]
    assert [event.kind for event in events] == ["payment.requires_action", "payment.succeeded", "payment.succeeded"]
    assert events[0].event_id != events[1].event_id
    assert events[1] == events[2]


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_webhook_is_refused(counterpart: Counterpart, gateway: Gateway, how: str) -> None:
    counterpart.forge(how)
    charged(counterpart)
    sent = newest(counterpart)
    with pytest.raises(BadSignature) as refusal:
        gateway.read_event(sent.raw, sent.headers)
    assert (refusal.value.status, refusal.value.code) == (400, "bad_signature")
    counterpart.forge("")
    charged(counterpart)
    sent = newest(counterpart)
    assert gateway.read_event(sent.raw, sent.headers).kind == "payment.succeeded"


def test_a_body_that_was_read_and_written_again_is_refused(counterpart: Counterpart, gateway: Gateway) -> None:
    charged(counterpart)
    sent = newest(counterpart)
    for other in (json.dumps(sent.event).encode(), sent.raw + b"\n", sent.raw[:-1], b""):
        assert other != sent.raw
        with pytest.raises(BadSignature):
            gateway.read_event(other, sent.headers)


def test_the_signature_of_another_webhook_is_refused(counterpart: Counterpart, gateway: Gateway) -> None:
    charged(counterpart)
    first = newest(counterpart)
    charged(counterpart)
    with pytest.raises(BadSignature):
        gateway.read_event(newest(counterpart).raw, first.headers)


def test_while_secrets_change_one_signature_that_fits_is_enough(counterpart: Counterpart, gateway: Gateway) -> None:
    counterpart.misbehave("change its secret")
    charged(counterpart)
    sent = newest(counterpart)
    assert gateway.read_event(sent.raw, sent.headers).kind == "payment.succeeded"
