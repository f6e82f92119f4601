"""What every gateway promises of webhooks."""

import json

import pytest

from marketplace.payments.gateways import BadSignature, Gateway
from marketplace.payments.mockgateway.control import Sent
from marketplace.payments.tests.counterparts import FORGERIES, Counterpart, charged
from marketplace.payments.tests.factories import kes

pytestmark = pytest.mark.once  # no database is asked


def newest(counterpart: Counterpart) -> Sent:
    return counterpart.webhooks()[-1]


def test_a_genuine_webhook_says_what_happened_to_which_payment(
    counterpart: Counterpart, gateway: Gateway, key: str
) -> None:
    answer = charged(counterpart, key=key)
    sent = newest(counterpart)
    event = gateway.read_event(sent.raw, sent.headers)
    assert (event.kind, event.gateway_id, event.key) == (counterpart.kind("payment.succeeded"), answer.gateway_id, key)
    assert event.event_id
    assert event.about == "payment"


def test_a_genuine_webhook_of_a_refund_says_which_one(counterpart: Counterpart, gateway: Gateway) -> None:
    answer = charged(counterpart)
    refund = gateway.refund(key="RF-00000001", gateway_id=answer.gateway_id, amount=kes(10))
    sent = newest(counterpart)
    event = gateway.read_event(sent.raw, {name.upper(): value for name, value in sent.headers.items()})
    said = (counterpart.kind("refund.succeeded"), refund.gateway_id, "RF-00000001", "refund")
    assert (event.kind, event.gateway_id, event.key, event.about) == said


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


def test_the_mock_gateway_forges_in_every_way(mock_counterpart: Counterpart) -> None:
    assert mock_counterpart.forgeries == FORGERIES


def test_a_forged_webhook_is_refused(counterpart: Counterpart, gateway: Gateway) -> None:
    for how in counterpart.forgeries:
        counterpart.forge(how)
        charged(counterpart)
        sent = newest(counterpart)
        with pytest.raises(BadSignature) as refusal:
            pytest.fail(f"{how} was taken: {gateway.read_event(sent.raw, sent.headers)}")
        assert (refusal.value.status, refusal.value.code) == (400, "bad_signature")
    counterpart.forge("")
    charged(counterpart)
    sent = newest(counterpart)
    assert gateway.read_event(sent.raw, sent.headers).kind == counterpart.kind("payment.succeeded")


def test_a_body_that_was_read_and_written_again_is_refused(counterpart: Counterpart, gateway: Gateway) -> None:
    charged(counterpart)
    sent = newest(counterpart)
    for other in (json.dumps(sent.event, indent=1, sort_keys=True).encode(), sent.raw + b"\n", sent.raw[:-1], b""):
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
    assert gateway.read_event(sent.raw, sent.headers).kind == counterpart.kind("payment.succeeded")
