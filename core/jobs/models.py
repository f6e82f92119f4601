"""A job and what became of each of its rows."""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from core.audiences import OPERATIONS, STOREFRONT
from core.models import Record, Tally
from core.rules import NO_ROWS, Actor, Policy, Rows, either, granted
from core.states import Moves

JOB = Moves(
    "status",
    initial="waiting",
    table=(
        ("waiting", "start", "running"),
        ("paused", "resume", "waiting"),
        ("failed", "resume", "waiting"),
        ("running", "finish", "done"),
        ("running", "fail", "failed"),
        ("waiting", "pause", "paused"),
        ("running", "pause", "paused"),
        ("waiting", "cancel", "cancelled"),
        ("running", "cancel", "cancelled"),
        ("paused", "cancel", "cancelled"),
        ("failed", "cancel", "cancelled"),
    ),
    tones={"running": "info", "done": "success", "failed": "danger", "paused": "warning"},
)


def own_jobs(actor: object) -> models.Q:
    """The jobs one started oneself."""
    user_id = getattr(actor, "user_id", None)
    return models.Q(actor_id=user_id) if user_id else models.Q(pk__in=())


class Job(Tally):
    """Long work: who started it with which parameters, how far it is, and where it goes on after a stop."""

    kind = models.CharField(max_length=48)
    title = models.CharField(max_length=200)
    status = JOB.field(db_index=True)
    status_since = models.DateTimeField(default=timezone.now)
    params = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    checkpoint = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    result = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    total = models.PositiveIntegerField(null=True)
    done_count = models.PositiveIntegerField(default=0)
    failed_count = models.PositiveIntegerField(default=0)
    actor_id = models.BigIntegerField(null=True, db_index=True)
    actor_name = models.CharField(max_length=120)
    audience = models.CharField(max_length=12)
    request_id = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    fault = models.TextField(blank=True)

    moves: ClassVar[Moves] = JOB
    policy: ClassVar[Policy] = Policy(
        vendor=Rows(view=own_jobs),
        operations=Rows(view=either(own_jobs, granted("run_jobs"))),
    )

    class Meta:
        constraints = [JOB.constraint("job_status")]
        indexes = [models.Index(fields=("-created_at",), name="job_newest")]

    def __str__(self) -> str:
        return self.title

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        if self.status == "done":
            return 100
        return min(99, 100 * (self.done_count + self.failed_count) // self.total) if self.total else 0


class JobRow(Tally):
    """What became of one row of a job: done, or refused with a code and a sentence.

    `version` is what the job left the row at, `former` what it found: by them an import is undone. `faults` says what is
    wrong with which column, where a row of a file was refused.
    """

    job = models.ForeignKey(Job, models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    object_id = models.BigIntegerField(null=True)
    code = models.CharField(max_length=64)
    message = models.TextField(blank=True)
    version = models.PositiveIntegerField(null=True)
    former = models.PositiveIntegerField(null=True)
    faults = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("job", "number"), name="one_result_per_row")]

    def __str__(self) -> str:
        return f"{self.number}: {self.code}"


def keeper_of(actor: Actor) -> str:
    """Whose memory an actor shares: that of their tenants' people, or the staff's."""
    if actor.audience is OPERATIONS:
        return "operations"
    return f"{actor.audience.word}:{'.'.join(map(str, sorted(actor.tenants_where())))}"[:80]


def own_memories(actor: Actor) -> models.Q:
    """What one's own people said that headers mean."""
    return models.Q(keeper=keeper_of(actor)) if actor.memberships and actor.audience is not STOREFRONT else NO_ROWS


class ColumnMemory(Record):
    """What the headers of a file were said to mean, kept for the next file with the same headers.

    `keeper` is whose memory it is: a tenant's people share one, and so does the staff. Forgetting one changes nothing that was
    imported.
    """

    keeper = models.CharField(max_length=80)
    resource = models.CharField(max_length=60)
    digest = models.CharField(max_length=32)
    mapping = models.JSONField(default=dict)
    constants = models.JSONField(default=dict)
    empty_words = models.JSONField(default=list)
    used_at = models.DateTimeField("last used", default=timezone.now, editable=False)

    machine_fields = frozenset({"used_at"})
    policy: ClassVar[Policy] = Policy(
        vendor=Rows(view=own_memories, delete=own_memories),
        operations=Rows(view=granted("run_jobs"), delete=granted("run_jobs")),
    )

    class Meta:
        verbose_name = "remembered mapping"
        indexes = [models.Index(fields=("-used_at", "-id"), name="memory_latest")]
        constraints = [
            models.UniqueConstraint(fields=("keeper", "resource", "digest"), name="one_memory_of_these_headers")
        ]

    def __str__(self) -> str:
        return f"{self.resource}: {', '.join(self.mapping)}"[:120]
