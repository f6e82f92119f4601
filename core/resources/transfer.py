"""Import and export of a resource: the actor's rows and columns, checked like any other write, saved by the engine's operations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from core import memo
from core.actions import Outcome
from core.errors import DomainError, Invalid
from core.resources import operations
from core.resources.assigning import Assigning
from core.resources.declaration import CHANGE, CREATE, Resource
from core.resources.transfer_cells import Plan, Reader
from core.resources.transfer_columns import ATTRIBUTE, Columns, definitions_of, guarded
from core.rules import Actor, scope

__all__ = ["CHUNK", "Exporter", "Importer", "Plan", "Result", "batches", "chunks", "exported"]

CHUNK, FEW, LOADED = 500, 20, 1_000
#: Stands for the row of a key that more than one row has.
SEVERAL: Any = object()
AGAIN = "An earlier line of this file changes the same row."
SKIPPED = "It is about something else, as this system's files have them."


@dataclass(frozen=True)
class Result:
    """What became of a row of a file: created, updated, unchanged, skipped or refused; faults are {our header: sentence}.

    `former` is the version that a row had before it was updated.
    """

    number: int
    outcome: str
    pk: int | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    former: int | None = None

    @property
    def sentence(self) -> str:
        """All faults in one line."""
        return " ".join(f"{name}: {text}" if name else text for name, text in self.faults.items())


class Importer:
    """Checks or saves the rows of one file for one actor. Keep one for the file: what it met, it remembers.

    `met`: keys of rows that an earlier run of the same import wrote.
    """

    def __init__(self, resource: type[Resource], actor: Actor, plan: Plan, *, met: Iterable[int] = ()) -> None:
        self.resource, self.actor, self.plan = resource, actor, plan
        self.reader = Reader(resource, actor, plan)
        self.reason = f"import {plan.name}".strip()
        self.writable = resource.writable(actor.audience, CHANGE)
        self.met = set(met)
        self._new_keys: set[int] = set()
        # What is given may lock more than its row, for as long as the chunk takes.
        self.size = FEW if any(self.reader.is_given(each) for each in self.reader.fields) else CHUNK

    # --- From values to rows -----------------------------------------------------------------------------------------

    def run(self, rows: Sequence[tuple[int, Mapping[str, Any]]], *, save: bool) -> list[Result]:
        """Check the rows of a chunk and, if asked, save those that are sound; a bad row leaves the others alone."""
        with memo.block():
            found: dict[int, Result] = {}
            ready: list[tuple[int, dict[str, Any]]] = []
            faulty: list[tuple[int, dict[str, Any]]] = []
            self.reader.prepare([cells for _number, cells in rows])
            for number, cells in rows:
                if self.reader.skips(cells):
                    found[number] = Result(number, "skipped", faults={"": SKIPPED})
                    continue
                values, faults = self.reader.read(cells)
                if faults:
                    found[number] = Result(number, "refused", faults=faults)
                    faulty.append((number, values))
                else:
                    ready.append((number, values))
            fresh, known = self._sorted(ready, found)
            (self._save if save else self._check)(fresh, known, found)
            self._find_more(faulty, found)
            return [found[number] for number, _cells in rows]

    def _find_more(self, faulty: list[tuple[int, dict[str, Any]]], found: dict[int, Result]) -> None:
        """What else is wrong with new rows that have cells which cannot be read: all is said at once."""
        new = [(number, values) for number, values in faulty if not values.pop("id", None)]
        known = self._by_key(scope(self.actor, self.resource.model, "change"), new) if new else {}
        assigning = Assigning(self.resource, self.actor)
        for number, values in new:
            if self._key(values) in known:
                continue
            said = dict(found[number].faults)
            more = self._tried(number, "", assigning, self.resource.model(), values, CREATE).faults
            more = {name: words for name, words in more.items() if name and name not in said}
            found[number] = Result(number, "refused", faults={**more, **said})

    def _sorted(self, ready: list[tuple[int, dict[str, Any]]], found: dict[int, Result]) -> tuple[list[Any], list[Any]]:
        """New rows, and rows that are there already: by `id`, else by the resource's key, among what the actor may change."""
        changeable = scope(self.actor, self.resource.model, "change")
        by_id = {
            row.pk: row for row in changeable.filter(pk__in=[values["id"] for _n, values in ready if values.get("id")])
        }
        by_key = self._by_key(changeable, ready)
        fresh, known = [], []
        for number, values in ready:
            pk, key = values.pop("id", None), self._key(values)
            row = by_id.get(pk) if pk else by_key.get(key)
            mark = hash(key) if _is_whole(key) else None
            if row is SEVERAL:
                found[number] = _refused(
                    number, "", f"More than one row has this {' and '.join(self._key_names())}: give its id."
                )
            elif pk and row is None:
                found[number] = _refused(number, "id", "There is no such row, or it is not yours to change.")
            elif row is not None and row.pk in self.met:
                found[number] = _refused(number, "", AGAIN)
            elif row is not None:
                self.met.add(row.pk)
                known.append((number, row, values))
            elif mark is not None and mark in self._new_keys:
                found[number] = _refused(number, "", AGAIN)
            else:
                if mark is not None:
                    self._new_keys.add(mark)
                fresh.append((number, values))
        return fresh, known

    def _key(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(values.get(name) for name in self._key_names())

    def _key_names(self) -> list[str]:
        return [name for name in self.resource.key if name != "id" and name in self.reader.fields]

    def _by_key(self, changeable: Any, ready: list[tuple[int, dict[str, Any]]]) -> dict[tuple[Any, ...], Any]:
        names = self._key_names()
        wanted = [each for _n, values in ready if not values.get("id") and _is_whole(each := self._key(values))]
        if not names or not wanted:
            return {}
        rows = changeable.filter(
            **{f"{name}__in": {each[place] for each in wanted} for place, name in enumerate(names)}
        )
        found: dict[tuple[Any, ...], Any] = {}
        attnames = [self.resource.model._meta.get_field(name).attname for name in names]  # type: ignore[union-attr]
        for row in rows:
            key = tuple(getattr(row, name) for name in attnames)
            found[key] = SEVERAL if key in found else row  # another vendor's may have the same
        return found

    def _changes(self, row: Any, values: dict[str, Any]) -> dict[str, Any]:
        """What differs; the document keeps the attributes that the file does not name."""
        document = self.resource.document
        found: dict[str, Any] = {}
        for name, value in values.items():
            if self.reader.is_given(name):
                compute = self.resource.fields[name].compute
                if compute is not None and compute(row) != value:
                    # What is written only says something of it: why, or what it was based on.
                    said = {
                        each for each in values if self.reader.is_given(each) and not self.resource.fields[each].compute
                    }
                    found |= {name: value} | {each: values[each] for each in said}
                continue
            if name == document:
                value = {**(getattr(row, document) or {}), **value}
            field_ = None if name in self.reader.columns.money else self.resource.model._meta.get_field(name)
            held = getattr(row, field_.attname) if field_ is not None and field_.is_relation else getattr(row, name)  # type: ignore[union-attr]
            if held != value:
                found[name] = value
        return {name: value for name, value in found.items() if name in self.writable or name not in self.resource.key}

    def _check(self, fresh: list[Any], known: list[Any], found: dict[int, Result]) -> None:
        assigning = Assigning(self.resource, self.actor)
        assigning.prepare([values for _n, values in fresh])
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
            self._record("created", [(number, None) for number, _v in fresh], answers, found)
            self.met |= {answer.pk for answer in answers if isinstance(answer, Outcome)}
        changed = []
        for number, row, values in known:
            changes = self._changes(row, values)
            if changes:
                changed.append((number, row, changes, getattr(row, "version", None)))
            else:
                found[number] = Result(number, "unchanged", row.pk)
        if changed:
            answers = operations.update_many(
                self.resource, [(row, changes) for _n, row, changes, _v in changed], by=self.actor, reason=self.reason
            )
            self._record("updated", [(number, former) for number, _r, _c, former in changed], answers, found)

    def _record(
        self,
        outcome: str,
        numbers: list[tuple[int, int | None]],
        answers: Sequence[Outcome | DomainError],
        found: dict[int, Result],
    ) -> None:
        for (number, former), answer in zip(numbers, answers, strict=True):
            if isinstance(answer, DomainError):
                found[number] = self._refused(number, answer)
            elif answer.done:
                found[number] = Result(number, outcome, answer.pk, former=former)
            else:
                found[number] = _refused(number, "", answer.message)

    def _refused(self, number: int, refusal: DomainError) -> Result:
        if isinstance(refusal, Invalid) or refusal.errors:
            faults: dict[str, str] = {}
            for each in refusal.errors:
                name = each.pointer.strip("/").removesuffix("_id")
                document, _slash, code = name.partition("/")
                faults[f"{ATTRIBUTE}{code}" if code and document == self.resource.document else name] = each.message
            return Result(number, "refused", faults=faults or {"": refusal.detail})
        return Result(number, "refused", faults={"": refusal.detail})


def _is_whole(key: tuple[Any, ...]) -> bool:
    return bool(key) and None not in key and "" not in key


def _refused(number: int, name: str, sentence: str) -> Result:
    return Result(number, "refused", faults={name: sentence})


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


class Exporter:
    """Writes rows of a resource as an actor may read them, safe to open in a spreadsheet.

    `rows` are all that will be written: their places say which attributes have columns.
    """

    def __init__(self, resource: type[Resource], actor: Actor, rows: Any) -> None:
        self.columns = Columns(resource, actor, definitions_of(resource, rows))
        written = self.columns.exported()
        self.headers = [each.header for each in written]
        self._writers = [each.write for each in written]

    def prepared(self, rows: Any) -> Any:
        """The rows, to be read with what their columns need."""
        return self.columns.prepared(rows)

    def cells(self, rows: Sequence[Any]) -> list[list[Any]]:
        """The cells of some rows; what they name is looked up for all of them at once."""
        with memo.block():
            self.columns.name_all(rows)
            return [
                [guarded(cell) if isinstance(cell := write(row), str) else cell for write in self._writers]
                for row in rows
            ]


def exported(resource: type[Resource], actor: Actor, rows: Any) -> tuple[list[str], Iterator[list[Any]]]:
    """The headers and the rows of an export, read a thousand at a time: memory does not grow with them."""
    exporter = Exporter(resource, actor, rows)

    def cells() -> Iterator[list[Any]]:
        for chunk in batches(exporter.prepared(rows).iterator(chunk_size=LOADED), LOADED):
            yield from exporter.cells(chunk)

    return exporter.headers, cells()


def batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """So many at a time."""
    walking = iter(rows)
    while batch := list(islice(walking, size)):
        yield batch
