"""Where the money of an order stands: told by the books, which orders themselves do not know."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.money import Money
from core.rules import Actor
from marketplace.orders.models import Order, VendorOrder


@dataclass(frozen=True)
class Part:
    """One part of what a share brought: whose it is, how much, and the way to what makes that number."""

    title: str
    amount: Money
    link: str


#: Of shares, what each brought to whom: (actor, shares) -> by the share's key; nothing for those who may not see it.
Divider = Callable[[Actor, Sequence[VendorOrder]], Mapping[int, Sequence[Part]]]
#: Where all is booked that has to do with an order: (actor, order) -> address, or "" for those who may not see it.
Booked = Callable[[Actor, Order], str]
_dividers: list[Divider] = []
_books: list[Booked] = []


def divides(divider: Divider) -> Divider:
    """Say what shares brought to whom."""
    if divider not in _dividers:
        _dividers.append(divider)
    return divider


def books(booked: Booked) -> Booked:
    """Say where all is booked that has to do with an order."""
    if booked not in _books:
        _books.append(booked)
    return booked


def divided(actor: Actor, shares: Sequence[VendorOrder]) -> dict[int, list[Part]]:
    """What each of these shares brought to whom, as far as this actor may know."""
    found: dict[int, list[Part]] = {}
    for divider in _dividers:
        for key, parts in divider(actor, shares).items():
            found.setdefault(key, []).extend(parts)
    return found


def booked(actor: Actor, order: Order) -> str:
    """The way to what was booked of an order; "" where there is none for this actor."""
    return next((way for each in _books if (way := each(actor, order))), "")
