"""Typed documents in forms: one field for each value that the actor may see."""

from collections.abc import Mapping
from typing import Any

from django import forms

from core.resources.definitions import TEXT_LIMIT, Definition, Kind

PREFIX = "attr__"


def form_fields(
    definitions: tuple[Definition, ...], document: Mapping[str, Any] | None = None
) -> dict[str, forms.Field]:
    """Form fields by name (`attr__<code>`), filled from the document. None is required: a draft may be incomplete."""
    held = document or {}
    return {f"{PREFIX}{each.code}": _field(each, held.get(each.code)) for each in definitions}


def document_of(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The document that a form's cleaned data holds; empty answers are left out."""
    found = {}
    for name, value in cleaned.items():
        if name.startswith(PREFIX) and value not in (None, "", []):
            found[name.removeprefix(PREFIX)] = value.isoformat() if hasattr(value, "isoformat") else value
    return found


def _field(definition: Definition, value: Any) -> forms.Field:
    star = " *" if definition.required else ""
    unit = f" ({definition.unit})" if definition.unit else ""
    options: dict[str, Any] = {
        "label": f"{definition.label}{unit}{star}",
        "required": False,
        "initial": value,
        "help_text": definition.help,
    }
    choices = [
        (each.code, each.label)
        for each in definition.options
        if not each.is_archived or each.code in (value if isinstance(value, list) else [value])
    ]
    match definition.kind:
        case Kind.NUMBER:
            bounds: dict[str, Any] = {"min_value": definition.minimum, "max_value": definition.maximum}
            return (
                forms.IntegerField(**options, **bounds)
                if definition.is_integer
                else forms.FloatField(**options, **bounds)
            )
        case Kind.CHOICE:
            return forms.ChoiceField(**options, choices=[("", "—"), *choices])
        case Kind.MULTI_CHOICE:
            return forms.MultipleChoiceField(**options, choices=choices)
        case Kind.BOOLEAN:
            return forms.TypedChoiceField(
                **options | {"initial": {True: "true", False: "false"}.get(value, "")},
                choices=[("", "—"), ("true", "Yes"), ("false", "No")],
                coerce=lambda text: text == "true",
                empty_value=None,
            )
        case Kind.DATE:
            return forms.DateField(**options, widget=forms.DateInput(attrs={"type": "date"}))
    return forms.CharField(**options, max_length=TEXT_LIMIT)
