"""The editors of what attributes are: an attribute with the fields of its kind, and a change of one with its effect."""

from typing import Any

from django.http import HttpRequest

from core.admin.actors import admin_actor
from core.jobs.models import Job
from core.resources.admin import admin_of, forms
from core.resources.admin.rows import row_url
from core.rules import scope
from marketplace.catalog import shapes
from marketplace.catalog.models import Attribute
from marketplace.catalog.resources import Attributes, DefinitionChanges


class AttributesAdmin(admin_of(Attributes)):  # type: ignore[misc]
    """The generated admin; an attribute that is there is asked only for what its kind has."""

    def get_form(self, request: HttpRequest, obj: Attribute | None = None, change: bool = False, **options: Any) -> Any:
        if obj is None or not self.has_change_permission(request, obj):
            return super().get_form(request, obj, change, **options)
        return forms.form_for(self, request, self.actor(request), obj, without=obj.does_not_have)


class DefinitionChangesAdmin(admin_of(DefinitionChanges)):  # type: ignore[misc]
    """The generated admin, and above the form what applying the change would do, with samples; then its job."""

    change_form_before_template = "catalog/effect.html"

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            return context
        job = Job.objects.filter(pk=row.job_id).first() if row.job_id else None
        seen = job is not None and scope(admin_actor(request), Job).filter(pk=job.pk).exists()
        return {**context, "effect": shapes.effect(row), "job_link": row_url(job) if job is not None and seen else ""}
