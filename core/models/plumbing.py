"""Tallies of the platform's plumbing: idempotency keys and schedules."""

from django.db import models

from core.models.bases import Tally
from core.rules import Policy, Rows, granted


class IdempotencyKey(Tally):
    """One keyed request: what it asked (as a hash), and the answer that a repeat of it is given."""

    scope = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("scope", "key"), name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class ScheduledJob(Tally):
    """When a scheduled function runs next, and how its last run went."""

    name = models.CharField(max_length=80, unique=True)
    cron = models.CharField(max_length=60)
    is_on = models.BooleanField(default=True)
    next_run_at = models.DateTimeField(db_index=True)
    last_run_at = models.DateTimeField(null=True)
    last_fault = models.TextField(blank=True)
    leased_until = models.DateTimeField("running, at most until", null=True)

    policy = Policy(operations=Rows(view=granted("view_platform")))

    def __str__(self) -> str:
        return self.name
