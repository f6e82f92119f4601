"""Running jobs: each chunk with its results and its checkpoint is one transaction, so a crash repeats nothing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.tasks import task
from django.utils import timezone

from core import context
from core.audiences import audience_named
from core.errors import DomainError
from core.inserting import insert
from core.jobs.models import JOB, Job, JobRow
from core.jobs.pulse import Pulse
from core.rules import Actor, actor_of

log = structlog.get_logger("jobs")
SILENT_FOR = timedelta(minutes=2)  # a running job that has said nothing for so long has lost its process

Work = Callable[["JobRun"], Iterator[Any]]
ENDED = object()


@dataclass(frozen=True)
class Kind:
    """How a kind of job runs."""

    work: Work
    in_steps: bool


_kinds: dict[str, Kind] = {}


def job(kind: str, *, in_steps: bool = False) -> Callable[[Work], Work]:
    """Register how a kind of job runs: a generator that does one chunk, then yields the checkpoint it would go on from.

    What it does before a yield is one transaction with that checkpoint and the rows' results. It starts again from
    `run.checkpoint` (None at first), so it must find its place by it. A DomainError stops the job as failed with its
    sentence; so does any other fault, and both may be resumed.

    `in_steps`: it yields functions instead, and each of them is the transaction and answers the checkpoint. What the generator
    does itself, as reading far into a file, is outside of any: a database ends a transaction that waits for long.
    """

    def register(function: Work) -> Work:
        _kinds[kind] = Kind(function, in_steps)
        return function

    return register


@dataclass
class JobRun:
    """One run of a job, as its function sees it."""

    job: Job
    actor: Actor
    beat: datetime  # the last sign of life; who finds another in the row has lost the job to a later run
    results: list[JobRow] = field(default_factory=list)
    unnamed: int = 0
    pulse: Pulse = field(default_factory=Pulse)

    @property
    def params(self) -> dict[str, Any]:
        return self.job.params

    @property
    def checkpoint(self) -> Any:
        return self.job.checkpoint

    def moved(self) -> None:
        """Say that a long chunk goes on. One that says nothing for ten minutes is taken for dead, and taken up anew."""
        self.pulse.moved()

    def expect(self, total: int) -> None:
        """Say how many rows there are."""
        self.job.total = total

    def row(
        self,
        number: int,
        code: str = "done",
        message: str = "",
        object_id: int | None = None,
        *,
        version: int | None = None,
        former: int | None = None,
        faults: dict[str, str] | None = None,
    ) -> None:
        """Say what became of a row."""
        told = JobRow(job=self.job, number=number, code=code, message=message[:2000], object_id=object_id)
        told.version, told.former, told.faults = version, former, faults
        self.results.append(told)

    def advance(self, count: int) -> None:
        """Say that so many rows more are done, of which none has a result of its own. Below zero: they are done anew."""
        self.unnamed += count

    def conclude(self, **facts: Any) -> None:
        """Keep facts for whoever reads the job's page."""
        self.job.result = {**self.job.result, **facts}


def start(kind: str, *, by: Actor, title: str, params: dict[str, Any], total: int | None = None) -> Job:
    """Make a job and hand it to the queue once the transaction is through."""
    if kind not in _kinds:
        raise KeyError(kind)
    made = Job(
        kind=kind,
        title=title[:200],
        params=params,
        total=total,
        actor_id=by.user_id,
        actor_name=by.name[:120],
        audience="system" if by.is_system else by.audience.word,
        request_id=context.request_id.get(),
    )
    made.save()
    transaction.on_commit(lambda: run_job.enqueue(job_id=made.pk))
    return made


def pause(row: Job) -> bool:
    """Stop after the chunk at hand; False when it is not running or waiting."""
    return bool(JOB.shift(Job.objects.filter(pk=row.pk), "pause"))


def cancel(row: Job) -> bool:
    """Stop for good after the chunk at hand; what was done stays done."""
    return bool(JOB.shift(Job.objects.filter(pk=row.pk), "cancel"))


def resume(row: Job) -> bool:
    """Go on from the checkpoint; False when it is neither paused nor failed."""
    if not JOB.shift(Job.objects.filter(pk=row.pk), "resume"):
        return False
    transaction.on_commit(lambda: run_job.enqueue(job_id=row.pk))
    return True


def rescue() -> int:
    """Take up jobs that lost their process, and hand over again those that no queue took. Returns how many."""
    silent = timezone.now() - SILENT_FOR
    rescued = 0
    for row in Job.objects.filter(status="running", beat_at__lt=silent):
        if JOB.shift(Job.objects.filter(pk=row.pk, beat_at=row.beat_at), "fail"):
            rescued += resume(row)
    waiting = Job.objects.filter(status="waiting", status_since__lt=silent)
    for pk in waiting.filter(Q(beat_at=None) | Q(beat_at__lt=silent)).values_list("pk", flat=True):
        Job.objects.filter(pk=pk, status="waiting").update(beat_at=timezone.now())
        run_job.enqueue(job_id=pk)
        rescued += 1
    return rescued


@task
def run_job(job_id: int) -> None:
    """The queue's door to run."""
    run(job_id)


def run(job_id: int) -> None:
    """Run a waiting job until it is done, paused or cancelled. A job that somebody else runs is left alone."""
    now = timezone.now()
    with transaction.atomic():  # nobody may see it running with the beat of an earlier run
        if not JOB.shift(Job.objects.filter(pk=job_id), "start"):
            return
        Job.objects.filter(pk=job_id).update(beat_at=now, fault="")
        Job.objects.filter(pk=job_id, started_at=None).update(started_at=now)
    row = Job.objects.get(pk=job_id)
    held = JobRun(row, _actor(row), now)
    token = context.request_id.set(row.request_id)
    try:
        with held.pulse.vouching(partial(_beat, held)):
            _chunks(held)
    except Lost:
        log.warning("job_lost", job=job_id)
    except Exception as fault:
        words = fault.detail if isinstance(fault, DomainError) else f"{type(fault).__name__}: {fault}"
        if not isinstance(fault, DomainError):
            log.exception("job_failed", job=job_id)
        with transaction.atomic():
            if _mine(held).update(fault=words[:4000]):
                JOB.shift(_mine(held), "fail")
    finally:
        context.request_id.reset(token)


class Lost(Exception):
    """A later run has the job: what this one did since its last checkpoint is undone."""


def _mine(run: JobRun) -> QuerySet[Job]:
    return Job.objects.filter(pk=run.job.pk, beat_at=run.beat)


def _beat(run: JobRun) -> bool:
    """Give a sign of life between two checkpoints; False where the job is another run's."""
    beat = timezone.now()
    if not _mine(run).update(beat_at=beat):
        return False
    run.beat = beat
    return True


def _is_on(run: JobRun) -> bool:
    with run.pulse.lock:
        return _mine(run).filter(status="running").exists()


def _chunks(run: JobRun) -> None:
    kind = _kinds[run.job.kind]
    work = kind.work(run)
    try:
        while _is_on(run):
            step = next(work, lambda: ENDED) if kind.in_steps else partial(next, work, ENDED)
            if not _kept(run, step):
                return
    finally:
        work.close()  # type: ignore[attr-defined]


def _kept(run: JobRun, step: Callable[[], Any]) -> bool:
    """Do a step and keep its checkpoint in one transaction; False when that was the end."""
    with ExitStack() as beating_stopped:
        if connection.vendor == "sqlite":
            # Nobody else can write while this transaction is open, so nobody can take the job either: no beat is needed. The lock
            # comes first, since a beat that has it waits for the database.
            beating_stopped.enter_context(run.pulse.lock)
        with transaction.atomic():
            checkpoint = step()
            beating_stopped.enter_context(run.pulse.lock)  # until the commit: the beat is the checkpoint's from here on
            if checkpoint is not ENDED:
                _keep(run, checkpoint)
                return True
            _keep(run, run.job.checkpoint)
            _mine(run).update(finished_at=timezone.now())
            JOB.shift(_mine(run), "finish")
            return False


def _keep(run: JobRun, checkpoint: Any) -> None:
    done = sum(each.code == "done" for each in run.results)
    refused = len(run.results) - done
    beat = timezone.now()
    kept = _mine(run).update(
        checkpoint=checkpoint,
        done_count=F("done_count") + done + run.unnamed,
        failed_count=F("failed_count") + refused,
        total=run.job.total,
        result=run.job.result,
        beat_at=beat,
    )
    if not kept:
        raise Lost
    insert(run.results)
    run.job.checkpoint, run.beat, run.results, run.unnamed = checkpoint, beat, [], 0
    run.moved()


def _actor(row: Job) -> Actor:
    """Who started it, with the rights they have now."""
    if row.audience == "system":
        return Actor.system(row.title)
    user = get_user_model()._default_manager.filter(pk=row.actor_id or 0, is_active=True).first()
    return actor_of(user, audience_named(row.audience)) if user is not None else Actor.anonymous
