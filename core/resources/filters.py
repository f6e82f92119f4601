"""How a declared filter becomes query parameters: each kind of filter, its schema, how it is read, the rows it keeps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from pydantic import TypeAdapter

from core import context, references
from core.errors import FieldError, Invalid
from core.resources import schemas
from core.resources.declaration import F, Filter, Resource
from core.resources.registry import resource_of
from core.resources.types import Moment, key_of
from core.rules import Actor, scope

FORBIDDEN_CHARACTERS = {chr(n) for n in range(32)} | {chr(127)}


@dataclass(frozen=True)
class Parameter:
    """One query parameter: its name, JSON schema, words, and how one text of it is read (ValueError refuses)."""

    name: str
    schema: Mapping[str, Any]
    words: str
    read: Callable[[str], Any]
    many: bool = False
    condition: Callable[[Actor, Any], Q] | None = None

    def document(self) -> dict[str, Any]:
        """Its OpenAPI parameter object. Lists are comma-separated; repeats are taken too."""
        found: dict[str, Any] = {"name": self.name, "in": "query", "required": False, "description": self.words}
        if self.many:
            found |= {
                "schema": {"type": "array", "items": dict(self.schema), "maxItems": 50},
                "style": "form",
                "explode": False,
            }
        else:
            found["schema"] = dict(self.schema)
        return found


def printable(value: str) -> str:
    if FORBIDDEN_CHARACTERS & set(value):
        raise ValueError("Control characters are not taken.")
    return value


def yes_or_no(value: str) -> bool:
    if value not in ("true", "false"):
        raise ValueError("Send true or false.")
    return value == "true"


def number_within(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not (value.removeprefix("-").isascii() and value.removeprefix("-").isdecimal()) or len(value) > 20:
            raise ValueError("Send a whole number.")
        if not least <= int(value) <= most:
            raise ValueError(f"Send a number from {least} to {most}.")
        return int(value)

    return read


def one_of(values: tuple[str, ...]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in values:
            raise ValueError(f"Send one of: {', '.join(values)}.")
        return value

    return read


def searching(names: list[str]) -> Callable[[Actor, Any], Q]:
    """Every word of a text somewhere in these columns: for tables too small to need an index."""

    def search(_actor: Actor, words: str) -> Q:
        found = Q()
        for word in words.split()[:8]:
            anywhere = Q()
            for name in names:
                anywhere |= Q(**{f"{name}__icontains": word})
            found &= anywhere
        return found

    return search


def column_through(resource: type[Resource], name: str) -> models.Field | None:
    """The column by which a declared field is filtered: its own, or the one at the end of its `through`."""
    model, field = resource.model, schemas.column(resource, name)
    for step in resource.fields[name].through.split("__") if resource.fields.get(name, F()).through else ():
        field = model._meta.get_field(step)
        model = field.related_model
    return field


def _field(resource: type[Resource], name: str) -> models.Field:
    field = column_through(resource, name)
    if field is None:
        raise TypeError(f"{resource.__name__}.{name} cannot be filtered: it has no column.")
    return field


def _one(resource: type[Resource], name: str) -> tuple[Mapping[str, Any], Callable[[str], Any]]:
    """The schema of one value of a column, and how it is read from text."""
    field = _field(resource, name)
    if field.choices:
        values = tuple(str(value) for value, _label in field.flatchoices)
        return {"type": "string", "enum": list(values)}, one_of(values)
    if isinstance(field, models.BooleanField):
        return {"type": "boolean"}, yes_or_no
    if isinstance(field, models.IntegerField):
        most = 2**53 - 1 if isinstance(field, models.BigIntegerField) else 2**31 - 1
        return {"type": "integer", "minimum": -most, "maximum": most}, number_within(-most, most)
    if isinstance(field, models.DateTimeField):
        return {"type": "string", "format": "date-time", "maxLength": 40}, TypeAdapter(
            Moment, config={"val_temporal_unit": "seconds"}
        ).validate_python
    if isinstance(field, models.DateField):
        return {"type": "string", "format": "date", "maxLength": 10}, date.fromisoformat
    return {"type": "string", "maxLength": field.max_length or 200}, printable


def _related(resource: type[Resource], name: str, below: bool) -> Parameter:
    field = _field(resource, name)
    target: Any = field.related_model
    other = resource_of(target)
    public = other.public_by if other is not None else ""
    slug = other.also_by if other is not None else ""
    column = resource.fields[name].through or name
    words = f"{'Its ' + public if public else 'Its key' + (' or ' + slug if slug else '')}{', with everything below it' if below else ''}."
    schema = {"type": "string", "maxLength": 80, "pattern": r"^[A-Za-z0-9_-]{1,80}$"}

    def condition_of(actor: Actor, value: str) -> Q:
        if public:
            return Q(**{f"{column}__in": scope(actor, target).filter(**{public: references.read(value)})})
        known = key_of(value)
        if known is None and not slug:
            raise Invalid(errors=[FieldError(name, "parameter", "Send its key.")])
        by = {slug: value} if known is None else {"pk": known}
        key = scope(actor, target).filter(**by).values_list("pk", flat=True).first()
        if key is None:
            return Q(pk__in=())
        return Q(**{f"{column}__in": target.subtree_keys(key)}) if below else Q(**{f"{column}_id": key})

    def read_one(value: str) -> str:
        if not value or not value.replace("-", "").replace("_", "").isalnum() or not value.isascii():
            raise ValueError("Send a key or slug.")
        return value

    return Parameter(name, schema, words, read_one, condition=condition_of)


def _exact(resource: type[Resource], name: str) -> list[Parameter]:
    if isinstance(_field(resource, name), models.ForeignKey):
        return [_related(resource, name, below=False)]
    schema, reader = _one(resource, name)
    column = resource.fields[name].through or name
    return [
        Parameter(
            name,
            schema,
            f"Exactly this {name.replace('_', ' ')}.",
            reader,
            condition=lambda _actor, value: Q(**{column: value}),
        )
    ]


def _any_of(resource: type[Resource], name: str) -> list[Parameter]:
    where = resource.fields[name].where
    if where is not None:
        return [_worded(name, where)]
    schema, reader = _one(resource, name)
    column = resource.fields[name].through or name
    return [
        Parameter(
            name,
            schema,
            f"Any of these: {name.replace('_', ' ')}.",
            reader,
            many=True,
            condition=lambda _actor, value: Q(**{f"{column}__in": value}),
        )
    ]


def _worded(name: str, where: Mapping[str, Q]) -> Parameter:
    def condition(_actor: Actor, value: list[str]) -> Q:
        found = Q(pk__in=())
        for word in value:
            found |= where[word]
        return found

    schema = {"type": "string", "enum": list(where)}
    words = f"Any of these: {name.replace('_', ' ')}."
    return Parameter(name, schema, words, one_of(tuple(where)), many=True, condition=condition)


def _range(resource: type[Resource], name: str) -> list[Parameter]:
    money = name in getattr(resource.model, "money_fields", {})
    column = f"{name}_minor" if money else name
    schema, reader = _one(resource, column)
    unit = " in minor units" if money else ""
    words = name.replace("_", " ")
    return [
        Parameter(
            f"{name}_min",
            schema,
            f"Least {words}{unit}.",
            reader,
            condition=lambda _actor, value: Q(**{f"{column}__gte": value}),
        ),
        Parameter(
            f"{name}_max",
            schema,
            f"Most {words}{unit}.",
            reader,
            condition=lambda _actor, value: Q(**{f"{column}__lte": value}),
        ),
    ]


UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def read_span(value: str) -> timedelta:
    """Reads `12h`, `7d` or `2w`."""
    number, unit = value[:-1], value[-1:]
    if (
        unit not in UNITS
        or not (number.isascii() and number.isdecimal())
        or not 1 <= len(number) <= 4
        or not int(number)
    ):
        raise ValueError("Send a number of hours, days or weeks: 12h, 7d, 2w.")
    return timedelta(**{UNITS[unit]: int(number)})


def _moment(resource: type[Resource], name: str) -> list[Parameter]:
    """A range, and how long ago at most."""
    return [
        *_range(resource, name),
        Parameter(
            f"{name.removesuffix('_at')}_within",
            {"type": "string", "maxLength": 5, "pattern": r"^[0-9]{1,4}[hdw]$"},
            f"No longer ago than so many hours, days or weeks: 12h, 7d, 2w. Of {name.replace('_', ' ')}.",
            read_span,
            condition=lambda _actor, value: Q(**{f"{name}__gte": context.now() - value}),
        ),
    ]


def _is_set(resource: type[Resource], name: str) -> list[Parameter]:
    field = _field(resource, name)
    empty = Q(**{f"{name}__isnull": True}) | (
        Q(**{name: ""}) if isinstance(field, models.CharField | models.TextField | models.FileField) else Q()
    )
    return [
        Parameter(
            f"has_{name}",
            {"type": "boolean"},
            f"With or without {name.replace('_', ' ')}.",
            yes_or_no,
            condition=lambda _actor, value: ~empty if value else empty,
        )
    ]


MAKERS: dict[Filter, Callable[[type[Resource], str], list[Parameter]]] = {
    Filter.EXACT: _exact,
    Filter.ANY_OF: _any_of,
    Filter.RANGE: _range,
    Filter.SUBTREE: lambda resource, name: [_related(resource, name, below=True)],
    Filter.IS_SET: _is_set,
    Filter.MOMENT: _moment,
}
