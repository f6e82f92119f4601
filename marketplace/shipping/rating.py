"""What sending something costs: pure sums over a method's prices."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from core.money import Money

Kind = Literal["flat", "table", "pickup", "carrier"]


@dataclass(frozen=True)
class Load:
    """What is sent: how heavy it is, and what is paid for it."""

    grams: int
    value: Money


@dataclass(frozen=True)
class Step:
    """Up to so much (grams, or minor units of the goods' value), it costs this."""

    up_to: int
    price: Money


@dataclass(frozen=True)
class Tariff:
    """A method's prices. `price` holds where no step says otherwise; `free_from`: goods worth as much are sent for nothing."""

    kind: Kind
    price: Money
    steps: tuple[Step, ...] = ()
    by_weight: bool = True
    free_from: Money | None = None
    most_grams: int | None = None

    def price_of(self, load: Load, *, asked: Money | None = None) -> Money | None:
        """What it takes for a load, or None where it does not take it. `asked`: what its carrier said, where one was asked."""
        if load.value.currency != self.price.currency:
            return None
        if self.most_grams is not None and load.grams > self.most_grams:
            return None
        if self.free_from is not None and self.free_from <= load.value:
            return Money(0, self.price.currency)
        if self.kind == "carrier":
            return asked or self.price
        measure = load.grams if self.by_weight else load.value.amount
        steps = sorted(self.steps, key=lambda step: step.up_to)
        return next((step.price for step in steps if measure <= step.up_to), self.price)


def folded(town: str) -> str:
    """A town as it is compared."""
    return " ".join(town.split()).casefold()


def reaches(countries: Iterable[str], towns: Iterable[str], *, country: str, town: str) -> bool:
    """Is a place among these? None of either: all of them."""
    lands, places = set(countries), {folded(each) for each in towns}
    return (not lands or country in lands) and (not places or folded(town) in places)


def days(least: int | None, most: int | None) -> str:
    """How long it takes, in words; nothing where it is not said."""
    if most is None:
        return ""
    least = most if least is None else least
    if most == 0:
        return "the same day"
    if least in (0, most):
        return f"{'up to ' if least == 0 else ''}{most} day{'' if most == 1 else 's'}"
    return f"{least} to {most} days"
