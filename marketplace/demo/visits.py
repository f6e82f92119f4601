"""Contact clicks of ninety days: busy noons and evenings, quiet Sundays, a few listings that everybody wants, and some bots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from marketplace.contacts.channels import Channel
from marketplace.contacts.classes import Klass, Rule
from marketplace.contacts.models import ContactClick

DAYS = 90
BY_HOUR = (1, 1, 1, 2, 4, 7, 9, 10, 12, 14, 14, 12, 11, 11, 12, 14, 17, 18, 15, 10, 6, 4, 2, 1)  # of the day, UTC
BY_WEEKDAY = (10, 10, 10, 11, 12, 13, 6)  # from Monday
BROWSERS = ("Chrome", "Chrome", "Chrome", "Samsung Internet", "Opera Mini", "Safari", "Firefox", "UC Browser", "App")
BOTS = ("Googlebot", "Link preview", "Script", "Bingbot", "Headless browser")


@dataclass(frozen=True)
class Window:
    """A listing and when buyers saw it."""

    listing: int
    vendor: int
    city: str
    since: datetime
    until: datetime


def clicks(windows: Sequence[Window], *, now: datetime, dice: Random, a_day: int = 130) -> list[ContactClick]:
    """About so many clicks on a usual day, in the order in which they were made; more towards the end, as the market grows."""
    pull = {window.listing: int(dice.paretovariate(1.25) * 100) for window in windows}
    found: list[ContactClick] = []
    for back in range(DAYS, -1, -1):
        day = (now - timedelta(days=back)).replace(hour=0, minute=0, second=0, microsecond=0)
        seen = [each for each in windows if each.since < day + timedelta(days=1) and each.until > day]
        if not seen:
            continue
        growth = 55 + 45 * (DAYS - back) // DAYS
        wanted = a_day * growth * BY_WEEKDAY[day.weekday()] * dice.randrange(85, 116) // (100 * 10 * 100)
        for window in dice.choices(seen, [pull[each.listing] for each in seen], k=wanted):
            found += _visit(window, day, now, dice)
    return sorted(found, key=lambda click: (click.at, click.listing_id))


def _visit(window: Window, day: datetime, now: datetime, dice: Random) -> Iterator[ContactClick]:
    """One visitor's click on a listing, and what they press after it."""
    hour = dice.choices(range(24), BY_HOUR)[0]
    at = day + timedelta(hours=hour, minutes=dice.randrange(60), seconds=dice.randrange(60))
    if not window.since < at < min(window.until, now):
        return
    chance, visitor = dice.randrange(1000), f"{dice.getrandbits(128):032x}"
    channel = Channel.WHATSAPP if dice.randrange(100) < 58 else Channel.CALL
    if chance < 40:
        yield _click(window, at, channel, visitor, Klass.BOT, Rule.PROGRAM, dice.choice(BOTS))
    elif chance < 52:
        yield _click(window, at, channel, visitor, Klass.BOT, Rule.NAMELESS, "None")
    elif chance < 66:
        yield _click(window, at, channel, visitor, Klass.OWN, Rule.MEMBER, "Chrome", signed_in=True)
    else:
        browser, signed_in = dice.choice(BROWSERS), dice.randrange(100) < 22
        yield _click(window, at, channel, visitor, Klass.VALID, Rule.PERSON, browser, signed_in=signed_in)
        again = at
        for _ in range(dice.choice((1, 1, 2)) if dice.randrange(100) < 8 else 0):
            again += timedelta(seconds=dice.randrange(40, 700))
            if again < now:
                yield _click(window, again, channel, visitor, Klass.REPEAT, Rule.AGAIN, browser, signed_in=signed_in)
        for _ in range(dice.randrange(3, 9) if dice.randrange(1000) < 6 else 0):
            again += timedelta(seconds=dice.randrange(5, 40))
            if again < now:
                yield _click(window, again, channel, visitor, Klass.RATE_LIMITED, Rule.TOO_MANY, browser)


def _click(
    window: Window,
    at: datetime,
    channel: Channel,
    visitor: str,
    klass: Klass,
    rule: Rule,
    family: str,
    *,
    signed_in: bool = False,
) -> ContactClick:
    return ContactClick(
        listing_id=window.listing, vendor_id=window.vendor, channel=channel, at=at, klass=klass, rule=rule, visitor=visitor,
        agent_family=family, is_signed_in=signed_in, city=window.city,
    )  # fmt: skip
