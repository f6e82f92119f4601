"""The filter sheet of a list: one small form per declared filter, its choices cut to the actor's own rows."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import models
from django.http import QueryDict
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from core.resources import parameters
from core.resources.declaration import Filter, Resource
from core.resources.filters import column_through
from core.resources.registry import resource_of
from core.rules import Actor, scope

FEW = 200
YES_NO = [("", "All"), ("true", "Yes"), ("false", "No")]


class Spec:
    """One filter as Unfold's sheet draws it: a title and a form; `field_path` names it."""

    template = "unfold/filters/filters_field.html"

    def __init__(self, name: str, title: str, fields: Mapping[str, forms.Field], query: QueryDict) -> None:
        self.field_path = self.parameter_name = name
        self.title = title
        self.names = list(fields)
        self.used_parameters = {each: query[each] for each in self.names if query.get(each)}
        self.is_active = bool(self.used_parameters)
        values = {
            each: [part for text in query.getlist(each) for part in text.split(",")]
            if isinstance(fields[each], forms.MultipleChoiceField)
            else query.get(each, "")
            for each in self.names
        }
        self.form = type("FilterForm", (forms.Form,), dict(fields))(data=values, auto_id="filter_%s")

    @property
    def media(self) -> forms.Media:
        return self.form.media

    def choices(self, _changelist: Any) -> list[dict[str, Any]]:
        return [{"form": self.form}]

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str]:
        return self.names


def specs(resource: type[Resource], actor: Actor, query: QueryDict, admin: Any) -> list[Spec]:
    """The filters of a list for an actor, in the order of the look."""
    readable = resource.readable(actor.audience)
    names = [name for name, f in readable.items() if f.filter is not None]
    names = sorted(
        names, key=lambda name: resource.look.filters.index(name) if name in resource.look.filters else len(names)
    )
    found: list[Spec] = []
    for name in names:
        kind, title = readable[name].filter, admin.label_of(name)
        if kind is Filter.TOKENS:
            found += _attributes(resource, actor, query)
        else:
            known = parameters.filters(resource, actor.audience)
            fields = {
                each: _form_field(resource, actor, name, known[each], title, admin)
                for each in _of(kind, name)
                if each in known
            }
            if fields:
                found.append(Spec(name, title, fields, query))
    return found


def _of(kind: Filter | None, name: str) -> tuple[str, ...]:
    if kind in (Filter.RANGE, Filter.MOMENT):
        return (f"{name}_min", f"{name}_max")
    return (f"has_{name}",) if kind is Filter.IS_SET else (name,)


def _form_field(
    resource: type[Resource], actor: Actor, name: str, parameter: Any, title: str, admin: Any
) -> forms.Field:
    field = column_through(resource, name)
    if isinstance(field, models.ForeignKey):
        return _related(field, actor, title, admin)
    if parameter.name == f"has_{name}" or isinstance(field, models.BooleanField):
        return forms.ChoiceField(label=title, choices=YES_NO, required=False, widget=UnfoldAdminSelectWidget)
    if field is not None and field.choices:
        if parameter.many:
            return forms.MultipleChoiceField(
                label=title, choices=list(field.flatchoices), required=False, widget=UnfoldAdminSelect2MultipleWidget
            )
        return forms.ChoiceField(
            label=title, choices=[("", "All"), *field.flatchoices], required=False, widget=UnfoldAdminSelectWidget
        )
    if "enum" in parameter.schema and parameter.many:
        few = [(each, str(each).replace("_", " ").capitalize()) for each in parameter.schema["enum"]]
        return forms.MultipleChoiceField(
            label=title, choices=few, required=False, widget=UnfoldAdminSelect2MultipleWidget
        )
    words = {f"{name}_min": f"{title} from", f"{name}_max": f"{title} to"}.get(parameter.name, title)
    widget: forms.Widget = UnfoldAdminTextInputWidget()
    if parameter.schema.get("format") in ("date", "date-time"):  # the list reads a day as its first or last moment
        widget = forms.DateInput(attrs={"type": "date", "class": " ".join(INPUT_CLASSES)})
    elif parameter.schema.get("type") == "integer":
        widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"})
    return forms.CharField(label=words, required=False, widget=widget)


def _related(field: models.ForeignKey, actor: Actor, title: str, admin: Any) -> forms.Field:
    target: Any = field.related_model
    rows = as_tree(scope(actor, target))
    if admin.searches(target, actor) and rows[: FEW + 1].count() > FEW:
        widget = AutocompleteSelect(field, admin.admin_site, attrs={"class": "unfold-filter-autocomplete"})
        return forms.ModelChoiceField(label=title, queryset=rows, required=False, widget=widget)
    choices = [("", "All"), *((str(row.pk), indented(row)) for row in rows[: FEW + 1])]
    return forms.ChoiceField(
        label=title,
        choices=choices,
        required=False,
        widget=UnfoldAdminSelectWidget(
            attrs={"data-theme": "admin-autocomplete", "class": "unfold-admin-autocomplete admin-autocomplete"}
        ),
    )


def as_tree(rows: models.QuerySet) -> models.QuerySet:
    """Rows of a tree below one another, neighbours in their declared order; other rows as they are."""
    if not hasattr(rows, "with_tree_fields"):
        return rows
    resource = resource_of(rows.model)
    return rows.with_tree_fields().order_siblings_by(*(resource.order if resource is not None else ("pk",)))


def indented(row: models.Model) -> str:
    """A row's words, set in by its depth where it stands in a tree."""
    depth = getattr(row, "tree_depth", None)
    if depth is None:
        depth = getattr(row, "depth", 0)
    return f"{'— ' * depth if isinstance(depth, int) else ''}{row}"


def _attributes(resource: type[Resource], actor: Actor, query: QueryDict) -> list[Spec]:
    from core.resources.admin import attributes

    return [
        Spec(name, title, fields, query) for name, title, fields in attributes.filter_fields(resource, actor, query)
    ]
