"""A job that takes long over one chunk is not taken for dead; one that hangs is."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from core.jobs import pulse, running
from core.jobs.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Half a minute is a fifth of a second, and what the queue is given is kept."""
    given: list[int] = []
    monkeypatch.setattr(running, "run_job", SimpleNamespace(enqueue=lambda *, job_id: given.append(job_id)))
    monkeypatch.setattr(running, "SILENT_FOR", timedelta(seconds=4))
    monkeypatch.setattr(pulse, "BEAT", 0.2)
    yield given
    running._kinds.pop("slow", None)


def slow() -> Job:
    return Job.objects.create(kind="slow", title="Slow", actor_name="x", audience="system", request_id="")


def rescued_by_another() -> int:
    """What a rescue from another connection takes up; who cannot write takes up nothing."""

    def rescue() -> int:
        try:
            return running.rescue()
        except OperationalError:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        return other.submit(rescue).result()


def test_a_chunk_may_take_longer_than_a_job_may_be_silent(brief: list[int]) -> None:
    rescued: list[int] = []

    @running.job("slow")
    def work(run: running.JobRun) -> Iterator[int]:
        run.row(0)
        for _step in range(3):
            time.sleep(2)
            rescued.append(rescued_by_another())
        yield 1

    row = slow()
    running.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.done_count, sum(rescued), brief) == ("done", 1, 0, [])


@pytest.mark.services
def test_who_hangs_in_a_chunk_falls_silent_and_keeps_nothing(brief: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite its open transaction keeps everybody else from writing: what hangs there hangs for all, until it is ended."""
    monkeypatch.setattr(pulse, "STUCK_AFTER", 0.5)
    rescued: list[int] = []

    @running.job("slow")
    def work(run: running.JobRun) -> Iterator[int]:
        run.row(0)
        time.sleep(6)
        rescued.append(rescued_by_another())
        Job.objects.filter(pk=row.pk).update(beat_at=timezone.now() + timedelta(hours=1))  # who took it has begun
        yield 1

    row = slow()
    running.run(row.pk)
    row.refresh_from_db()
    assert (rescued, brief, row.done_count, row.checkpoint) == ([1], [row.pk], 0, None)


def test_who_moves_within_a_long_chunk_does_not_hang(brief: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "STUCK_AFTER", 2)
    rescued: list[int] = []

    @running.job("slow")
    def work(run: running.JobRun) -> Iterator[int]:
        for _step in range(12):
            time.sleep(0.5)
            run.moved()
        rescued.append(rescued_by_another())
        yield 1

    row = slow()
    running.run(row.pk)
    row.refresh_from_db()
    assert (row.status, rescued) == ("done", [0])


def test_beats_and_checkpoints_do_not_take_the_job_from_each_other(
    brief: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "BEAT", 0.001)

    @running.job("slow")
    def work(run: running.JobRun) -> Iterator[int]:
        for place in range(60):
            run.row(place)
            yield place

    row = slow()
    running.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.done_count, row.rows.count()) == ("done", 60, 60)


def test_a_beat_that_the_database_refuses_is_tried_again(brief: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[Any] = []

    def failing() -> bool:
        beats.append(1)
        if len(beats) == 1:
            raise OperationalError("the database is away")
        return len(beats) < 3

    held = pulse.Pulse()
    with held.vouching(failing):
        time.sleep(1)
    assert len(beats) == 3


def test_where_one_alone_writes_the_beat_stops_before_a_step_begins(
    brief: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A beat that holds the lock and waits for the database, which waits for the lock, would keep everybody from writing."""
    held: list[bool] = []
    honest, whole = running._kept, running.transaction.atomic

    def watched(run: running.JobRun, step: Any) -> bool:
        def begun(*options: Any, **more: Any) -> Any:
            held.append(run.pulse.lock._is_owned())  # type: ignore[attr-defined]
            return whole(*options, **more)

        with monkeypatch.context() as patched:
            patched.setattr(running.transaction, "atomic", begun)
            return honest(run, step)

    monkeypatch.setattr(running, "_kept", watched)

    @running.job("slow")
    def work(run: running.JobRun) -> Iterator[int]:
        yield 1

    running.run(slow().pk)
    assert set(held[:1]) == {connection.vendor == "sqlite"}
