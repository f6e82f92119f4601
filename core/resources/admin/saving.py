"""How the admin saves and deletes: through the engine's operations, and nothing else."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import router, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from core.errors import DomainError
from core.resources import operations
from core.resources.declaration import Resource


class OperationsOnly:
    """Saving and deleting, for the base admin."""

    resource: type[Resource]
    model: Any
    opts: Any
    actor: Any
    get_object: Any
    has_delete_permission: Any

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return form.instance

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = form.values()
        if change:
            saved = (
                operations.update(obj, values, by=self.actor(request), version=form.cleaned_data.get("_version"))
                if values
                else obj
            )
        else:
            saved = operations.create(self.resource, values, by=self.actor(request))
        obj.__dict__.update({key: value for key, value in saved.__dict__.items() if key != "seen_by"})

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        for formset in formsets:
            self.save_formset(request, form, formset, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save_by(self.actor(request), form.instance)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        operations.delete(obj, by=self.actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        raise PermissionDenied

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Counts only: the names of rows that hang on this one are nobody's business here."""
        return [], {str(self.opts.verbose_name_plural): len(objs)}, set(), []

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, then delete. What other rows still need is kept, and the page says so."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_delete_permission(request, row):
            raise PermissionDenied
        try:
            with transaction.atomic(using=router.db_for_write(self.model)):
                return super().delete_view(request, object_id, extra_context)  # type: ignore[misc]
        except DomainError as refusal:
            request.method = "GET"
            return super().delete_view(request, object_id, {**(extra_context or {}), "refused": refusal.detail})  # type: ignore[misc]

    def log_addition(self, *_arguments: Any) -> None:
        """The audit trail has it already."""

    log_change = log_deletions = log_addition

    def construct_change_message(self, *_arguments: Any, **_options: Any) -> str:
        return ""
