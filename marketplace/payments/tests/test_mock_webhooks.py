"""The mock gateway's webhooks on their way: delivered at least once, and as badly as a switch says."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.money import Money
from marketplace.payments.gateways import Answer, BadSignature, GatewayEvent, gateway_of
from marketplace.payments.mockgateway.control import GatewayProcess

pytestmark = pytest.mark.once


@dataclass
class Receiver:
    """Whoever is told. Answers with the statuses it was given, the last one for ever; 0 hangs up."""

    url: str = ""
    statuses: list[int] = field(default_factory=lambda: [200])
    got: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    def events(self) -> list[GatewayEvent]:
        """What was received and is genuine."""
        return [gateway_of("mock").read_event(raw, headers) for raw, headers in list(self.got)]

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events()]


@pytest.fixture
def receiver(mock_gateway: GatewayProcess) -> Iterator[Receiver]:
    """Listens, and is notified."""
    receiver = Receiver()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
            receiver.got.append((raw, dict(self.headers)))
            if status:
                self.send_response(status)
                self.send_header("Location", receiver.url)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/api/hooks/mock"
    mock_gateway.switch(notify=receiver.url)
    yield receiver
    mock_gateway.reset()
    server.shutdown()
    server.server_close()


def charge(number: int = 1, source: str = "tok_ok") -> Answer:
    return gateway_of("mock").charge(key=f"PAY-{number:08}", amount=Money(1000, "KES"), source=source, subject="SK-1")


def until(is_so: Callable[[], bool], patience: int = 15) -> bool:
    deadline = time.monotonic() + patience
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
    return is_so()


def answers(gateway: GatewayProcess) -> list[tuple[int, ...]]:
    return [sent.answers for sent in gateway.webhooks()]


def test_what_happens_is_told_once_to_whoever_takes_it(mock_gateway: GatewayProcess, receiver: Receiver) -> None:
    payment = charge()
    assert until(lambda: answers(mock_gateway) == [(200,)])
    (event,) = receiver.events()
    assert (event.kind, event.gateway_id, event.key) == ("payment.succeeded", payment.gateway_id, "PAY-00000001")
    (raw, headers), (sent,) = receiver.got[0], mock_gateway.webhooks()
    assert (raw, headers["Mock-Signature"]) == (sent.raw, sent.headers["Mock-Signature"])


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("tok_declined", "payment.failed"),
        ("tok_requires_action", "payment.requires_action"),
        ("tok_processing", "payment.processing"),
    ],
)
def test_each_outcome_is_told(mock_gateway: GatewayProcess, receiver: Receiver, source: str, kind: str) -> None:
    payment = charge(source=source)
    assert until(lambda: receiver.kinds() == [kind])
    mock_gateway.settle(payment.gateway_id)
    later = [] if source == "tok_declined" else ["payment.succeeded"]
    assert until(lambda: receiver.kinds() == [kind, *later])


def test_a_repeated_charge_tells_nothing_new(mock_gateway: GatewayProcess, receiver: Receiver) -> None:
    charge(1)
    charge(1)
    charge(2)
    assert until(lambda: len(receiver.got) == 2)
    assert len(mock_gateway.webhooks()) == 2


def test_a_reply_that_is_dropped_is_told_all_the_same(mock_gateway: GatewayProcess, receiver: Receiver) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011  which one, the contract says
        charge(source="tok_drop_reply")
    assert until(lambda: receiver.kinds() == ["payment.succeeded"])


@pytest.mark.parametrize("refusal", [0, 302, 400, 404, 503])
def test_what_was_not_taken_is_sent_again_the_very_same(
    mock_gateway: GatewayProcess, receiver: Receiver, refusal: int
) -> None:
    receiver.statuses = [refusal, 204]
    charge()
    assert until(lambda: answers(mock_gateway) == [(refusal, 204)])
    first, second = receiver.got
    assert first == second


def test_where_nobody_listens_it_is_sent_again(mock_gateway: GatewayProcess, receiver: Receiver) -> None:
    mock_gateway.switch(notify="http://127.0.0.1:1/")
    charge()
    assert until(lambda: answers(mock_gateway)[0][:2] == (0, 0))
    assert receiver.got == []


def test_without_an_address_it_is_written_down_and_not_sent(mock_gateway: GatewayProcess, receiver: Receiver) -> None:
    mock_gateway.switch(notify="")
    charge(1)
    mock_gateway.switch(notify=receiver.url)
    charge(2)
    assert until(lambda: answers(mock_gateway) == [(), (200,)])
    assert [event.key for event in receiver.events()] == ["PAY-00000002"]


def test_duplicates_are_one_event_many_times(mock_gateway: GatewayProcess, receiver: Receiver) -> None:
    mock_gateway.switch(duplicate=20)
    charge()
    assert until(lambda: len(receiver.got) == 20)
    assert len(set(receiver.events())) == 1


def test_what_is_lost_is_not_sent_and_happened_all_the_same(mock_gateway: GatewayProcess, receiver: Receiver) -> None:
    mock_gateway.switch(lost=True)
    charge(1)
    mock_gateway.switch(lost=False)
    charge(2)
    assert until(lambda: len(receiver.got) == 1)
    assert [event.key for event in receiver.events()] == ["PAY-00000002"]
    assert [line["key"] for line in mock_gateway.statement()] == ["PAY-00000001", "PAY-00000002"]


def test_what_is_late_comes_after_what_was_not(mock_gateway: GatewayProcess, receiver: Receiver) -> None:
    mock_gateway.switch(delay=2)
    charge(1)
    mock_gateway.switch(delay=0)
    charge(2)
    assert until(lambda: len(receiver.got) == 2)
    assert [event.key for event in receiver.events()] == ["PAY-00000002", "PAY-00000001"]


def test_out_of_order_is_held_back_and_then_sent_newest_first(mock_gateway: GatewayProcess, receiver: Receiver) -> None:
    mock_gateway.switch(out_of_order=True)
    payment = charge(source="tok_requires_action")
    mock_gateway.settle(payment.gateway_id)
    gateway_of("mock").refund(key="RF-00000001", gateway_id=payment.gateway_id, amount=Money(10, "KES"))
    assert mock_gateway.webhooks() == []
    mock_gateway.switch(lost=False)
    assert mock_gateway.webhooks() == []
    mock_gateway.switch(out_of_order=False)
    expected = ["refund.succeeded", "payment.succeeded", "payment.requires_action"]
    assert [sent.event["type"] for sent in mock_gateway.webhooks()] == expected
    assert until(lambda: sorted(receiver.kinds()) == sorted(expected))


def test_a_forged_one_arrives_and_is_no_event(mock_gateway: GatewayProcess, receiver: Receiver) -> None:
    mock_gateway.switch(forged=True)
    charge()
    assert until(lambda: len(receiver.got) == 1)
    with pytest.raises(BadSignature):
        receiver.events()


def test_headers_for_a_proxy_of_the_receiver_are_sent_along(mock_gateway: GatewayProcess, receiver: Receiver) -> None:
    mock_gateway.switch(headers={"X-Forwarded-Proto": "https"})
    charge()
    assert until(lambda: len(receiver.got) == 1)
    assert receiver.got[0][1]["X-Forwarded-Proto"] == "https"


def test_what_was_forgotten_is_not_sent_again(mock_gateway: GatewayProcess, receiver: Receiver) -> None:
    receiver.statuses = [503]
    charge(1)
    assert until(lambda: len(receiver.got) == 1)
    mock_gateway.reset()
    receiver.statuses = [200]
    mock_gateway.switch(notify=receiver.url)
    charge(2)
    assert until(lambda: answers(mock_gateway) == [(200,)])
    time.sleep(1.5)  # longer than the first pause before a webhook is sent again
    assert [event.key for event in receiver.events()] == ["PAY-00000001", "PAY-00000002"]
