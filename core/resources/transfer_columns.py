"""The columns of files: how each declared field is written to a cell and read back, so that what was exported can be imported."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import FETCH_PEERS, QuerySet
from django.utils import timezone
from pydantic import TypeAdapter
from pydantic import ValidationError as BodyError

from core.money import Money
from core.resources import documents
from core.resources.declaration import CHANGE, CREATE, F, Resource
from core.resources.definitions import Definition, Kind
from core.resources.document_values import Fault, read_text, write_text
from core.resources.identity import id_of
from core.resources.registry import resource_of
from core.resources.types import key_of
from core.rules import Actor, scope

FORMULA = re.compile(r"^'*[=+\-@\t\r]")
QUOTED = re.compile(r"^'+[=+\-@\t\r]")
WHOLE = re.compile(r"^-?\d{1,17}$", re.ASCII)
ATTRIBUTE = "attr."
PLACES = 500
MOST_NAMES = 20_000


class CellFault(ValueError):
    """Why a cell is not taken, in a sentence."""


def guarded(text: str) -> str:
    """Text that a spreadsheet would run as a formula, made harmless; `bare` gives it back."""
    return f"'{text}" if FORMULA.match(text) else text


def bare(text: str) -> str:
    """The text that `guarded` was given."""
    return text[1:] if QUOTED.match(text) else text


@dataclass(frozen=True)
class Column:
    """One column of a file. `write(row)` gives the cell; `read(text)` the value, CellFault refuses. `field` is the declared name."""

    header: str
    field: str
    title: str
    write: Callable[[Any], Any]
    read: Callable[[str], Any] | None = None
    attribute: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    related: bool = False


class Columns:
    """The columns of a resource for an actor: those it may read, to export; those it may write, to import."""

    def __init__(self, resource: type[Resource], actor: Actor, definitions: Iterable[Definition] = ()) -> None:
        self.resource, self.actor = resource, actor
        self.definitions = tuple(definitions)
        self._found: dict[tuple[str, str], Any] = {}
        self.money = getattr(resource.model, "money_fields", {})

    def exported(self) -> list[Column]:
        """The key and every readable column, the document as one column for each attribute."""
        found = [Column("id", "id", "Id", id_of)]
        for name, f in self.resource.readable(self.actor.audience).items():
            if name != "id":
                found += self._columns(name, f)
        return found

    def imported(self) -> list[Column]:
        """What a file may bring: the key, and what the actor may write at creation or change."""
        audience = self.actor.audience
        names = {**self.resource.writable(audience, CREATE), **self.resource.writable(audience, CHANGE)}
        keys = [name for name in self.resource.key if name not in names and name != "id"]
        found = [Column("id", "id", "Id (changes the row that has it)", lambda row: row.pk, _whole)]
        found = [] if self.resource.public_by else found
        for name in [*keys, *names]:
            found += [each for each in self._columns(name, self.resource.fields[name]) if each.read is not None]
        return found

    def _columns(self, name: str, f: F) -> list[Column]:
        if name == self.resource.document:
            return [self._attribute(each) for each in documents.seen_by(self.actor, self.definitions)]
        title = name.replace("_", " ").capitalize()
        if name in self.money:
            return [
                Column(name, name, title, lambda row: _amount(getattr(row, name)), str),
                Column(
                    f"{name}_currency",
                    name,
                    f"{title}: currency",
                    lambda row: getattr(row, f"{name}_currency") or "",
                    str,
                ),
            ]
        if f.given:
            return [
                Column(name, name, title, lambda row: _cell(self._computed(f, row)), lambda text: _taken(f.type, text))
            ]
        if f.compute is not None or f.compute_for is not None:
            return [Column(name, name, title, lambda row: _cell(self._computed(f, row)))]
        field = _field(self.resource, name)
        if field is None or isinstance(field, models.ManyToManyField):
            return []
        if isinstance(field, models.ForeignKey):
            return [
                Column(
                    name,
                    name,
                    title,
                    lambda row: self._name_of(field, row),
                    lambda text: self.find(field, text),
                    related=True,
                )
            ]
        if isinstance(field, models.FileField):
            return [Column(name, name, title, lambda row: getattr(row, name).url if getattr(row, name) else "")]
        choices = tuple((str(value), str(label)) for value, label in field.flatchoices) if field.choices else ()
        return [
            Column(
                name,
                name,
                title,
                lambda row: _cell(getattr(row, name)),
                lambda text: _read(field, text),
                choices=choices,
            )
        ]

    def _computed(self, f: F, row: Any) -> Any:
        if f.compute is not None:
            return f.compute(row)
        return f.compute_for(row, self.actor) if f.compute_for is not None else None

    def _attribute(self, definition: Definition) -> Column:
        document = self.resource.document

        def write(row: Any) -> Any:
            values = documents.held(row) if definition.shown_if is not None else getattr(row, document) or {}
            value = values.get(definition.code)
            return value if definition.kind is Kind.NUMBER else write_text(definition, value)

        return Column(
            f"{ATTRIBUTE}{definition.code}", document, definition.label, write, str, attribute=definition.code
        )

    def read_attribute(self, definition: Definition, text: str) -> Any:
        """The value of an attribute's cell."""
        try:
            return read_text(definition, text)
        except Fault as fault:
            raise CellFault(fault.sentence) from None

    def prepared(self, rows: QuerySet) -> QuerySet:
        """The rows, to be read with what their computed columns need: a number of queries that does not grow with them."""
        joined, prefetched = [], []
        for f in self.resource.readable(self.actor.audience).values():
            for need in f.needs if f.compute is not None or f.compute_for is not None else ():
                head = _field(self.resource, need.split("__")[0])
                if head is None and need.split("__")[0] not in self.money:
                    prefetched.append(need)
                elif head is not None and head.is_relation and not isinstance(head, models.ManyToManyField):
                    joined.append(need.rsplit("__", 1)[0])
        rows = rows.select_related(*joined) if joined else rows
        return rows.prefetch_related(*dict.fromkeys(prefetched)).fetch_mode(FETCH_PEERS)

    # --- Related rows, by slug or key, within the actor's reach -------------------------------------------------------

    def name_all(self, rows: Sequence[Any]) -> None:
        """Look up what the rows of a chunk name, all at once for each column; what other chunks named is forgotten in time."""
        if len(self._found) > MOST_NAMES:
            self._found.clear()
        for name in self.resource.readable(self.actor.audience):
            field = _field(self.resource, name)
            if isinstance(field, models.ForeignKey):
                keys = {getattr(row, field.attname) for row in rows} - {None}
                self._name(field, {key for key in keys if ("name", f"{name}:{key}") not in self._found})

    def _name(self, field: models.ForeignKey, keys: Collection[Any]) -> None:
        target: Any = field.related_model
        other = resource_of(target)
        self._found.update({("name", f"{field.name}:{key}"): "" for key in keys})
        for row in scope(self.actor, target).filter(pk__in=keys) if keys else ():
            named = getattr(row, other.also_by) if other is not None and other.also_by else id_of(row)
            self._found["name", f"{field.name}:{row.pk}"] = named

    def _name_of(self, field: models.ForeignKey, row: Any) -> Any:
        key = getattr(row, field.attname)
        if key is None:
            return ""
        if ("name", f"{field.name}:{key}") not in self._found:
            self._name(field, {key})
        return self._found["name", f"{field.name}:{key}"]

    def find(self, field: models.ForeignKey, text: str) -> Any:
        """The key of the row that a cell names: by key, slug or exact words. CellFault where it is not the actor's to name."""
        memo = (field.name, text)
        if memo not in self._found:
            self._found[memo] = self._look_up(field, text)
        if self._found[memo] is None:
            raise CellFault(f"There is no {field.related_model._meta.verbose_name} “{text[:60]}”, or it is not yours.")  # type: ignore[union-attr]
        return self._found[memo]

    def find_all(self, name: str, texts: Collection[str]) -> None:
        """Look up what the cells of a chunk name, all at once; what is named by its words is left to `find`."""
        field = _field(self.resource, name)
        if not isinstance(field, models.ForeignKey):
            return
        if len(self._found) > MOST_NAMES:
            self._found.clear()
        wanted = {text for text in texts if text and "\x00" not in text and (name, text) not in self._found}
        target: Any = field.related_model
        rows, other = scope(self.actor, target), resource_of(target)
        for way in self._exact_ways(target, other) if len(wanted) > 1 else ():
            spelled = {text: key_of(text) if way == "pk" else text for text in wanted}
            named: dict[Any, list[Any]] = {}
            for value, key in rows.filter(**{f"{way}__in": set(spelled.values()) - {None}}).values_list(way, "pk"):
                named.setdefault(value, []).append(key)
            for text, value in spelled.items():
                if len(named.get(value, ())) == 1:
                    self._found[name, text] = named[value][0]
            wanted = {text for text in wanted if (name, text) not in self._found}

    def _exact_ways(self, target: Any, other: type[Resource] | None) -> list[str]:
        ways = ["pk"]
        if other is not None and (named := other.public_by or other.also_by):
            ways.append(named)
        if other is not None and len(other.key) == 1 and other.key[0] in other.readable(self.actor.audience):
            ways.append(other.key[0])
        return list(dict.fromkeys(ways))

    def _look_up(self, field: models.ForeignKey, text: str) -> Any:
        if "\x00" in text:  # nothing is called so, and PostgreSQL may not even be asked
            return None
        target: Any = field.related_model
        rows, other = scope(self.actor, target), resource_of(target)
        key = key_of(text)
        ways: list[dict[str, Any]] = [
            {way: key if way == "pk" else text}
            for way in self._exact_ways(target, other)
            if way != "pk" or key is not None
        ]
        names = {each.name for each in target._meta.concrete_fields} & {"name", "title"}
        ways += [
            {f"{name}__iexact": text}
            for name in sorted(names)
            if other is not None and name in other.readable(self.actor.audience)
        ]
        for way in ways:
            keys = list(rows.filter(**way).values_list("pk", flat=True)[:2])
            if len(keys) == 1:
                return keys[0]
        return None


def definitions_of(resource: type[Resource], rows: QuerySet) -> tuple[Definition, ...]:
    """The definitions that hold for any of the rows, each code once."""
    if not resource.document:
        return ()
    names = [f"{name}_id" for name in resource.model.document_depends_on]  # type: ignore[attr-defined]
    found: dict[str, Definition] = {}
    for place in rows.order_by().values(*names).distinct()[:PLACES]:
        for definition in resource.model(**place).document_definitions():  # type: ignore[attr-defined]
            found.setdefault(definition.code, definition)
    return tuple(found.values())


def _field(resource: type[Resource], name: str) -> models.Field | None:
    try:
        field = resource.model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.Field) else None


def _amount(value: Money | None) -> str:
    return "" if value is None else value.major()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "|".join(str(each) for each in value)
    return str(value)


def _whole(text: str) -> int:
    plain = text.removesuffix(".0")
    if not (plain.isascii() and plain.isdecimal()) or len(plain) > 17:
        raise CellFault("Write the number of a row.")
    return int(plain)


def _taken(kind: Any, text: str) -> Any:
    """A given value as its type has it: the text, or the whole number that it spells."""
    number = text.removesuffix(".0")
    for value in (text, int(number) if WHOLE.match(number) else text):
        try:
            return TypeAdapter(kind).validate_python(value)
        except BodyError as fault:
            words = str(fault.errors()[0]["msg"]).removeprefix("Value error, ")
    raise CellFault(f"{words.rstrip('.')}.")


def _read(field: models.Field, text: str) -> Any:
    if text == "":
        return None if field.null else "" if field.empty_strings_allowed else None
    if field.choices:
        wanted = text.lower()
        found = next(
            (value for value, label in field.flatchoices if wanted in (str(value).lower(), str(label).lower())), None
        )
        if found is None:
            raise CellFault(f"Choose one of: {', '.join(str(value) for value, _label in field.flatchoices)}.")
        return found
    if isinstance(field, models.BooleanField):
        if text.lower() not in ("yes", "no", "true", "false", "1", "0"):
            raise CellFault("Say yes or no.")
        return text.lower() in ("yes", "true", "1")
    if isinstance(field, models.DateTimeField):
        return _moment(text)
    if isinstance(field, models.IntegerField):
        text = text.removesuffix(".0")
    if isinstance(field, models.JSONField):
        return [part.strip() for part in re.split(r"[|;,]", text) if part.strip()]
    try:
        return field.to_python(text)
    except ValidationError as fault:
        raise CellFault("; ".join(fault.messages)) from None


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CellFault("Write a moment such as 2026-01-31T09:30:00+03:00.") from None
    return found if found.tzinfo else found.replace(tzinfo=timezone.get_current_timezone())
