"""Long and dependent lists of options in the admin: found as one types, and cut to what goes with another choice."""

from typing import Any

from django import forms
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminSelectWidget

from core.resources.declaration import Resource
from core.resources.definitions import Definition, Kind

FEW = 60


class OptionsOf:
    """What both widgets share: each option says what it goes with; a found list draws only what is chosen already."""

    found_at: str
    unders: dict[str, str]
    choices: Any

    def of(self, definition: Definition, address: str) -> Any:
        """The same widget for the options of a definition; with an address, found there as one types."""
        self.unders = {each.code: each.under for each in definition.options if each.under}
        self.found_at = address
        if address:
            self.attrs |= {"data-soko-options": address, "class": "soko-options", "data-theme": "admin-autocomplete"}  # type: ignore[attr-defined, has-type]
        return self

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> Any:
        if self.found_at:
            every, self.choices = self.choices, [each for each in self.choices if str(each[0]) in ("", *value)]
            try:
                return super().optgroups(name, value, attrs)  # type: ignore[misc]
            finally:
                self.choices = every
        return super().optgroups(name, value, attrs)  # type: ignore[misc]

    def create_option(self, name: str, value: Any, *rest: Any, **options: Any) -> dict[str, Any]:
        made = super().create_option(name, value, *rest, **options)  # type: ignore[misc]
        if str(value) in self.unders:
            made["attrs"]["data-under"] = self.unders[str(value)]
        return made


class OptionSelect(OptionsOf, UnfoldAdminSelectWidget):
    """One of the options."""


class OptionSelectMany(OptionsOf, UnfoldAdminSelect2MultipleWidget):
    """Any of the options."""


def widget_of(definition: Definition, choices: Any, address: str) -> forms.Widget:
    """The widget of a choice: a list where the options are few, a search at the address where they are many or depend."""
    many = definition.kind is Kind.MULTI_CHOICE
    depends = any(each.under for each in definition.options)
    found = len(definition.options) > FEW or (many and depends)
    made = OptionSelectMany(choices=choices) if many else OptionSelect(choices=choices)
    return made.of(definition, address if found else "")


def address_of(admin_site: Any, resource: type[Resource], definition: Definition, place: Any, *, asking: bool) -> str:
    """Where the options of a definition are found; `asking` for a filter, which takes archived ones too."""
    meta = resource.model._meta
    base = reverse(f"{admin_site}:{meta.app_label}_{meta.model_name}_options")
    name = resource.model.document_place  # type: ignore[attr-defined]
    return f"{base}?{name}={place}&code={definition.code}" + ("&asking=1" if asking else "")
