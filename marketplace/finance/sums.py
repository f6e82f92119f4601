"""Amounts by currency, added up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.money import Money


@dataclass(frozen=True)
class Much:
    """So many rows, what they come to in each currency, since when the oldest waits and by when the first has to be done."""

    count: int = 0
    amounts: tuple[Money, ...] = ()
    since: datetime | None = None
    due: datetime | None = None


def in_currencies(sums: Mapping[str, int]) -> tuple[Money, ...]:
    """What is not nothing, by currency."""
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()) if minor)


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """The first of those that are known."""
    return min((each for each in moments if each is not None), default=None)
