"""From a model's columns to the types of the API: bounded, strict where lax is dangerous, and named."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    WithJsonSchema,
)

from core import money
from core.inputs import TEXT_PATTERN, no_lax_number

LARGEST_ID = 2**31 - 1
LONG_TEXT = 20_000
RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}")


def _written_out(value: Any) -> Any:
    """A moment is written as RFC 3339 has it: pydantic would also take seconds since 1970, as number or as text."""
    if isinstance(value, datetime) or (isinstance(value, str) and RFC3339.match(value)):
        return value
    raise ValueError("Send a moment such as 2026-01-31T12:00:00Z.")


def _utc(value: datetime) -> datetime:
    """PostgreSQL refuses offsets of 16 hours and more, which RFC 3339 allows: convert before it sees them."""
    try:
        return value.astimezone(UTC)
    except (OverflowError, ValueError):
        raise ValueError("That moment is out of range.") from None


def _currency(code: str) -> str:
    money.exponent(code)
    return code


def whole(least: int, most: int) -> Any:
    """A whole number within bounds. The bounds stand first: behind the validator they would drop out of the document."""
    return Annotated[int, Field(ge=least, le=most), BeforeValidator(no_lax_number)]


def key_of(spelled: object) -> int | None:
    """The key that a text from outside spells; None for what is no number, and for one that no column holds."""
    said = str(spelled)
    return int(said) if said.isdecimal() and len(said) < 19 else None


def text(most: int, least: int = 0) -> Any:
    """Printable text of bounded length."""
    return Annotated[str, Field(min_length=least, max_length=most, pattern=TEXT_PATTERN)]


Id = whole(1, LARGEST_ID)
Moment = Annotated[AwareDatetime, AfterValidator(_utc), BeforeValidator(_written_out)]
Measure = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False), BeforeValidator(no_lax_number)]
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_]*$")]


class Money(BaseModel):
    """An amount in minor units of a currency: 1099 with KES is KES 10.99."""

    model_config = ConfigDict(extra="forbid")

    amount: whole(0, money.LARGEST)  # type: ignore[valid-type]
    currency: Annotated[str, Field(min_length=3, max_length=3, pattern=r"^[A-Z]{3}$"), AfterValidator(_currency)]

    def counted(self) -> money.Money:
        """The same as the platform counts it."""
        return money.Money(self.amount, self.currency)


class SignedMoney(Money):
    """An amount in minor units of a currency that may be below zero: a change, or a balance."""

    amount: whole(-money.LARGEST, money.LARGEST)  # type: ignore[valid-type]


Number: Any = (
    Annotated[int, Field(strict=True, ge=-(2**53), le=2**53)]
    | Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e15, le=1e15)]
)


class AttributeRange(BaseModel):
    """From the least to the most of something."""

    model_config = ConfigDict(extra="forbid")

    least: Number
    most: Number


class AttributeLocation(BaseModel):
    """A place on the globe, in degrees."""

    model_config = ConfigDict(extra="forbid")

    latitude: Annotated[float, Field(ge=-90, le=90), BeforeValidator(no_lax_number)]
    longitude: Annotated[float, Field(ge=-180, le=180), BeforeValidator(no_lax_number)]


AttributeValue: Any = (
    StrictBool
    | Number
    | text(2000)
    | Annotated[list[text(200)], Field(max_length=100)]  # type: ignore[misc]
    | Money
    | AttributeRange
    | AttributeLocation
)
Document = Annotated[dict[Code, AttributeValue], Field(max_length=400)]  # type: ignore[valid-type]


def plain(value: Any) -> Any:
    """A value of a document's body as it is stored and compared: without models."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value.model_dump() if isinstance(value, BaseModel) else value


def type_of(field: models.Field) -> Any:
    """The type of one column, not counting null. TypeError for a column that has none: declare a `type`."""
    if field.choices and not isinstance(field, models.ForeignKey):
        empty = ("",) if field.blank and not field.null and isinstance(field, models.CharField) else ()
        return Literal[tuple(dict.fromkeys([*(value for value, _label in field.flatchoices), *empty]))]
    for kinds, answer in _TYPES:
        if isinstance(field, kinds):
            return answer(field)
    raise TypeError(
        f"{field.model.__name__}.{field.name}: give F(type=...), a {type(field).__name__} has no type of its own."
    )


def _integer(field: models.Field) -> Any:
    least, most = _bounds(field)
    return whole(least, most)


def _bounds(field: models.Field) -> tuple[int, int]:
    least, most = -(2**31), 2**31 - 1
    if isinstance(field, models.BigIntegerField):
        least, most = -money.LARGEST, money.LARGEST
    if isinstance(field, models.SmallIntegerField | models.PositiveSmallIntegerField):
        least, most = -(2**15), 2**15 - 1
    if isinstance(
        field, models.PositiveIntegerField | models.PositiveBigIntegerField | models.PositiveSmallIntegerField
    ):
        least = 0
    for validator in field.validators:
        limit = getattr(validator, "limit_value", None)
        if isinstance(limit, int):
            if isinstance(validator, MinValueValidator):
                least = max(least, limit)
            if isinstance(validator, MaxValueValidator):
                most = min(most, limit)
    return least, most


def _characters(field: models.Field) -> Any:
    return text(field.max_length or LONG_TEXT, 0 if field.blank else 1)


_TYPES: tuple[tuple[Any, Any], ...] = (
    (models.ForeignKey, lambda field: Id),
    (models.AutoField | models.BigAutoField, lambda field: Id),
    (models.BooleanField, lambda field: StrictBool),
    (models.FloatField | models.DecimalField, lambda field: Measure),
    (models.IntegerField, _integer),
    (models.DateTimeField, lambda field: Moment),
    (models.DateField, lambda field: date),
    (models.UUIDField, lambda field: text(36)),
    (models.FileField, lambda field: text(300)),
    (models.CharField | models.TextField, _characters),
    (
        models.JSONField,
        lambda field: Annotated[dict[str, Any], WithJsonSchema({"type": "object", "additionalProperties": True})],
    ),
)
