"""A column that holds a list of grants, each a word of a vocabulary."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from pydantic import Field

from marketplace.accounts.grants import Grant


def typed(vocabulary: Mapping[str, Grant]) -> Any:
    """The API's type of a list of these grants, each at most once."""
    return Annotated[list[Literal[tuple(vocabulary)]], Field(max_length=len(vocabulary))]  # type: ignore[misc, valid-type]


class GrantsField(models.JSONField):
    """Kept as a sorted JSON list without repetitions. Refuses (ValidationError) a word outside of the vocabulary."""

    def __init__(self, *args: Any, vocabulary: Mapping[str, Grant] | None = None, **options: Any) -> None:
        self.vocabulary = vocabulary or {}
        super().__init__(*args, **{"default": list, "blank": True, **options})

    def clean(self, value: Any, model_instance: models.Model | None) -> list[str]:
        if not isinstance(value, list | tuple | set | frozenset) or not all(isinstance(each, str) for each in value):
            raise ValidationError("Send a list of grants.", code="invalid")
        unknown = sorted(set(value) - set(self.vocabulary))
        if unknown:
            raise ValidationError(f"Grants are: {', '.join(self.vocabulary)}.", code="unknown_grant")
        return sorted(set(value))

    def formfield(self, **options: Any) -> forms.Field | None:
        kept = {name: options[name] for name in ("label", "help_text", "initial", "disabled") if name in options}
        choices = [(each.name, f"{each.label}: {each.description}") for each in self.vocabulary.values()]
        return forms.MultipleChoiceField(choices=choices, required=False, widget=forms.CheckboxSelectMultiple, **kept)
