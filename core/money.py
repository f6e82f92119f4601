"""Money: integer minor units with a currency. Nothing else may round."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal  # formatting only: Babel speaks Decimal
from typing import Any, Self

from babel.core import get_global
from babel.numbers import format_currency, get_currency_precision
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from core.errors import Conflict

LARGEST = 2**53 - 1  # every JSON reader holds it exactly
BASIS = 10_000
_KNOWN = frozenset(get_global("all_currencies"))


class MixedCurrency(Conflict):
    code = "mixed_currency"
    sentence = "{one} and {other} cannot be added: an order has one currency."


def exponent(currency: str) -> int:
    """How many decimals a currency has (CLDR): JPY 0, KES 2, KWD 3. ValueError for an unknown code."""
    if currency not in _KNOWN:
        raise ValueError(f"{currency} is not an ISO 4217 currency code.")
    return get_currency_precision(currency)


def _half_up(numerator: int, denominator: int) -> int:
    """Exact integer division, halves away from zero."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    numerator, denominator = abs(numerator), abs(denominator)
    return sign * ((2 * numerator + denominator) // (2 * denominator))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency. Adding two currencies refuses with 409 `mixed_currency`."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError("Money is counted in whole minor units.")
        exponent(self.currency)

    def _with(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise MixedCurrency(one=self.currency, other=other.currency)
        return other.amount

    def __add__(self, other: "Money") -> Self:
        return type(self)(self.amount + self._with(other), self.currency)

    def __sub__(self, other: "Money") -> Self:
        return type(self)(self.amount - self._with(other), self.currency)

    def __neg__(self) -> Self:
        return type(self)(-self.amount, self.currency)

    def __mul__(self, times: int) -> Self:
        if type(times) is not int:
            raise TypeError("Money is multiplied by whole numbers; use share() for parts.")
        return type(self)(self.amount * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._with(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._with(other)

    def share(self, basis_points: int) -> Self:
        """This many hundredths of a percent of it, halves rounded away from zero."""
        return type(self)(_half_up(self.amount * basis_points, BASIS), self.currency)

    def within(self, basis_points: int) -> Self:
        """What of it is an addition of this many hundredths of a percent that it holds already: 1600 of 116.00 is 16.00."""
        return type(self)(_half_up(self.amount * basis_points, BASIS + basis_points), self.currency)

    def share_out(self, weights: Sequence[int]) -> list[Self]:
        """Split by weights with the largest-remainder method: the parts add up to the whole, always."""
        return [type(self)(part, self.currency) for part in allocate(self.amount, weights)]

    def major(self) -> str:
        """The plain decimal text in major units, as a person types it: "1099.50"."""
        places = exponent(self.currency)
        whole, minor = divmod(abs(self.amount), 10**places)
        text = f"{whole}.{minor:0{places}d}" if places else str(whole)
        return f"-{text}" if self.amount < 0 else text

    @classmethod
    def from_major(cls, text: str, currency: str) -> Self:
        """Read "1,099.50" as a person writes it. ValueError for anything else, and for more decimals than there are."""
        places = exponent(currency)
        cleaned = text.strip().replace(",", "").replace(" ", "")
        sign, cleaned = (-1, cleaned[1:]) if cleaned.startswith("-") else (1, cleaned)
        whole, _dot, decimals = cleaned.partition(".")
        if not (whole or decimals) or not (whole + decimals).isascii() or not (whole + decimals).isdigit():
            raise ValueError("Write an amount such as 1099.50.")
        if len(decimals.rstrip("0")) > places:
            raise ValueError(f"{currency} has {places} decimals.")
        return cls(sign * int((whole or "0") + decimals[:places].ljust(places, "0")), currency)

    def text(self, locale: str = "en") -> str:
        """As people read it, with currency and thousands: "KES 1,099.50"."""
        number = Decimal(self.amount).scaleb(-exponent(self.currency))
        return format_currency(number, self.currency, locale=locale, format="¤¤ #,##0.00", currency_digits=True)

    def __str__(self) -> str:
        return self.text()


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of a whole in proportion to non-negative weights; remainders go to the largest fractions, first come first."""
    scale = sum(weights)
    if scale <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("Weights must not be negative, and one must be positive.")
    sign, whole = (-1, -total) if total < 0 else (1, total)
    parts = [whole * weight // scale for weight in weights]
    rest = whole - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % scale), i))
    for index in by_remainder[:rest]:
        parts[index] += 1
    return [sign * part for part in parts]


class MoneyField:
    """Two columns, one Money: `price` reads and writes `price_minor` and `price_currency` together.

    Options: `null` allows no money at all, `least` the smallest amount (0 unless said), `verbose_name`.
    """

    def __init__(self, *, null: bool = False, least: int | None = 0, verbose_name: str = "") -> None:
        self.null, self.least, self.verbose_name = null, least, verbose_name

    def contribute_to_class(self, model: type[models.Model], name: str) -> None:
        self.name = name
        words = self.verbose_name or name.replace("_", " ")
        bounds = [MaxValueValidator(LARGEST)] + ([] if self.least is None else [MinValueValidator(self.least)])
        amount = models.BigIntegerField(f"{words} (minor units)", null=self.null, blank=self.null, validators=bounds)
        currency = models.CharField(
            f"{words} currency", max_length=3, null=self.null, blank=self.null, validators=[known_currency]
        )
        model.add_to_class(f"{name}_minor", amount)
        model.add_to_class(f"{name}_currency", currency)
        setattr(model, name, self)
        model.money_fields = {**getattr(model, "money_fields", {}), name: self}  # type: ignore[attr-defined]

    def __get__(self, row: Any, owner: Any = None) -> Any:
        if row is None:
            return self
        amount = getattr(row, f"{self.name}_minor")
        return None if amount is None else Money(amount, getattr(row, f"{self.name}_currency"))

    def __set__(self, row: Any, value: Money | None) -> None:
        setattr(row, f"{self.name}_minor", None if value is None else value.amount)
        setattr(row, f"{self.name}_currency", None if value is None else value.currency)


def known_currency(code: str) -> None:
    """Model validator: refuses a currency that ISO 4217 does not have."""
    if code not in _KNOWN:
        raise ValidationError("That is not a currency code such as KES.", code="unknown_currency")
