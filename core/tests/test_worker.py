"""The embedded worker outlives the faults of its rounds and stops when told; the demo ends cleanly however it is ended."""

import signal
import socket
from datetime import timedelta
from io import StringIO
from threading import Event
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from core import relay, schedule, tasks, worker
from core.management.commands import demo

PATIENCE = 10.0


class Faulty:
    """Work that fails in its first round and says when it has come to its second."""

    def __init__(self) -> None:
        self.rounds = 0
        self.again = Event()

    def __call__(self, *_arguments: object) -> int:
        self.rounds += 1
        if self.rounds == 1:
            raise OperationalError("database is locked")
        self.again.set()
        return 0


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> dict[str, Faulty]:
    """The three loops of a worker, each of them faulty, with pauses that nobody has to wait for."""
    found = {"relay": Faulty(), "schedule": Faulty(), "queue": Faulty()}
    monkeypatch.setattr(relay, "relay", found["relay"])
    monkeypatch.setattr(schedule, "tick", found["schedule"])
    monkeypatch.setattr(worker.QueueWorker, "run", found["queue"])
    monkeypatch.setattr(worker, "PAUSES", {"relay": 0.01, "schedule": 0.01, "queue": 0.01})
    return found


def test_a_fault_of_one_round_ends_no_loop(rounds: dict[str, Faulty]) -> None:
    made = worker.EmbeddedWorker()
    made.start()
    came_again = {name: each.again.wait(PATIENCE) for name, each in rounds.items()}
    made.stop()
    assert came_again == {"relay": True, "schedule": True, "queue": True}
    assert [each.is_alive() for each in made._threads] == [False, False, False]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> dict[str, Any]:
    """A demo whose database, worker and server only say what they were asked."""
    said: dict[str, Any] = {"called": [], "told": {}, "worker": [], "end_by": signal.SIGTERM, "early": False}
    settings.DEMO, settings.EMBEDDED, settings.STATIC_ROOT = True, True, tmp_path / "static"

    class Worker:
        def start(self) -> None:
            said["worker"].append("start")

        def stop(self) -> None:
            said["worker"].append("stop")

    def prepare(name: str, **options: object) -> None:
        said["called"].append(name)
        said["told"][name] = options
        if said["early"]:
            signal.raise_signal(said["end_by"])

    monkeypatch.setattr(demo, "EmbeddedWorker", Worker)
    monkeypatch.setattr(demo, "call_command", prepare)
    monkeypatch.setattr(demo.uvicorn, "run", lambda *_a, **_n: signal.raise_signal(said["end_by"]))
    kept = signal.getsignal(signal.SIGTERM)
    yield said
    signal.signal(signal.SIGTERM, kept)


def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.django_db
@pytest.mark.parametrize("end_by", [signal.SIGTERM, signal.SIGINT])
def test_the_demo_stops_its_worker_and_says_so(stage: dict[str, Any], end_by: int) -> None:
    stage["end_by"] = end_by
    out, number = StringIO(), port()
    call_command("demo", port=number, stdout=out)
    assert stage["called"] == ["migrate", "seed_demo"]
    assert stage["told"]["seed_demo"]["sign_ins"] is False
    assert out.getvalue().count("Password:") == 1
    assert stage["worker"] == ["start", "stop"]
    assert f"http://127.0.0.1:{number}/admin/" in out.getvalue()
    assert out.getvalue().splitlines()[-1] == "Stopped."


@pytest.mark.django_db
def test_the_demo_can_be_ended_while_it_prepares(stage: dict[str, Any]) -> None:
    stage["early"] = True
    out = StringIO()
    call_command("demo", port=port(), stdout=out)
    assert (stage["called"], stage["worker"], out.getvalue().splitlines()[-1]) == (["migrate"], [], "Stopped.")


def test_a_taken_port_is_refused_before_anything_is_made(stage: dict[str, Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(CommandError) as refusal:
            call_command("demo", port=number)
    assert str(refusal.value) == f"Port {number} on 127.0.0.1 is taken; choose another with PORT=8001."
    assert stage["called"] == []


def test_outside_of_the_demo_nobody_opens_its_accounts(stage: dict[str, Any], settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="SOKO_DEMO=1"):
        call_command("demo", port=port())
    settings.DEMO, settings.EMBEDDED = True, False
    with pytest.raises(CommandError, match="embedded profile only"):
        call_command("demo", port=port())
    assert stage["called"] == []


@pytest.mark.django_db
def test_finished_tasks_are_forgotten_after_a_week_and_waiting_ones_never() -> None:
    long_ago = timezone.now() - timedelta(days=8)
    common = {"task_path": "core.relay.deliver", "args_kwargs": {"args": [], "kwargs": {}}, "backend_name": "default"}
    for status, finished in (("SUCCESSFUL", long_ago), ("FAILED", long_ago), ("SUCCESSFUL", timezone.now())):
        DBTaskResult.objects.create(status=status, finished_at=finished, **common)
    DBTaskResult.objects.create(status="READY", **common)
    tasks.forget_finished_tasks()
    assert sorted(DBTaskResult.objects.values_list("status", flat=True)) == ["READY", "SUCCESSFUL"]
