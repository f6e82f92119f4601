"""What becomes of each order, and when: a pure plan, the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.conf import settings

from marketplace.demo.visits import BY_HOUR, BY_WEEKDAY

DAYS = 88
KEPT = timedelta(minutes=settings.ORDER_MINUTES)

#: Out of a hundred orders of the past; what is left is sent and arrives.
SHARES = (
    ("declined", 6),
    ("expired", 7),
    ("called_off", 3),
    ("regretted", 3),
    ("share_cancelled", 4),
    ("returned", 3),
    ("late", 1),
    ("too_late", 1),
)

#: How far an order of the last days has come: what, hours ago, how many vendors; in Savanna Motors' queues too.
LATELY = (
    ("pending", 0.1, 2), ("pending", 0.2, 1), ("confirming", 0.15, 2), ("declined_now", 0.25, 1),
    ("paid", 1, 2), ("paid", 3, 1), ("paid", 6, 2), ("paid", 20, 1),
    ("processing", 8, 2), ("processing", 26, 1), ("processing", 30, 2), ("processing", 51, 1),
    ("part_shipped", 28, 2), ("part_shipped", 50, 2),
    ("in_parts", 5, 1), ("in_parts", 9, 2), ("in_parts", 60, 1),
    ("to_fetch", 4, 1), ("to_fetch", 5, 2), ("with_courier", 6, 1), ("nobody_there", 10, 1), ("brought", 33, 1),
    ("shipped", 30, 1), ("shipped", 52, 2), ("shipped", 74, 1),
    ("stuck", 0.35, 1), ("stuck_refund", 29, 1), ("share_cancelled", 31, 2), ("returned", 130, 1),
)  # fmt: skip


@dataclass(frozen=True)
class Plot:
    """An order to be: when, what becomes of it, of how many vendors; `of` names one that must be among them."""

    at: datetime
    fate: str
    vendors: int = 1
    of: str = ""
    buyer: str = ""


def past(now: datetime, dice: Random, *, count: int) -> Iterator[Plot]:
    """About so many orders of the last months, more towards the end: all but the last days, which `lately` tells."""
    span = DAYS - 4
    days = [now - timedelta(days=back) for back in range(DAYS, 4, -1)]
    weights = [BY_WEEKDAY[day.weekday()] * (40 + 60 * place // span) for place, day in enumerate(days)]
    for place, day in enumerate(dice.choices(days, weights, k=count)):
        hour = dice.choices(range(24), BY_HOUR)[0]
        at = day.replace(hour=hour, minute=dice.randrange(60), second=dice.randrange(60))
        yield Plot(at, _fate(place, dice), vendors=dice.choices((1, 2, 3), (62, 30, 8))[0])


def lately(now: datetime, *, of: str, buyer: str) -> Iterator[Plot]:
    """What is under way: once in the whole market, and once with one vendor and one buyer who are looked at often."""
    for fate, hours, vendors in LATELY:
        yield Plot(now - timedelta(hours=hours), fate, vendors)
    for fate, hours, vendors in LATELY[::2]:
        if fate != "stuck":
            yield Plot(now - timedelta(hours=hours, minutes=3), fate, max(vendors, 2), of=of, buyer=buyer)


def _fate(place: int, dice: Random) -> str:
    """Each of the rare ones at least once in the first of many, then as the dice fall."""
    if place < len(SHARES):
        return SHARES[place][0]
    drawn = dice.randrange(100)
    for fate, share in SHARES:
        drawn -= share
        if drawn < 0:
            return fate
    return "delivered"
