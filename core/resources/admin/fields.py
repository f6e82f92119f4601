"""Form fields of declared columns and of verbs' inputs: money in major units, choices within the actor's reach, reasons with chips."""

import enum
import types
from datetime import date, datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from pydantic.fields import FieldInfo
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from core.inputs import Ask, AskOne
from core.money import Money
from core.resources.admin.tables import TableFormField

CURRENCIES = ("KES", "ETB", "UGX", "TZS", "RWF", "NGN", "GHS", "ZAR", "EGP", "MAD", "KWD", "JPY", "USD", "EUR", "GBP")


class MoneyWidget(forms.MultiWidget):
    """An amount as people write it, and its currency."""

    template_name = "soko/widgets/money.html"

    def __init__(self, currencies: tuple[str, ...] = CURRENCIES) -> None:
        amount = UnfoldAdminTextInputWidget(
            attrs={"inputmode": "decimal", "placeholder": "0.00", "aria-label": "Amount"}
        )
        currency = UnfoldAdminSelectWidget(
            choices=[(each, each) for each in currencies], attrs={"aria-label": "Currency"}
        )
        super().__init__({"amount": amount, "currency": currency})

    def decompress(self, value: Money | None) -> list[Any]:
        return [value.major(), value.currency] if isinstance(value, Money) else ["", value or ""]


class MoneyFormField(forms.MultiValueField):
    """Reads Money. Refuses more decimals than the currency has, and what is not an amount."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        currencies = (currency, *(each for each in CURRENCIES if each != currency))
        super().__init__(
            fields=(forms.CharField(required=False, max_length=30), forms.CharField(required=False, max_length=3)),
            widget=MoneyWidget(currencies),
            require_all_fields=False,
            **options,
        )
        self.initial = currency

    def compress(self, parts: list[str]) -> Money | None:
        if not parts or not parts[0]:
            return None
        try:
            return Money.from_major(parts[0], parts[1] or str(self.initial))
        except ValueError as fault:
            raise ValidationError(str(fault), code="money") from None

    def clean(self, value: Any) -> Money | None:
        if self.required and not (value and str(value[0] or "").strip()):
            raise ValidationError(self.error_messages["required"], code="required")
        return super().clean(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_money(data) != (initial if isinstance(initial, Money) else None)
        except ValidationError:
            return True

    def to_money(self, data: Any) -> Money | None:
        return self.compress([str(each or "").strip() for each in data]) if data else None


class OneField(forms.TypedChoiceField):
    """One of what is offered. `says_none`: to choose nothing is an answer, and is sent as one."""

    def __init__(self, *, says_none: bool, **options: Any) -> None:
        super().__init__(**options)
        self.says_none = says_none


def input_fields(model: Any, row: Any = None) -> dict[str, forms.Field]:
    """Form fields for the inputs of a verb about this row, or about many, in order."""
    if model is None:
        return {}
    fields = {name: _input_field(name, info, row) for name, info in model.model_fields.items()}
    return {name: field for name, field in fields.items() if field is not None}


def _input_field(name: str, info: FieldInfo, row: Any) -> forms.Field | None:
    ask = next((each for each in info.metadata if isinstance(each, Ask)), None) or Ask(
        name.replace("_", " ").capitalize()
    )
    kind, may_be_none = _bare(info.annotation)
    required = info.is_required()
    options: dict[str, Any] = {
        "label": ask.label,
        "required": required,
        "help_text": _help(name, ask),
        "initial": None if required else info.default,
    }
    if ask.table is not None:
        offered_rows = ask.table(row) if row is not None else ()
        if not offered_rows and not required:
            return None
        body, own = _plain(get_args(kind)[0]), {**options, "initial": None}
        return TableFormField(offered_rows, body=body, is_full=ask.is_full, **own)
    if isinstance(ask, AskOne):
        offered = [(each.key, each.label) for each in ask.choices(row)]
        return OneField(
            choices=[("", ask.nothing), *offered], says_none=may_be_none and required, coerce=int, empty_value=None,
            widget=UnfoldAdminSelectWidget(), **{**options, "required": required and not may_be_none},
        )  # fmt: skip
    if get_origin(kind) is list:
        many = [(each, str(each).replace("_", " ").capitalize()) for each in get_args(_plain(get_args(kind)[0]))]
        return forms.MultipleChoiceField(
            choices=many, widget=UnfoldAdminCheckboxSelectMultipleWidget(), **{**options, "required": False}
        )
    if kind is bool:
        return forms.BooleanField(widget=UnfoldBooleanWidget(), **{**options, "required": False})
    if get_origin(kind) is Literal or (isinstance(kind, type) and issubclass(kind, enum.Enum)):
        values = get_args(kind) if get_origin(kind) is Literal else [each.value for each in kind]
        choices = [(each, str(each).replace("_", " ").capitalize()) for each in values]
        return forms.ChoiceField(
            choices=choices if required else [("", "—"), *choices], widget=UnfoldAdminSelectWidget(), **options
        )
    if kind is int:
        return forms.IntegerField(widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}), **options)
    if kind in (date, datetime):
        typed = {"type": "date" if kind is date else "datetime-local", "class": " ".join(INPUT_CLASSES)}
        return (forms.DateField if kind is date else forms.DateTimeField)(
            widget=forms.DateInput(attrs=typed), **options
        )
    longest = next((each.max_length for each in info.metadata if getattr(each, "max_length", None)), None)
    widget = UnfoldAdminTextareaWidget(attrs={"rows": ask.lines}) if ask.lines > 1 else UnfoldAdminTextInputWidget()
    return forms.CharField(max_length=longest, widget=widget, **options)


def _plain(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _bare(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [each for each in get_args(annotation) if each is not type(None)]
        return (_plain(kinds[0]) if len(kinds) == 1 else str), True
    return annotation, False


def _help(name: str, ask: Ask) -> SafeString | str:
    if not ask.chips:
        return ask.help
    chips = format_html_join(
        "",
        '<button type="button" class="soko-chip" data-soko-chip="{}" data-soko-text="{}">{}</button>',
        ((name, chip, chip if len(chip) < 60 else f"{chip[:57]}…") for chip in ask.chips),
    )
    return format_html('<span class="soko-chips">{}</span> {}', chips, ask.help)
