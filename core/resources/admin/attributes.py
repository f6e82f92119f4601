"""A resource's typed document in the admin: one form field per attribute of its place, and filters of the same attributes."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django import forms
from django.db import models
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from core.resources import document_forms, documents
from core.resources.admin import columns, options
from core.resources.declaration import Resource
from core.resources.definitions import CHOOSING, RANGED, Definition, Kind
from core.resources.document_values import shown_text
from core.resources.kinds import colours
from core.resources.types import key_of
from core.rules import Actor, scope

PREFIX = document_forms.PREFIX
ALL = [("", "All")]


def depends_on(resource: type[Resource]) -> tuple[str, ...]:
    """The fields that decide which attributes there are, such as the category."""
    return tuple(getattr(resource.model, "document_depends_on", ())) if resource.document else ()


def standing(
    resource: type[Resource], actor: Actor, row: models.Model | None, request: HttpRequest
) -> models.Model | None:
    """A row in memory that stands where the form says: what was posted, else what the address says, else where the row is."""
    asked = request.POST if request.method == "POST" else request.GET
    place = resource.model()
    for name in depends_on(resource):
        field = columns.column_of(resource.model, name)
        key = (
            asked.get(name)
            if asked.get(name)
            else getattr(row, field.attname, None)
            if field is not None and row is not None
            else None
        )
        if field is None or not key:
            return None
        target: Any = field.related_model
        found = scope(actor, target).filter(pk=key_of(key)).first()
        if found is None:
            return None
        setattr(place, name, found)
    return place


def form_fields(
    resource: type[Resource], actor: Actor, row: models.Model | None, request: HttpRequest
) -> dict[str, forms.Field]:
    """The attribute fields of a form; none until the place is known."""
    place = standing(resource, actor, row, request)
    if place is None:
        return {}
    definitions = documents.seen_by(actor, place.document_definitions())  # type: ignore[attr-defined]
    held = getattr(row, resource.document, None) or {} if row is not None else {}
    fields = document_forms.form_fields(definitions, held)
    chosen = getattr(place, f"{resource.model.document_place}_id")  # type: ignore[attr-defined]
    return {
        name: dressed(resource, each, field, chosen)
        for each, (name, field) in zip(definitions, fields.items(), strict=True)
    }


def headings(form: Any, names: Iterable[str]) -> dict[str, list[str]]:
    """The attribute fields of a form by the heading that they stand under, in their order; under an empty one those of no group."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(getattr(form.base_fields[name], "heading", ""), []).append(name)
    return found


def document_of(form: forms.BaseForm) -> dict[str, Any]:
    """The document that the form holds."""
    return document_forms.document_of(form.cleaned_data)


def dressed(resource: type[Resource], definition: Definition, field: forms.Field, place: Any) -> forms.Field:
    """The same field in the admin's clothes, saying what it waits for and follows from."""
    if definition.kind in CHOOSING:
        address = options.address_of("admin", resource, definition, place, asking=False)
        field.widget = options.widget_of(definition, field.choices, address)  # type: ignore[attr-defined]
    elif isinstance(field.widget, forms.Select):
        field.widget = UnfoldAdminSelectWidget(choices=field.choices)  # type: ignore[attr-defined]
    elif isinstance(field.widget, forms.DateInput):
        field.widget.attrs["class"] = " ".join(INPUT_CLASSES)
        field.widget.input_type, field.widget.format = "date", "%Y-%m-%d"
    else:
        numeric = {"inputmode": "decimal"} if definition.kind is Kind.NUMBER and not definition.unit else {}
        field.widget = UnfoldAdminTextInputWidget(
            attrs={"data-soko-colour": ""} if definition.kind is Kind.COLOUR else numeric
        )
    if definition.shown_if is not None:
        field.widget.attrs["data-soko-if"] = f"{PREFIX}{definition.shown_if.code}"
        field.widget.attrs["data-soko-if-values"] = ",".join(definition.shown_if.values)
    if definition.depends_on and any(each.under for each in definition.options):
        field.widget.attrs["data-soko-under"] = f"{PREFIX}{definition.depends_on}"
    field.widget.is_required = field.required
    field.heading = definition.group  # type: ignore[attr-defined]
    return field


def minor_amounts(resource: type[Resource], actor: Actor, query: QueryDict) -> dict[str, str]:
    """The parameters of attributes that are money, each with its currency: people write major units, the API minor ones."""
    if not resource.document or not any(name.startswith("attr.") for name in query):
        return {}
    place = query.get(resource.model.document_place) or None  # type: ignore[attr-defined]
    definitions = documents.seen_by(actor, resource.model.filterable_definitions(place))  # type: ignore[attr-defined]
    money = {each.code: each.unit for each in definitions if each.kind is Kind.MONEY}
    return {f"attr.{code}{end}": unit for code, unit in money.items() for end in ("", "_min", "_max")}


def facts(resource: type[Resource], actor: Actor, row: models.Model) -> list[tuple[str, str]]:
    """The attributes of a row as people read them."""
    definitions = {each.code: each for each in documents.seen_by(actor, row.document_definitions())}  # type: ignore[attr-defined]
    return [
        (definitions[code].label, _fact(definitions[code], value))
        for code, value in documents.shown(row, actor).items()
    ]


def _fact(definition: Definition, value: Any) -> SafeString | str:
    """What a fact says; a colour with a swatch of it."""
    words = shown_text(definition, value)
    if definition.kind is not Kind.COLOUR or not colours.is_colour(value):
        return words
    return format_html('<span class="soko-swatch" style="background:{}"></span>{}', value, words)


def filter_fields(
    resource: type[Resource], actor: Actor, query: QueryDict
) -> list[tuple[str, str, dict[str, forms.Field]]]:
    """Filters by attribute, once one place is chosen: (name, title, {parameter: field})."""
    place = query.get(getattr(resource.model, "document_place", ""), "")
    if not place or "," in place:
        return []
    definitions = documents.seen_by(actor, resource.model.filterable_definitions(place))  # type: ignore[attr-defined]
    return [
        (f"attr.{each.code}", each.label, fields)
        for each in definitions
        if each.filterable and (fields := _filter_of(resource, each, place))
    ]


def _filter_of(resource: type[Resource], definition: Definition, place: str) -> dict[str, forms.Field]:
    name, title = f"attr.{definition.code}", definition.label
    if definition.kind in CHOOSING:
        choices = [(each.code, each.label) for each in definition.options]
        asked = replace(definition, kind=Kind.MULTI_CHOICE)
        address = options.address_of("admin", resource, definition, quote(place), asking=True)
        widget = options.widget_of(asked, choices, address)
        return {name: forms.MultipleChoiceField(label=title, choices=choices, required=False, widget=widget)}
    if definition.kind is Kind.BOOLEAN:
        return {
            name: forms.ChoiceField(
                label=title,
                choices=[*ALL, ("true", "Yes"), ("false", "No")],
                required=False,
                widget=UnfoldAdminSelectWidget,
            )
        }
    if definition.kind is Kind.COLOUR:
        families = [(each, each.capitalize()) for each in colours.FAMILIES]
        return {
            name: forms.MultipleChoiceField(
                label=title, choices=families, required=False, widget=UnfoldAdminSelect2MultipleWidget
            )
        }
    if definition.kind is Kind.LOCATION:
        words = f"{title} near: latitude, longitude, km"
        return {f"{name}_near": forms.CharField(label=words, required=False, widget=UnfoldAdminTextInputWidget)}
    if definition.kind in RANGED:
        unit = f" ({definition.unit})" if definition.unit else ""
        return {
            f"{name}_{end}": forms.CharField(
                label=f"{title}{unit} {word}", required=False, widget=UnfoldAdminTextInputWidget
            )
            for end, word in (("min", "from"), ("max", "to"))
        }
    return {}
