"""Tokens: whole numbers derived from a typed document, so that one index serves every filter and facet."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.lookups import Lookup

from core.resources import slices


class Space(IntEnum):
    """What a token stands for. The numbers are stored: never change one."""

    OPTION = 1
    FLAG = 2
    BUCKET = 3
    PLACE = 4


def pack(space: Space, key: int, part: int = 0) -> int:
    """The token of a key in a space: 8 bits of space, 40 of key, 15 of part; fits a signed 64-bit column."""
    if not (0 <= key < 1 << 40 and 0 <= part < 1 << 15):
        raise ValueError("A token's key or part is out of range.")
    return (space << 55) | (key << 15) | part


def unpack(token: int) -> tuple[Space, int, int]:
    """The space, key and part of a token."""
    return Space(token >> 55), (token >> 15) & ((1 << 40) - 1), token & ((1 << 15) - 1)


class TokensField(models.Field):
    """A sorted set of tokens: `bigint[]` on PostgreSQL, a JSON list elsewhere. Lookups: `overlaps`, `has_all`.

    Derived, never edited: set it in the row's `derive()`.
    """

    empty_strings_allowed = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", list)
        kwargs.setdefault("editable", False)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def db_type(self, connection: Any) -> str:
        return "bigint[]" if connection.vendor == "postgresql" else "text"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None or hasattr(value, "as_sql"):
            return value
        ordered = sorted(set(value))
        return ordered if connection.vendor == "postgresql" else orjson.dumps(ordered).decode()

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        return orjson.loads(value) if isinstance(value, str | bytes) else value

    def to_python(self, value: Any) -> Any:
        if value is None or (isinstance(value, list | tuple) and all(type(each) is int for each in value)):
            return value if value is None else list(value)
        raise ValidationError("Tokens are whole numbers.", code="invalid")

    def value_to_string(self, obj: Any) -> str:
        return orjson.dumps(self.value_from_object(obj)).decode()


class _TokenLookup(Lookup):
    prepare_rhs = False
    sign: str

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (value,)

    def _wanted(self) -> list[int]:
        return sorted({int(each) for each in self.rhs})

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} {self.sign} %s::bigint[]", (*params, self._wanted())


@TokensField.register_lookup
class Overlaps(_TokenLookup):
    """Rows with at least one of the tokens."""

    lookup_name = "overlaps"
    sign = "&&"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        wanted = self._wanted()
        marks = ", ".join(["%s"] * len(wanted)) or "NULL"
        return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value IN ({marks}))", (*params, *wanted)  # noqa: S608  marks only


@TokensField.register_lookup
class HasAll(_TokenLookup):
    """Rows with every one of the tokens."""

    lookup_name = "has_all"
    sign = "@>"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        wanted = self._wanted()
        marks = ", ".join(["%s"] * len(wanted)) or "NULL"
        counted = f"(SELECT COUNT(DISTINCT value) FROM json_each({column}) WHERE value IN ({marks})) = %s"  # noqa: S608  marks only
        return counted, (*params, *wanted, len(wanted))


class TokensIndex(models.Index):
    """The one GIN index on PostgreSQL, of tokens and, where a `moment` is named by which rows are listed, of the slices that it is in;
    elsewhere there is nothing to make.
    """

    suffix = "tok"

    def __init__(self, *, moment: str = "", **options: Any) -> None:
        self.moment = moment
        super().__init__(**options)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, expressions, options = super().deconstruct()
        return path, expressions, {**options, "moment": self.moment} if self.moment else options

    def create_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return "SELECT 1"
        if not self.moment:
            return super().create_sql(model, schema_editor, using=using or " USING gin", **kwargs)
        both = models.Index(*self.fields, slices.Numbers(self.moment), name=self.name, condition=self.condition)
        return both.create_sql(model, schema_editor, using=using or " USING gin", **kwargs)

    def remove_sql(self, model: Any, schema_editor: BaseDatabaseSchemaEditor, **kwargs: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return "SELECT 1"
        return super().remove_sql(model, schema_editor, **kwargs)


def places(keys: Iterable[int]) -> list[int]:
    """The tokens of the places (such as a category and those above it) that a row stands in."""
    return [pack(Space.PLACE, key) for key in keys]
