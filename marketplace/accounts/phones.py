"""Phone numbers: one spelling (E.164), kept as plain text, in one kind of column."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from phonenumber_field.phonenumber import to_python

WRITTEN = re.compile(r"\+?[0-9 ().-]{3,40}")  # the library would also find a number within other words
LONGEST = 16  # a plus and fifteen digits


def spelled(number: str) -> str:
    """The number in E.164, as in +254712345678; national spelling is read as of PHONENUMBER_DEFAULT_REGION.

    Refuses (ValidationError `invalid_phone`) what no phone could have.
    """
    found = to_python(number.strip()) if isinstance(number, str) and WRITTEN.fullmatch(number.strip()) else None
    if not found or not found.is_valid():
        raise ValidationError("Send a phone number with its country code, such as +254712345678.", code="invalid_phone")
    return found.as_e164


class PhoneField(models.CharField):
    """A column that holds one phone number. Rows keep text; `clean` and the form bring it to E.164."""

    description = "A phone number"

    def __init__(self, *args: Any, **options: Any) -> None:
        options["max_length"] = LONGEST
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        del options["max_length"]
        return name, path, args, options

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        if value in (None, ""):
            return super().clean(value, model_instance)
        return super().clean(spelled(value), model_instance)

    def formfield(self, **options: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": PhoneFormField, **options})


class PhoneFormField(forms.CharField):
    """Reads a phone number as people write it."""

    def __init__(self, **options: Any) -> None:
        options["max_length"] = 40
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return spelled(found) if found else found
