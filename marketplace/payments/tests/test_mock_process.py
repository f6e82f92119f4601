"""The mock gateway as a process: what it keeps when it ends, how it is started, and with whom it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command

from core.money import Money
from marketplace.payments.companions import mock_gateway as companion
from marketplace.payments.gateways import Answer, gateway_of
from marketplace.payments.mockgateway.control import ROOT, GatewayProcess

pytestmark = pytest.mark.once

TOTAL = Money(150_000, "KES")


def charge(number: int = 1, source: str = "tok_ok") -> Answer:
    return gateway_of("mock").charge(key=f"PAY-{number:08}", amount=TOTAL, source=source, subject="SK-1")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(is_so: Callable[[], bool], patience: int = 10) -> bool:
    deadline = time.monotonic() + patience
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.05)
    return is_so()


@pytest.fixture
def started(settings: Any) -> Iterator[Callable[..., GatewayProcess]]:
    """Start gateways of a test's own."""
    running: list[GatewayProcess] = []

    def start(**options: Any) -> GatewayProcess:
        gateway = GatewayProcess(secret=settings.MOCK_GATEWAY_SECRET, **options)
        gateway.start()
        running.append(gateway)
        settings.MOCK_GATEWAY_URL = gateway.url
        return gateway

    yield start
    for each in running:
        each.stop()


@pytest.mark.parametrize("end", [GatewayProcess.stop, GatewayProcess.kill])
def test_with_a_file_it_remembers_payments_keys_and_the_statement(
    started: Any, tmp_path: Path, end: Callable[[GatewayProcess], None]
) -> None:
    gateway = started(file=tmp_path / "kept.jsonl")
    paid, waiting = charge(1), charge(2, "tok_requires_action")
    gateway_of("mock").refund(key="RF-00000001", gateway_id=paid.gateway_id, amount=Money(100_000, "KES"))
    before = gateway.statement()
    end(gateway)
    again = started(file=tmp_path / "kept.jsonl")
    assert charge(1) == paid
    assert again.statement() == before
    refund = gateway_of("mock").refund(key="RF-00000002", gateway_id=paid.gateway_id, amount=Money(50_001, "KES"))
    assert refund.failure_code == "refund_exceeds_capture"
    again.settle(waiting.gateway_id)
    assert [line["amount"] for line in again.statement()] == [150_000, 100_000, 150_000]


def test_a_line_that_was_cut_while_it_was_written_is_dropped_and_the_rest_stays(started: Any, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    started(file=kept).stop()
    gateway = started(file=kept)
    paid = charge(1)
    gateway.kill()
    kept.write_text(kept.read_text() + kept.read_text()[:50])
    again = started(file=kept)
    assert charge(1) == paid
    charge(2)
    again.stop()
    assert [line["key"] for line in started(file=kept).statement()] == ["PAY-00000001", "PAY-00000002"]


def test_without_a_file_it_forgets(started: Any) -> None:
    charge_before = started() and charge(1)
    started()
    assert charge(1).gateway_id != charge_before.gateway_id


def test_it_knows_nothing_of_django() -> None:
    said = (
        "import sys, marketplace.payments.mockgateway.__main__; print('django' in sys.modules, 'core' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", said], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_it_ends_with_whoever_started_it_also_when_that_one_is_killed(tmp_path: Path) -> None:
    start = (
        "import time\nfrom marketplace.payments.mockgateway.control import GatewayProcess\n"
        "gateway = GatewayProcess(secret='s' * 40)\ngateway.start()\nprint(gateway.port, flush=True)\ntime.sleep(60)\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", start], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    port = int(starter.stdout.readline())  # type: ignore[union-attr]
    assert listens(port)
    os.kill(starter.pid, signal.SIGKILL)
    starter.communicate()
    assert until(lambda: not listens(port))


def test_a_port_that_is_taken_is_told(started: Any) -> None:
    taken = started()
    with pytest.raises(RuntimeError):
        started(port=taken.port)
    with pytest.raises(CommandError, match=f"Port {taken.port} on 127.0.0.1 is taken"):
        call_command("mockgateway", port=taken.port)


def test_production_has_no_mock_gateway_unless_it_is_a_rehearsal(settings: Any) -> None:
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="no place in production"):
        call_command("mockgateway", port=0)
    settings.REHEARSAL, settings.MOCK_GATEWAY_SECRET = True, ""
    with pytest.raises(CommandError, match="SOKO_MOCK_GATEWAY_SECRET"):
        call_command("mockgateway", port=0)


def test_the_demo_brings_one_along_and_takes_it_away_again(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    with companion("http://127.0.0.1:1") as url:
        assert url == settings.MOCK_GATEWAY_URL
        assert charge().status == "succeeded"
        switches = httpx.get(f"{url}/_switches", trust_env=False).json()
        assert switches["notify"] == "http://127.0.0.1:1/api/hooks/mock"
    (line,) = (tmp_path / "mock-gateway.jsonl").read_text().splitlines()
    assert json.loads(line)["movement"]["key"] == "PAY-00000001"
    assert not listens(int(url.rpartition(":")[2]))


def test_the_demo_starts_none_where_one_runs_or_none_is_wanted(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    settings.MOCK_GATEWAY_URL = "http://127.0.0.1:1"
    with companion("http://127.0.0.1:2") as url:
        assert url == "http://127.0.0.1:1"
    settings.MOCK_GATEWAY_URL, settings.GATEWAYS = "", []
    with companion("http://127.0.0.1:2") as url:
        assert url == ""
    assert list(tmp_path.iterdir()) == []
