"""From the cells of a file to values: by a plan of its headers, each value as its declared column reads it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from core.money import Money
from core.resources import headers as headers_module
from core.resources.assigning import usual_currency
from core.resources.declaration import Resource
from core.resources.headers import Dialect
from core.resources.transfer_columns import ATTRIBUTE, CellFault, Column, Columns, bare
from core.rules import Actor

NUMBER = re.compile(r"^-?\d+\.0$")  # how statistics programs write whole numbers


@dataclass(frozen=True)
class Plan:
    """How a file is read: {header of the file: header of ours}, texts for what the file lacks, and words that mean nothing.

    A constant may name the file's columns: "{year} {make} {model}". `dialect` names whose file it is, where it is known.
    """

    mapping: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    empty_words: tuple[str, ...] = ()
    name: str = ""
    dialect: str = ""

    def dialect_of(self, resource: type[Resource], headers: Iterable[str] = ()) -> Dialect | None:
        """The dialect itself; of two of a name, the one whose columns the file has."""
        named = [each for each in resource.dialects if each.name == self.dialect]
        return headers_module.recognised(headers or self.mapping, named) or next(iter(named), None)


class Reader:
    """Reads the rows of one file for one actor. Keep one for the file: what it looked up, it remembers."""

    def __init__(self, resource: type[Resource], actor: Actor, plan: Plan) -> None:
        self.resource, self.actor, self.plan = resource, actor, plan
        self.columns = Columns(resource, actor)
        self.known = {each.header: each for each in self.columns.imported()}
        self.given = frozenset(name for name, f in resource.fields.items() if f.given)
        self.dialect = plan.dialect_of(resource)
        self.empty = {word.strip().lower() for word in plan.empty_words}
        self.fields = frozenset(
            self.known[ours].field for ours in (*plan.mapping.values(), *plan.constants) if ours in self.known
        )
        self._definitions: dict[Any, dict[str, Any]] = {}
        self._currencies: dict[str, str] = {}

    def prepare(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Look up what the cells of a chunk name, a query for each column instead of one for each cell."""
        for theirs, ours in self.plan.mapping.items():
            column = self.known.get(ours)
            if column is not None and column.related:
                self.columns.find_all(column.field, {self._cell(theirs, cells.get(theirs)) for cells in rows})

    def skips(self, cells: Mapping[str, Any]) -> bool:
        """Is this line about something else, as other systems' files have them?"""
        return self.dialect is not None and self.dialect.skips(cells)

    def read(self, cells: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """A row's values by declared name, and its faults by our header."""
        texts = self._texts(cells)
        values: dict[str, Any] = {}
        faults: dict[str, str] = {}
        amounts: dict[str, dict[str, str]] = {}
        attributes: dict[str, str] = {}
        for header, text in texts.items():
            column = self.known.get(header)
            if "\x00" in text:
                faults[header] = "There are characters here that cannot be shown."
            elif header.startswith(ATTRIBUTE):
                attributes[header.removeprefix(ATTRIBUTE)] = text
            elif column is None:
                faults[header] = "You may not set this."
            elif column.field in self.columns.money:
                amounts.setdefault(column.field, {})[header.removeprefix(column.field)] = text
            else:
                self._read_cell(column, text, values, faults)
        for name, parts in amounts.items():
            self._read_money(name, parts, values, faults)
        if attributes:
            self._read_attributes(attributes, values, faults)
        return values, faults

    def _texts(self, cells: Mapping[str, Any]) -> dict[str, str]:
        found = {ours: self._cell(theirs, cells.get(theirs)) for theirs, ours in self.plan.mapping.items()}
        lacking = [ours for ours, template in self.plan.constants.items() if template and not found.get(ours)]
        if lacking:
            plain = {header: self._text(value) for header, value in cells.items()}
            found |= {ours: _filled(self.plan.constants[ours], plain) for ours in lacking}
        return found

    def _cell(self, header: str, value: Any) -> str:
        text = self._text(value)
        return text if self.dialect is None else self.dialect.read(header, text)

    def _text(self, value: Any) -> str:
        if value is None:
            return ""
        if type(value) is str:
            text = bare(value.strip())
            return "" if self.empty and text.lower() in self.empty else text
        if isinstance(value, datetime) and value.tzinfo is None and value.time() == time.min:
            value = value.date()  # a workbook knows days by their midnight only
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, list | tuple):
            value = "|".join(map(str, value))
        text = bare((value.isoformat() if hasattr(value, "isoformat") else str(value)).strip())
        return "" if text.lower() in self.empty else text

    def _read_cell(self, column: Column, text: str, values: dict[str, Any], faults: dict[str, str]) -> None:
        if text == "" and (column.header == "id" or self.is_given(column.field)):
            return
        try:
            if text == "":
                values[column.field] = self._nothing(column.field)
            else:
                values[column.field] = column.read(text) if column.read else text
        except CellFault as fault:
            faults[column.header] = str(fault)

    def is_given(self, name: str) -> bool:
        """Is it no column of the row, but something that its operations take?"""
        return name in self.given

    def _nothing(self, name: str) -> Any:
        try:
            column: Any = self.resource.model._meta.get_field(name)
        except Exception:
            return None
        return None if column.null or not column.empty_strings_allowed or column.is_relation else ""

    def _read_money(self, name: str, parts: dict[str, str], values: dict[str, Any], faults: dict[str, str]) -> None:
        amount, currency = parts.get("", ""), parts.get("_currency", "")
        if not amount:
            if "" in parts:
                values[name] = None
            return
        try:
            values[name] = Money.from_major(amount, (currency or self._currency(name)).upper())
        except ValueError as fault:
            faults[name] = str(fault)

    def _currency(self, name: str) -> str:
        if name not in self._currencies:
            self._currencies[name] = usual_currency(self.resource, self.actor, name)
        return self._currencies[name]

    def _read_attributes(self, texts: dict[str, str], values: dict[str, Any], faults: dict[str, str]) -> None:
        places = tuple(values.get(name) for name in self.resource.model.document_depends_on)  # type: ignore[attr-defined]
        if None in places:
            return  # an update that does not say where the row stands reads them once the row is known
        known = self._definitions_at(places)
        document = {}
        for code, text in texts.items():
            definition = known.get(code)
            if definition is None:
                if text:
                    faults[f"{ATTRIBUTE}{code}"] = "There is no such attribute here."
                continue
            try:
                value = self.columns.read_attribute(definition, text)
            except CellFault as fault:
                faults[f"{ATTRIBUTE}{code}"] = str(fault)
            else:
                if value is not None:
                    document[code] = value
        values[self.resource.document] = document

    def _definitions_at(self, places: tuple[Any, ...]) -> dict[str, Any]:
        if places not in self._definitions:
            names = [f"{name}_id" for name in self.resource.model.document_depends_on]  # type: ignore[attr-defined]
            row = self.resource.model(**dict(zip(names, places, strict=True)))
            self._definitions[places] = {each.code: each for each in row.document_definitions()}  # type: ignore[attr-defined]
        return self._definitions[places]


def _filled(template: str, cells: Mapping[str, str]) -> str:
    text = template
    for header, value in cells.items():
        text = text.replace(f"{{{header}}}", value.removesuffix(".0") if NUMBER.match(value) else value)
    return " ".join(text.split())
