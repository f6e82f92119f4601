"""Child rows inside their parent's form: the child's own resource, rights and operations, in a table."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db import models
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.forms import PaginationInlineFormSet

from core.admin.actors import admin_actor
from core.resources import operations
from core.resources.admin import columns
from core.resources.admin import forms as declared_forms
from core.resources.admin.choices import ScopedChoices
from core.resources.declaration import Resource
from core.resources.registry import resource_of, resources
from core.rules import Actor, allows, policy_of, scope
from core.subclassing import refuse_shadows


class OperationsFormSet(PaginationInlineFormSet):
    """Saves each changed row through the engine's operations; `parent_field` names what ties it to the parent."""

    parent_field = ""

    def save_by(self: Any, actor: Actor, parent: models.Model) -> None:
        """Create, change and delete as the rows say. A refusal undoes the whole form."""
        for form in self.forms:
            if form in self.deleted_forms:
                if form.instance.pk:
                    operations.delete(form.instance, by=actor, version=form.cleaned_data.get("_version"))
            elif form.instance.pk and form.has_changed():
                operations.update(form.instance, form.values(), by=actor, version=form.cleaned_data.get("_version"))
            elif not form.instance.pk and form.has_changed():
                operations.create(form.resource, {**form.values(), self.parent_field: parent}, by=actor)
        self.new_objects: list[Any] = []
        self.changed_objects: list[Any] = []
        self.deleted_objects: list[Any] = []

    def validate_unique(self) -> None:
        """The database and the operations say what is unique."""


class ScopedInline(ScopedChoices, TabularInline):
    """An inline of a resource: the actor's rows, the declared fields, the policy's rights."""

    resource: type[Resource]
    formset = OperationsFormSet
    extra = 0
    per_page = 100  # an attribute may have thousands of options
    tab = True
    show_change_link = True
    template = "admin/edit_inline/tabular.html"

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        refuse_shadows(cls)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        actor = admin_actor(request)
        rows = scope(actor, self.model).order_by(*(each for each in self.resource.order))
        return columns.with_related(rows, self._told(actor), actor)

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> type[BaseInlineFormSet]:
        actor = admin_actor(request)
        parent = self._parent_field()
        form = declared_forms.form_for(self, request, actor, None, without=(parent,))
        return forms.inlineformset_factory(
            self.parent_model,
            self.model,
            form=form,
            formset=type("FormSet", (OperationsFormSet,), {"parent_field": parent}),
            fk_name=parent,
            fields=(),
            extra=self.extra,
            can_delete=self.has_delete_permission(request, obj),
        )

    def _parent_field(self) -> str:
        return next(
            each.name
            for each in self.model._meta.concrete_fields
            if isinstance(each, models.ForeignKey) and each.related_model is self.parent_model
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = list(self.get_formset(request, obj).form.base_fields)
        return [(None, {"fields": self.get_readonly_fields(request, obj) or names})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[Callable[[Any], Any], ...]:
        """Where nothing can be written, the columns of the child's own list."""
        actor = admin_actor(request)
        fields = self.get_formset(request, obj).form.base_fields.values()
        if any(not field.widget.is_hidden for field in fields):
            return ()
        return tuple(self._shown(name, actor) for name in self._told(actor))

    def _told(self, actor: Actor) -> list[str]:
        return [name for name in columns.chosen(self.resource, actor.audience) if name != self._parent_field()]

    def _shown(self, name: str, actor: Actor) -> Callable[[Any], Any]:
        def shown(row: Any) -> Any:
            return columns.read(self.resource, name, row, actor) if row.pk else ""

        shown.__name__, shown.short_description = name, self.label_of(name)  # type: ignore[attr-defined]
        return shown

    def label_of(self, name: str) -> str:
        return columns.title_of(self.resource, name)

    def searches(self, model: type[models.Model], actor: Actor) -> bool:
        found = resource_of(model)
        return (
            found is not None
            and self.admin_site.is_registered(model)
            and any(f.search for f in found.readable(actor.audience).values())
        )

    def _may(self, request: HttpRequest, deed: str, operation: str) -> bool:
        actor = admin_actor(request)
        serves = operation == "list" or operation in self.resource.operations_of(actor.audience)
        return serves and self.resource.serves(actor.audience) and policy_of(self.model).may_ever(actor, deed)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "view", "list")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "create", "create") and (obj is None or allows(admin_actor(request), "change", obj))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change", "update")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "delete", "delete")


def inlines_of(resource: type[Resource]) -> tuple[type[ScopedInline], ...]:
    """The inline classes that a resource's look names, by class or path."""
    by_name = {name: each for each in resources() for name in (each.__name__, each.path)}
    found = []
    for name in resource.look.inlines:
        child = by_name[name]
        members = {
            "resource": child,
            "model": child.model,
            "verbose_name_plural": str(child.model._meta.verbose_name_plural).capitalize(),
            "__module__": child.__module__,
        }
        found.append(type(f"{name}Inline", (ScopedInline,), members))
    return tuple(found)
