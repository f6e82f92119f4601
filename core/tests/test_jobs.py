"""Jobs do each row once, whatever stops them."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from core.errors import Conflict
from core.jobs import running
from core.jobs.models import Job, JobRow
from core.rules import Actor

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = Actor.system("test")


@pytest.fixture
def count() -> Iterator[dict[str, Any]]:
    """A kind of job that counts to ten in chunks of three, noting each number; it can be told to break."""
    state: dict[str, Any] = {"seen": [], "break_at": None, "refuse": False}

    @running.job("count")
    def work(run: running.JobRun) -> Iterator[int]:
        run.expect(10)
        place = run.checkpoint or 0
        while place < 10:
            for number in range(place, min(place + 3, 10)):
                if state["break_at"] == number:
                    state["break_at"] = None
                    raise (Conflict() if state["refuse"] else RuntimeError("broken"))
                state["seen"].append(number)
                run.row(number, "odd" if number == 7 else "done")
            place = min(place + 3, 10)
            yield place
        run.conclude(counted=place)

    yield state
    del running._kinds["count"]


def begin() -> Job:
    made = running.start("count", by=SYSTEM, title="Count to ten", params={})
    return Job.objects.get(pk=made.pk)


def waiting() -> Job:
    return Job.objects.create(kind="count", title="Count", actor_name="x", audience="system", request_id="")


def test_a_job_counts_what_was_done_and_what_was_refused(count: dict[str, Any]) -> None:
    row = waiting()
    running.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.total, row.done_count, row.failed_count, row.percent, row.result) == (
        "done",
        10,
        9,
        1,
        100,
        {"counted": 10},
    )
    assert list(row.rows.order_by("number").values_list("number", flat=True)) == list(range(10))


def test_after_a_crash_it_goes_on_from_its_checkpoint_and_no_row_is_done_twice(count: dict[str, Any]) -> None:
    count["break_at"] = 4
    row = waiting()
    running.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.checkpoint, row.done_count, "broken" in row.fault) == ("failed", 3, 3, True)
    assert running.resume(row)
    running.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.done_count, row.failed_count) == ("done", 9, 1)
    assert JobRow.objects.filter(job=row).count() == 10


def test_a_refusal_stops_it_with_its_sentence(count: dict[str, Any]) -> None:
    count.update(break_at=0, refuse=True)
    row = waiting()
    running.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.fault) == ("failed", "That is not possible now.")


def test_a_job_is_run_by_one(count: dict[str, Any]) -> None:
    row = waiting()
    running.run(row.pk)
    running.run(row.pk)
    assert count["seen"] == list(range(10))


def test_a_paused_job_stops_after_its_chunk_and_resumes(count: dict[str, Any]) -> None:
    row = waiting()
    assert running.pause(row)
    running.run(row.pk)
    assert count["seen"] == []
    assert running.resume(row)
    running.run(row.pk)
    assert count["seen"] == list(range(10))
    assert not running.cancel(row)


def test_one_that_lost_its_job_to_a_later_run_keeps_nothing_of_its_chunk(count: dict[str, Any]) -> None:
    """As a process that was thought dead, and wakes in the middle of a chunk that somebody else does by now."""
    row, later = waiting(), timezone.now() + timedelta(hours=1)

    @running.job("sleepy")
    def work(run: running.JobRun) -> Iterator[int]:
        run.row(0)
        yield 1
        run.row(1)
        Job.objects.filter(pk=row.pk).update(beat_at=later)
        yield 2

    Job.objects.update(kind="sleepy")
    running.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.checkpoint, row.done_count, row.fault) == ("running", 1, 1, "")
    assert list(row.rows.values_list("number", flat=True)) == [0]
    del running._kinds["sleepy"]


def handed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The jobs that the queue is given from now on."""
    given: list[int] = []
    monkeypatch.setattr(
        running, "run_job", SimpleNamespace(enqueue=lambda *, job_id: given.append(job_id)), raising=True
    )
    return given


def test_a_job_whose_process_fell_silent_is_taken_up_once(
    count: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = handed(monkeypatch)
    silent, lively = waiting(), waiting()
    long_ago = timezone.now() - timedelta(minutes=5)
    Job.objects.filter(pk=silent.pk).update(status="running", beat_at=long_ago, checkpoint=3, done_count=3)
    Job.objects.filter(pk=lively.pk).update(status="running", beat_at=timezone.now())
    assert [running.rescue(), running.rescue()] == [1, 0]
    assert given == [silent.pk]
    running.run(silent.pk)
    silent.refresh_from_db()
    assert (silent.status, silent.done_count + silent.failed_count) == ("done", 10)
    assert count["seen"] == [3, 4, 5, 6, 7, 8, 9]


def test_a_job_that_no_queue_took_is_handed_over_again(count: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    given = handed(monkeypatch)
    lost, fresh = waiting(), waiting()
    Job.objects.filter(pk=lost.pk).update(status_since=timezone.now() - timedelta(minutes=5))
    assert [running.rescue(), running.rescue()] == [1, 0]
    assert given == [lost.pk]
    assert fresh.pk not in given
