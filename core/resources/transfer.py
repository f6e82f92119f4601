"""Import and export of a resource: the actor's rows and columns, checked like any other write, saved by the engine's operations."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core import memo
from core.actions import Outcome
from core.errors import DomainError, Invalid
from core.money import Money
from core.resources import operations
from core.resources.assigning import Assigning, usual_currency
from core.resources.declaration import CHANGE, CREATE, Resource
from core.resources.transfer_columns import ATTRIBUTE, CellFault, Column, Columns, bare, definitions_of, guarded
from core.rules import Actor, scope

CHUNK, FEW = 500, 20
NUMBER = re.compile(r"^-?\d+\.0$")  # how statistics programs write whole numbers


@dataclass(frozen=True)
class Plan:
    """How a file is read: {header of the file: header of ours}, texts for what the file lacks, and words that mean nothing.

    A constant may name the file's columns: "{year} {make} {model}".
    """

    mapping: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    empty_words: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Result:
    """What became of a row of a file: created, updated, unchanged or refused; faults are {our header: sentence}."""

    number: int
    outcome: str
    pk: int | None = None
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """All faults in one line."""
        return " ".join(f"{name}: {text}" if name else text for name, text in self.faults.items())


def guess(headers: Sequence[str], columns: Sequence[Column]) -> dict[str, str]:
    """Which of our columns each header of a file means, by header or title, whatever the case and spaces. Unknown ones are left out."""
    known: dict[str, str] = {}
    for column in columns:
        for name in (column.title, column.attribute, column.header):
            if name:
                known.setdefault(_plain(name), column.header)
    found: dict[str, str] = {}
    for header in headers:
        wanted = known.get(_plain(header))
        if wanted is not None and wanted not in found.values():
            found[header] = wanted
    return found


def _plain(text: str) -> str:
    return "".join(each for each in text.lower() if each.isalnum())


class Importer:
    """Reads rows of one file for one actor. Keep one for the file: what it looked up, it remembers."""

    def __init__(self, resource: type[Resource], actor: Actor, plan: Plan) -> None:
        self.resource, self.actor, self.plan = resource, actor, plan
        self.columns = Columns(resource, actor)
        self.known = {each.header: each for each in self.columns.imported()}
        self.reason = f"import {plan.name}".strip()
        self._definitions: dict[Any, dict[str, Any]] = {}
        self._currencies: dict[str, str] = {}
        # What is given may lock more than its row, for as long as the chunk takes.
        self.size = FEW if any(self._is_given(each) for each in self._file_fields()) else CHUNK
        self.empty = {word.strip().lower() for word in plan.empty_words}

    # --- From cells to values ----------------------------------------------------------------------------------------

    def read(self, cells: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """A row's values by declared name, and its faults by our header."""
        texts = self._texts(cells)
        values: dict[str, Any] = {}
        faults: dict[str, str] = {}
        amounts: dict[str, dict[str, str]] = {}
        attributes: dict[str, str] = {}
        for header, text in texts.items():
            column = self.known.get(header)
            if header.startswith(ATTRIBUTE):
                attributes[header.removeprefix(ATTRIBUTE)] = text
            elif column is None:
                faults[header] = "You may not set this."
            elif column.field in self.columns.money:
                amounts.setdefault(column.field, {})[header.removeprefix(column.field)] = text
            elif text != "" or header in cells or header in self.plan.mapping.values():
                self._read_cell(column, text, values, faults)
        for name, parts in amounts.items():
            self._read_money(name, parts, values, faults)
        if attributes:
            self._read_attributes(attributes, values, faults)
        return values, faults

    def _texts(self, cells: Mapping[str, Any]) -> dict[str, str]:
        plain = {header: self._text(value) for header, value in cells.items()}
        found = {ours: plain.get(theirs, "") for theirs, ours in self.plan.mapping.items()}
        for ours, template in self.plan.constants.items():
            if template and not found.get(ours):
                found[ours] = _filled(template, plain)
        return found

    def _text(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, list | tuple):
            value = "|".join(map(str, value))
        text = bare((value.isoformat() if hasattr(value, "isoformat") else str(value)).strip())
        return "" if text.lower() in self.empty else text

    def _read_cell(self, column: Column, text: str, values: dict[str, Any], faults: dict[str, str]) -> None:
        if text == "" and (column.header == "id" or self._is_given(column.field)):
            return
        try:
            if text == "":
                values[column.field] = self._nothing(column.field)
            else:
                values[column.field] = column.read(text) if column.read else text
        except CellFault as fault:
            faults[column.header] = str(fault)

    def _is_given(self, name: str) -> bool:
        f = self.resource.fields.get(name)
        return f is not None and f.given

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

    # --- From values to rows -----------------------------------------------------------------------------------------

    def run(self, rows: Sequence[tuple[int, Mapping[str, Any]]], *, save: bool) -> list[Result]:
        """Check the rows of a chunk and, if asked, save those that are sound; a bad row leaves the others alone."""
        with memo.block():
            found: dict[int, Result] = {}
            ready: list[tuple[int, dict[str, Any]]] = []
            for number, cells in rows:
                values, faults = self.read(cells)
                if faults:
                    found[number] = Result(number, "refused", faults=faults)
                else:
                    ready.append((number, values))
            fresh, known = self._sorted(ready, found)
            (self._save if save else self._check)(fresh, known, found)
            return [found[number] for number, _cells in rows]

    def _sorted(self, ready: list[tuple[int, dict[str, Any]]], found: dict[int, Result]) -> tuple[list[Any], list[Any]]:
        """New rows, and rows that are there already: by `id`, else by the resource's key, among what the actor may change."""
        changeable = scope(self.actor, self.resource.model, "change")
        by_id = {
            row.pk: row for row in changeable.filter(pk__in=[values["id"] for _n, values in ready if values.get("id")])
        }
        by_key = self._by_key(changeable, ready)
        fresh, known, taken = [], [], set()
        for number, values in ready:
            key = values.pop("id", None)
            row = by_id.get(key) if key else by_key.get(self._key(values))
            if key and row is None:
                found[number] = Result(
                    number, "refused", faults={"id": "There is no such row, or it is not yours to change."}
                )
            elif row is not None and row.pk in taken:
                found[number] = Result(
                    number, "refused", faults={"": "An earlier line of this file changes the same row."}
                )
            elif row is not None:
                taken.add(row.pk)
                known.append((number, row, values))
            else:
                fresh.append((number, values))
        return fresh, known

    def _key(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(values.get(name) for name in self.resource.key if name != "id" and name in self._file_fields())

    def _file_fields(self) -> set[str]:
        return {
            self.known[ours].field for ours in (*self.plan.mapping.values(), *self.plan.constants) if ours in self.known
        }

    def _by_key(self, changeable: Any, ready: list[tuple[int, dict[str, Any]]]) -> dict[tuple[Any, ...], Any]:
        names = [name for name in self.resource.key if name != "id" and name in self._file_fields()]
        wanted = [
            each
            for _n, values in ready
            if not values.get("id") and (each := self._key(values)) and None not in each and "" not in each
        ]
        if not names or not wanted:
            return {}
        rows = changeable.filter(
            **{f"{name}__in": {each[place] for each in wanted} for place, name in enumerate(names)}
        )
        found: dict[tuple[Any, ...], Any] = {}
        attnames = [self.resource.model._meta.get_field(name).attname for name in names]  # type: ignore[union-attr]
        for row in rows:
            found[tuple(getattr(row, name) for name in attnames)] = row
        return found

    def _changes(self, row: Any, values: dict[str, Any]) -> dict[str, Any]:
        """What differs; the document keeps the attributes that the file does not name."""
        document = self.resource.document
        found: dict[str, Any] = {}
        for name, value in values.items():
            if self._is_given(name):
                compute = self.resource.fields[name].compute
                if compute is not None and compute(row) != value:
                    # What is written only says something of it: why, or what it was based on.
                    said = {each for each in values if self._is_given(each) and not self.resource.fields[each].compute}
                    found |= {name: value} | {each: values[each] for each in said}
                continue
            if name == document:
                value = {**(getattr(row, document) or {}), **value}
            field_ = None if name in self.columns.money else self.resource.model._meta.get_field(name)
            held = getattr(row, field_.attname) if field_ is not None and field_.is_relation else getattr(row, name)  # type: ignore[union-attr]
            if held != value:
                found[name] = value
        writable = self.resource.writable(self.actor.audience, CHANGE)
        return {name: value for name, value in found.items() if name in writable or name not in self.resource.key}

    def _check(self, fresh: list[Any], known: list[Any], found: dict[int, Result]) -> None:
        assigning = Assigning(self.resource, self.actor)
        for number, values in fresh:
            found[number] = self._tried(number, "created", assigning, self.resource.model(), values, CREATE)
        for number, row, values in known:
            changes = self._changes(row, values)
            found[number] = (
                self._tried(number, "updated", assigning, row, changes, CHANGE)
                if changes
                else Result(number, "unchanged", row.pk)
            )

    def _tried(
        self, number: int, outcome: str, assigning: Assigning, row: Any, values: dict[str, Any], on: Any
    ) -> Result:
        try:
            faults = assigning.assign(row, values, on)
            row.derive()
            assigning.check(row, faults, unique=False)
        except DomainError as refusal:
            return self._refused(number, refusal)
        return Result(number, outcome, row.pk)

    def _save(self, fresh: list[Any], known: list[Any], found: dict[int, Result]) -> None:
        if fresh:
            answers = operations.create_many(
                self.resource, [values for _n, values in fresh], by=self.actor, reason=self.reason
            )
            self._record("created", [number for number, _v in fresh], answers, found)
        changed = []
        for number, row, values in known:
            changes = self._changes(row, values)
            if changes:
                changed.append((number, row, changes))
            else:
                found[number] = Result(number, "unchanged", row.pk)
        if changed:
            answers = operations.update_many(
                self.resource, [(row, changes) for _n, row, changes in changed], by=self.actor, reason=self.reason
            )
            self._record("updated", [number for number, _r, _c in changed], answers, found)

    def _record(
        self, outcome: str, numbers: list[int], answers: Sequence[Outcome | DomainError], found: dict[int, Result]
    ) -> None:
        for number, answer in zip(numbers, answers, strict=True):
            if isinstance(answer, DomainError):
                found[number] = self._refused(number, answer)
            else:
                found[number] = (
                    Result(number, outcome, answer.pk)
                    if answer.done
                    else Result(number, "refused", faults={"": answer.message})
                )

    def _refused(self, number: int, refusal: DomainError) -> Result:
        if isinstance(refusal, Invalid) or refusal.errors:
            faults: dict[str, str] = {}
            for each in refusal.errors:
                name = each.pointer.strip("/").removesuffix("_id")
                document, _slash, code = name.partition("/")
                faults[f"{ATTRIBUTE}{code}" if code and document == self.resource.document else name] = each.message
            return Result(number, "refused", faults=faults or {"": refusal.detail})
        return Result(number, "refused", faults={"": refusal.detail})


def _filled(template: str, cells: Mapping[str, str]) -> str:
    text = template
    for header, value in cells.items():
        text = text.replace(f"{{{header}}}", value.removesuffix(".0") if NUMBER.match(value) else value)
    return " ".join(text.split())


def chunks(
    rows: Iterable[Mapping[str, Any]], *, start: int = 0, size: int = CHUNK
) -> Iterator[list[tuple[int, Mapping[str, Any]]]]:
    """Rows with their numbers (the first is 1), so many at a time, after the first `start` rows."""
    chunk: list[tuple[int, Mapping[str, Any]]] = []
    for number, row in enumerate(rows, start=1):
        if number <= start:
            continue
        chunk.append((number, row))
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def exported(resource: type[Resource], actor: Actor, rows: Any) -> tuple[list[str], Iterator[list[Any]]]:
    """The headers and the rows of an export: what the actor may see, safe to open in a spreadsheet."""
    columns = Columns(resource, actor, definitions_of(resource, rows)).exported()

    def cells() -> Iterator[list[Any]]:
        for row in rows.iterator(chunk_size=1000):
            with memo.block():
                yield [
                    guarded(cell) if isinstance(cell, str) else cell for cell in (each.write(row) for each in columns)
                ]

    return [each.header for each in columns], cells()
