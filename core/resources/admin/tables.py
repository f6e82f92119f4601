"""A verb's input that is a table: so many of this line, so many of that one, with what it comes to said while it is filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from pydantic import BaseModel

from core.inputs import Ask, Offered
from core.money import Money, exponent

#: A column of money: people write it in major units.
MINOR = "_minor"


@dataclass(frozen=True)
class Cell:
    """One number that may be said; `step` is what it is counted in."""

    name: str
    label: str
    value: str
    most: str
    step: str = "1"


class TableWidget(forms.Widget):
    """A row for each thing that is offered, with a box for each number; what is empty is not sent."""

    template_name = "soko/widgets/table.html"

    def __init__(self, offered: Sequence[Offered], columns: Mapping[str, str], *, is_full: bool) -> None:
        super().__init__()
        self.offered, self.columns, self.is_full = offered, columns, is_full

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        said = value if isinstance(value, dict) else self._most() if self.is_full else {}
        rows = [
            (each, [self._cell(name, each, column, said) for column in self.columns if each.most.get(column)])
            for each in self.offered
        ]
        currency = next((each.currency for each in self.offered if each.currency), "")
        return {
            **super().get_context(name, value, attrs), "rows": rows, "currency": currency,
            "places": exponent(currency) if currency else 0,
        }  # fmt: skip

    def _most(self) -> dict[tuple[int, str], str]:
        return {(each.key, column): str(most) for each in self.offered for column, most in each.most.items()}

    def _cell(self, name: str, row: Offered, column: str, said: Mapping[tuple[int, str], str]) -> Cell:
        label = self.columns[column]
        named, value = f"{name}-{row.key}-{column}", said.get((row.key, column), "")
        if column.endswith(MINOR):
            most = Money(row.most[column], row.currency)
            return Cell(named, f"{label} ({row.currency})", value, most.major(), Money(1, row.currency).major())
        return Cell(named, label, value, str(row.most[column]))

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[tuple[int, str], str] | None:
        """None where none of its boxes was sent: then the verb does as it does when nothing is said."""
        found = {}
        if not any(f"{name}-{each.key}-{column}" in data for each in self.offered for column in self.columns):
            return None
        for each in self.offered:
            for column in self.columns:
                value = str(data.get(f"{name}-{each.key}-{column}", "") or "").strip()
                if value:
                    found[each.key, column] = value
        return found

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False


class TableFormField(forms.Field):
    """Reads a list of bodies, one for each row in which a number was said. Refuses what is no whole number."""

    def __init__(
        self, offered: Sequence[Offered], *, body: type[BaseModel], is_full: bool = False, **options: Any
    ) -> None:
        key, *columns = body.model_fields
        self.key = key
        self.currencies = {each.key: each.currency for each in offered}
        labels = {name: body.model_fields[name].title or name.replace("_", " ").capitalize() for name in columns}
        super().__init__(widget=TableWidget(offered, labels, is_full=is_full), **options)

    def clean(self, value: dict[tuple[int, str], str] | None) -> list[dict[str, int]] | None:
        if value is None and not self.required:
            return None
        found: dict[int, dict[str, int]] = {}
        for (key, column), said in (value or {}).items():
            number = self._number(column, said, self.currencies.get(key, ""))
            if number:
                found.setdefault(key, {self.key: key})[column] = number
        if not found and (self.required or self.widget.is_full):
            raise ValidationError("Say how many of what.", code="required")
        return list(found.values())

    def _number(self, column: str, said: str, currency: str) -> int:
        if column.endswith(MINOR):
            try:
                return max(Money.from_major(said[:30], currency).amount, 0)
            except ValueError as fault:
                raise ValidationError(str(fault), code="money") from None
        if not said.isdecimal() or len(said) > 15:
            raise ValidationError("Write whole numbers.", code="number")
        return int(said)


def asks_for_a_table(inputs: type[BaseModel] | None) -> bool:
    """Has one of these inputs to be said as a table of what one row has? Then it cannot be asked of many rows at once."""
    asked = inputs.model_fields.values() if inputs is not None else ()
    tables = [info for info in asked for each in info.metadata if isinstance(each, Ask) and each.table is not None]
    return any(info.is_required() or not any(_is_full(each) for each in info.metadata) for info in tables)


def _is_full(each: object) -> bool:
    return isinstance(each, Ask) and each.is_full
