"""Typed documents in forms: one field for each value that the actor may see."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from core.resources.definitions import TEXT_LIMIT, Definition, Kind
from core.resources.document_values import SHAPED, Fault, read_text, write_text
from core.resources.units import convertible

PREFIX = "attr__"
LIKELY = (Decimal("0.001"), Decimal(1000))  # nobody writes a mileage in inches, though it would be read
EXAMPLES = {
    Kind.RANGE: "From – to, such as 2 – 5.",
    Kind.COLOUR: "Such as #1976d2, or a name such as blue.",
    Kind.LOCATION: "Latitude and longitude as maps give them, such as -1.2921, 36.8219.",
}


class WrittenField(forms.CharField):
    """A value that people write as a text, and that is read as the cells of files are: with units, names, currencies."""

    def __init__(self, definition: Definition, **options: Any) -> None:
        self.definition = definition
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        try:
            return read_text(self.definition, super().clean(value) or "")
        except Fault as fault:
            raise ValidationError(fault.sentence, code=fault.code) from None

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else write_text(self.definition, value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return read_text(self.definition, data or "") != initial
        except Fault:
            return True


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
    if definition.kind in SHAPED or len(convertible(definition.unit)) > 1:
        return WrittenField(definition, **options | {"help_text": _written_help(definition)}, max_length=60)
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


def _written_help(definition: Definition) -> str:
    """Its hint, and how it may be written."""
    others = [
        each.word
        for each in (convertible(definition.unit)[1:] if definition.kind is not Kind.MONEY else ())
        if LIKELY[0] <= each.factor <= LIKELY[1]
    ]
    also = f"Kept in {definition.unit}; you may write {', '.join(others)} as well." if others else ""
    return " ".join(each for each in (definition.help, EXAMPLES.get(definition.kind, ""), also) if each)
