"""What a form's related fields offer: the rows that the actor may see, in a list or by search."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.db import models
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from core.admin.actors import admin_actor
from core.admin.filters import FEW, as_tree, indented
from core.rules import scope


class ScopedModelChoiceField(forms.ModelChoiceField):
    """A choice among the actor's rows; rows of a tree are set in."""

    def label_from_instance(self, obj: models.Model) -> str:
        return indented(obj)


class ScopedChoices:
    """Form fields of foreign keys and files, for the base admin and its inlines."""

    admin_site: Any

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **options: Any) -> Any:
        found = super().formfield_for_dbfield(db_field, request, **options)  # type: ignore[misc]
        if found is not None and isinstance(found.widget, RelatedFieldWidgetWrapper):
            found.widget = found.widget.widget
        return found

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        actor, target = admin_actor(request), db_field.related_model
        rows = as_tree(scope(actor, target))
        widget: forms.Widget
        if self.searches(target, actor) and rows[: FEW + 1].count() > FEW:  # type: ignore[attr-defined]
            widget = AutocompleteSelect(db_field, self.admin_site)
        else:
            widget = UnfoldAdminSelectWidget()
        return ScopedModelChoiceField(
            queryset=rows,
            widget=widget,
            required=not db_field.blank,
            label=str(db_field.verbose_name),
            help_text=db_field.help_text,
            empty_label="None" if db_field.blank else "Choose…",
        )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        return None
