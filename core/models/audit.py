"""The audit trail: one fact for each thing somebody did."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from core.models.bases import Fact
from core.rules import Policy, Rows, granted


class Audit(Fact):
    """Who did what to which row, when, through which audience, why, and what changed ({field: [before, after]})."""

    deed = models.UUIDField(db_index=True)
    at = models.DateTimeField(db_index=True)
    verb = models.CharField(max_length=48)
    model = models.CharField(max_length=64)
    object_id = models.BigIntegerField(null=True)
    object_text = models.CharField(max_length=120)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120)
    on_behalf_of = models.BigIntegerField(null=True)
    audience = models.CharField(max_length=12)
    state_from = models.CharField(max_length=24)
    state_to = models.CharField(max_length=24)
    reason = models.TextField()
    request_id = models.CharField(max_length=64)
    diff = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    policy = Policy(operations=Rows(view=granted("view_audit")))

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=("model", "object_id", "-id"), name="audit_object"),
            models.Index(fields=("actor_id", "-id"), name="audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.model} {self.object_text}"
