"""The mock gateway server itself: who it answers, what its switches do, and what it keeps."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from core.money import Money
from marketplace.payments.gateways import Answer, OutcomeUnknown, gateway_of
from marketplace.payments.mockgateway.books import DECLINES, SOURCES
from marketplace.payments.mockgateway.control import ROOT, GatewayProcess
from marketplace.payments.mockgateway.switches import FORGERIES, BadSwitch, Switches

pytestmark = pytest.mark.once

TOTAL = Money(150_000, "KES")


def charge(number: int = 1, source: str = "tok_ok") -> Answer:
    return gateway_of("mock").charge(key=f"PAY-{number:08}", amount=TOTAL, source=source, subject="SK-1")


def asked(gateway: GatewayProcess, method: str, path: str, **options: Any) -> httpx.Response:
    return httpx.request(method, gateway.url + path, trust_env=False, **options)


def secret_of(gateway: GatewayProcess) -> dict[str, str]:
    return {"Authorization": f"Bearer {gateway.secret}"}


# --- Whom it answers --------------------------------------------------------------------------------------------------


def test_it_is_reached_from_this_machine_only(mock_gateway: GatewayProcess) -> None:
    listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    port = f":{mock_gateway.port:04X} "
    places = [line.split()[1] for line in listening.splitlines() if port in line and " 0A " in line]
    assert places == [f"0100007F{port.strip()}"]


@pytest.mark.parametrize("host", ["market.example", "market.example:80", ""])
def test_a_name_that_was_made_to_point_here_is_not_answered(mock_gateway: GatewayProcess, host: str) -> None:
    assert asked(mock_gateway, "GET", "/_switches", headers={"Host": host}).status_code == 421


def test_without_the_secret_it_tells_nothing(mock_gateway: GatewayProcess) -> None:
    charge()
    for headers in ({}, {"Authorization": "Bearer guess"}, {"Authorization": mock_gateway.secret}):
        for path in ("/v1/statement", "/v1/payments?key=PAY-00000001"):
            answer = asked(mock_gateway, "GET", path, headers=headers)
            assert (answer.status_code, "SK-1" in answer.text) == (401, False)


def test_a_form_of_another_site_turns_no_switch(mock_gateway: GatewayProcess) -> None:
    for media in ("text/plain", "application/x-www-form-urlencoded"):
        answer = asked(mock_gateway, "POST", "/_switches", content='{"lost": true}', headers={"Content-Type": media})
        assert answer.status_code == 415
    assert asked(mock_gateway, "GET", "/_switches").json()["lost"] is False


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, {}, 400),
        ({"Idempotency-Key": "short"}, {}, 400),
        ({"Idempotency-Key": "k" * 256}, {}, 400),
        ({}, {"amount": 0}, 400),
        ({}, {"amount": -1}, 400),
        ({}, {"amount": True}, 400),
        ({}, {"amount": "1000"}, 400),
        ({}, {"currency": ""}, 400),
        ({}, {"source": None}, 400),
    ],
)
def test_a_charge_that_is_not_whole_is_refused(
    mock_gateway: GatewayProcess, headers: dict[str, str], body: dict[str, Any], status: int
) -> None:
    headers = headers if headers or not body else {"Idempotency-Key": "PAY-00000001"}
    whole = {"amount": 1000, "currency": "KES", "source": "tok_ok", "subject": "SK-1"}
    answer = asked(mock_gateway, "POST", "/v1/payments", json=whole | body, headers=secret_of(mock_gateway) | headers)
    assert answer.status_code == status
    assert mock_gateway.statement() == []


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff"])
def test_a_body_that_is_no_object_is_refused(mock_gateway: GatewayProcess, content: bytes) -> None:
    headers = secret_of(mock_gateway) | {"Idempotency-Key": "PAY-00000001"}
    assert asked(mock_gateway, "POST", "/v1/payments", content=content, headers=headers).status_code == 400


def test_an_address_that_it_does_not_have_is_told(mock_gateway: GatewayProcess) -> None:
    assert asked(mock_gateway, "GET", "/v1/nowhere", headers=secret_of(mock_gateway)).status_code == 404
    assert asked(mock_gateway, "DELETE", "/v1/payments").status_code == 501


# --- What its payer sees ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "status"), [("approve", "succeeded"), ("decline", "failed")])
def test_a_person_approves_or_declines_on_its_page(mock_gateway: GatewayProcess, word: str, status: str) -> None:
    answer = charge(source="tok_requires_action")
    page = httpx.get(answer.action_url, trust_env=False)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "KES 1,500.00 for SK-1" in page.text
    decided = httpx.post(answer.action_url, data={"decision": word}, trust_env=False)
    assert f"It is decided: {status}." in decided.text
    assert gateway_of("mock").fetch(answer.gateway_id).status == status
    assert f"It is decided: {status}." in httpx.get(answer.action_url, trust_env=False).text


def test_what_is_no_decision_decides_nothing(mock_gateway: GatewayProcess) -> None:
    answer = charge(source="tok_requires_action")
    assert httpx.post(answer.action_url, data={"decision": "perhaps"}, trust_env=False).status_code == 400
    assert httpx.post(answer.action_url[:-1] + "x", data={"decision": "approve"}, trust_env=False).status_code == 404
    assert gateway_of("mock").fetch(answer.gateway_id).status == "requires_action"


def test_its_front_page_lists_what_it_keeps_and_runs_no_script_of_ours(mock_gateway: GatewayProcess) -> None:
    gateway_of("mock").charge(key="PAY-00000001", amount=TOTAL, source="tok_ok", subject="<script>alert(1)</script>")
    page = asked(mock_gateway, "GET", "/")
    assert "&lt;script&gt;" in page.text
    assert "<script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


# --- Its switches -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        {"colour": "red"},
        {"down": 1},
        {"duplicate": True},
        {"duplicate": -1},
        {"duplicate": "2"},
        {"delay": -1},
        {"delay": "1"},
        {"forged": "nicely"},
        {"notify": None},
        {"lie": []},
        {"lost": True, "forged": 3},
    ],
)
def test_what_is_no_switch_or_no_value_of_one_turns_nothing(wanted: dict[str, Any]) -> None:
    with pytest.raises(BadSwitch):
        Switches().turned(wanted)


def test_switches_are_turned_one_by_one_and_all_are_off_after_a_reset(mock_gateway: GatewayProcess) -> None:
    mock_gateway.switch(lost=True)
    mock_gateway.switch(forged=True, duplicate=3)
    now = asked(mock_gateway, "GET", "/_switches").json()
    assert (now["lost"], now["forged"], now["duplicate"]) == (True, "secret", 3)
    mock_gateway.reset()
    assert asked(mock_gateway, "GET", "/_switches").json() == Switches().as_json()


def test_the_page_names_every_source_and_every_switch() -> None:
    page = (ROOT / "docs" / "mock-gateway.md").read_text()
    words = {"down", *SOURCES, *DECLINES, *Switches().as_json(), *filter(None, FORGERIES)}
    assert {word for word in words if f"`{word}`" not in page} == set()


def test_all_can_be_declined(mock_gateway: GatewayProcess) -> None:
    mock_gateway.switch(decline_all=True)
    assert charge(1).failure_code == "card_declined"
    mock_gateway.switch(decline_all=False)
    assert charge(1).failure_code == "card_declined"
    assert charge(2).status == "succeeded"


def test_the_cap_on_refunds_can_be_taken_off(mock_gateway: GatewayProcess) -> None:
    mock_gateway.switch(refund_cap_off=True)
    payment, gateway = charge().gateway_id, gateway_of("mock")
    refund = gateway.refund(key="RF-00000001", gateway_id=payment, amount=Money(150_001, "KES"))
    assert refund.status == "succeeded"
    assert [line["amount"] for line in mock_gateway.statement()] == [150_000, 150_001]


def test_only_so_many_replies_are_dropped(mock_gateway: GatewayProcess) -> None:
    mock_gateway.switch(drop_replies=2)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            charge()
    assert charge().status == "succeeded"
    assert len(mock_gateway.statement()) == 1


# --- What it keeps ----------------------------------------------------------------------------------------------------


def test_the_statement_says_all_that_moved_in_order_also_over_several_pages(mock_gateway: GatewayProcess) -> None:
    with httpx.Client(base_url=mock_gateway.url, headers=secret_of(mock_gateway), trust_env=False) as client:
        for number in range(502):
            body = {"amount": number + 1, "currency": "KES", "source": "tok_ok", "subject": "SK-1"}
            client.post("/v1/payments", json=body, headers={"Idempotency-Key": f"PAY-{number:08}"})
        assert len(client.get("/v1/statement").json()["data"]) == 500
        assert client.get("/v1/statement?after=-1").status_code == 400
    lines = mock_gateway.statement()
    assert [line["number"] for line in lines] == list(range(1, 503))
    assert [line["amount"] for line in lines] == list(range(1, 503))
    assert {(line["kind"], line["currency"], line["subject"]) for line in lines} == {("captured", "KES", "SK-1")}
    assert lines[7]["key"] == "PAY-00000007"


def test_the_id_of_the_request_is_kept_with_the_payment(mock_gateway: GatewayProcess) -> None:
    headers = secret_of(mock_gateway) | {"Idempotency-Key": "PAY-00000001", "X-Request-ID": "request-0001"}
    body = {"amount": 1000, "currency": "KES", "source": "tok_ok", "subject": "SK-1"}
    said = asked(mock_gateway, "POST", "/v1/payments", json=body, headers=headers).json()
    assert (said["request_id"], "asked" in said) == ("request-0001", False)
