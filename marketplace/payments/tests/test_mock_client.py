"""The client of the mock gateway against servers that answer badly."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core import asking, context
from core.money import Money
from marketplace.payments import gateways
from marketplace.payments.gateways import GatewayDown, OutcomeUnknown, UnknownGateway, mock, wire
from marketplace.payments.gateways.mock import MockGateway
from marketplace.payments.mockgateway.control import GatewayProcess

pytestmark = pytest.mark.once

SECRET = "s" * 40
GOOD = {
    "id": "pay_1", "status": "succeeded", "amount": 1000, "currency": "KES", "subject": "SK-1",
    "failure_code": "", "failure_sentence": "", "action_url": "",
}  # fmt: skip


def charge(url: str) -> Any:
    gateway = MockGateway(url=url, secret=SECRET)
    return gateway.charge(key="PAY-00000001", amount=Money(1000, "KES"), source="tok_ok", subject="SK-1")


@pytest.fixture
def answering() -> Iterator[Callable[..., tuple[str, list[Any]]]]:
    """Serve one answer to everything: returns the address and the list of what was asked."""
    servers = []

    def serve(answer: Callable[[BaseHTTPRequestHandler], None]) -> tuple[str, list[Any]]:
        asked: list[Any] = []

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                asked.append(dict(self.headers))
                answer(self)

            def log_message(self, *_words: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        server.handle_error = lambda *_seen: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", asked

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def saying(content: bytes, status: int = 200, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(door: BaseHTTPRequestHandler) -> None:
        door.send_response(status)
        for name, value in headers.items():
            door.send_header(name, value)
        door.send_header("Content-Length", str(len(content)))
        door.end_headers()
        door.wfile.write(content)

    return answer


def test_what_is_asked_carries_key_secret_and_the_id_of_the_request(answering: Any) -> None:
    url, asked = answering(saying(json.dumps(GOOD).encode()))
    token = context.request_id.set("request-0001")
    assert charge(url).status == "succeeded"
    context.request_id.reset(token)
    headers = {name.lower(): value for name, value in asked[0].items()}
    assert headers["idempotency-key"] == "PAY-00000001"
    assert headers["authorization"] == f"Bearer {SECRET}"
    assert headers["x-request-id"] == "request-0001"


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:1", "http://127.0.0.1:1", "ftp://127.0.0.1", "http://[", "http://no.invalid"]
)
def test_where_nobody_can_be_reached_nothing_was_done(url: str) -> None:
    with pytest.raises(GatewayDown):
        charge(url)


@pytest.mark.parametrize("status", [401, 403])
def test_a_gateway_that_does_not_listen_to_us_has_done_nothing(answering: Any, status: int) -> None:
    url, asked = answering(saying(b"{}", status))
    with pytest.raises(GatewayDown):
        charge(url)
    assert len(asked) == 1


def test_another_secret_is_not_listened_to(mock_gateway: GatewayProcess) -> None:
    with pytest.raises(GatewayDown):
        charge(mock_gateway.url)
    assert mock_gateway.statement() == []


@pytest.mark.parametrize("status", [201, 204, 302, 400, 404, 409, 429, 500, 502, 503, 504])
def test_any_other_answer_than_200_leaves_the_outcome_unknown_and_is_not_asked_again(
    answering: Any, status: int
) -> None:
    url, asked = answering(saying(json.dumps(GOOD).encode() if status != 204 else b"", status))
    with pytest.raises(OutcomeUnknown):
        charge(url)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html>", b"[]", b"null", b"\xff", b"[" * 100_000,
        *(json.dumps(GOOD | change).encode() for change in (
            {"status": "captured"}, {"status": None}, {"status": ["succeeded"]}, {"amount": "1000"}, {"amount": 10.5},
            {"amount": True}, {"currency": "XXY"}, {"currency": None}, {"id": ""}, {"id": None}, {"id": "p" * 101},
            {"id": "pay 1"}, {"id": "pay\n"},
            {"action_url": "javascript:alert(1)"}, {"action_url": "/pay/1"}, {"action_url": "http://" + "a" * 491},
        )),
        *(json.dumps({name: value for name, value in GOOD.items() if name != absent}).encode() for absent in GOOD),
    ],
)  # fmt: skip
def test_an_answer_that_makes_no_sense_leaves_the_outcome_unknown(answering: Any, content: bytes) -> None:
    url, _asked = answering(saying(content))
    with pytest.raises(OutcomeUnknown):
        charge(url)


def test_texts_are_cut_to_what_is_kept_and_hold_nothing_that_cannot_be(answering: Any) -> None:
    said = GOOD | {"status": "failed", "failure_code": "c" * 49, "failure_sentence": "No\x00\n" + "o" * 400}
    url, _asked = answering(saying(json.dumps(said).encode()))
    answer = charge(url)
    assert (answer.failure_code, answer.failure_sentence) == ("c" * 48, "No" + "o" * 298)


def test_a_redirect_is_not_followed(answering: Any) -> None:
    elsewhere, asked_there = answering(saying(json.dumps(GOOD).encode()))
    url, asked = answering(saying(b"", 307, Location=f"{elsewhere}/v1/payments"))
    with pytest.raises(OutcomeUnknown):
        charge(url)
    assert (len(asked), asked_there) == (1, [])


def test_a_proxy_of_the_environment_is_not_asked(answering: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, asked_there = answering(saying(b"{}"))
    url, asked = answering(saying(json.dumps(GOOD).encode()))
    asking.client.cache_clear()
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    assert charge(url).status == "succeeded"
    assert (len(asked), asked_there) == (1, [])


@pytest.mark.parametrize(("size", "is_taken"), [(wire.MOST_BYTES, True), (wire.MOST_BYTES + 1, False)])
def test_an_answer_of_more_than_a_mebibyte_is_not_taken(answering: Any, size: int, is_taken: bool) -> None:
    bare = json.dumps(GOOD)
    url, _asked = answering(saying((bare + " " * (size - len(bare))).encode()))
    if is_taken:
        assert charge(url).status == "succeeded"
    else:
        with pytest.raises(OutcomeUnknown):
            charge(url)


def test_an_answer_that_never_ends_is_not_waited_for(answering: Any, settings: Any) -> None:
    settings.GATEWAY_SECONDS = 0.3

    def trickle(door: BaseHTTPRequestHandler) -> None:
        door.send_response(200)
        door.end_headers()
        while True:
            door.wfile.write(b" ")
            time.sleep(0.05)

    url, _asked = answering(trickle)
    with pytest.raises(OutcomeUnknown):
        charge(url)


def test_an_answer_that_is_cut_leaves_the_outcome_unknown(answering: Any) -> None:
    whole = json.dumps(GOOD).encode()

    def cut(door: BaseHTTPRequestHandler) -> None:
        door.send_response(200)
        door.send_header("Content-Length", str(len(whole) + 1))
        door.end_headers()
        door.wfile.write(whole)

    url, _asked = answering(cut)
    with pytest.raises(OutcomeUnknown):
        charge(url)


def test_a_slow_gateway_is_left_and_has_done_it(mock_gateway: GatewayProcess, settings: Any) -> None:
    settings.GATEWAY_SECONDS = 0.3
    mock_gateway.switch(slow=2)
    gateway = mock.connect()
    with pytest.raises(OutcomeUnknown):
        gateway.charge(key="PAY-00000001", amount=Money(1000, "KES"), source="tok_slow", subject="SK-1")
    settings.GATEWAY_SECONDS = 10
    found = gateway.find(key="PAY-00000001")
    assert found is not None
    assert found.status == "succeeded"
    assert [line["amount"] for line in mock_gateway.statement()] == [1000]


def test_what_the_gateway_lies_is_told_as_it_lies(mock_gateway: GatewayProcess) -> None:
    mock_gateway.switch(lie={"amount": 1, "currency": "UGX", "subject": "SK-of-somebody-else"})
    gateway = mock.connect()
    answer = gateway.charge(key="PAY-00000001", amount=Money(1000, "KES"), source="tok_ok", subject="SK-1")
    assert (answer.status, answer.amount, answer.subject) == ("succeeded", Money(1, "UGX"), "SK-of-somebody-else")


# --- Which gateways there are -----------------------------------------------------------------------------------------


def test_a_gateway_that_the_settings_do_not_name_is_refused(settings: Any) -> None:
    assert gateways.gateway_of("mock").name == "mock"
    settings.GATEWAYS = []
    with pytest.raises(UnknownGateway) as refusal:
        gateways.gateway_of("mock")
    assert (refusal.value.status, refusal.value.facts) == (422, {"taken": "none"})


@pytest.mark.parametrize("name", ["stripe", "..checks", "", "__init__", "Mock"])
def test_a_name_that_is_no_gateway_is_refused(name: str) -> None:
    with pytest.raises(UnknownGateway):
        gateways.gateway_of(name)
