"""What becomes of each listing, and when: a pure plan, the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.conf import settings

WORKDAY = (5, 16)  # hours of the day, UTC, in which East Africa works
SESSIONS = (6, 13)  # when moderators sit down
LIFETIME = timedelta(days=settings.LISTING_DAYS)
SEASON = LIFETIME - timedelta(days=2)  # what was approved before is expired by now, or renewed
LONG_AGO = tuple(LIFETIME + timedelta(days=more) for more in (4, 11, 18, 25))

CHANGES = (
    "Please add clear photos of the item itself.",
    "Please describe its condition.",
    "Please move it to the category where it belongs.",
    "Please take phone numbers and links out of the text.",
)
REJECTIONS = (
    "This looks like a copy of another listing.",
    "The price is not the real price.",
    "The photos do not show what is offered.",
    "This may not be sold here.",
)

#: Minutes for which the queue's listings wait.
WAITS = (4, 9, 17, 31, 48, 75, 110, 160, 230, 340, 500, 800, 1300, 1900, 2700)

#: Out of a thousand listings of a vendor on the storefront; what is left stays approved.
SHARES = (
    ("pending", 29),
    ("changes_requested", 18),
    ("rejected", 26),
    ("draft", 26),
    ("paused", 38),
    ("archived", 30),
    ("expired", 18),
    ("renewed", 12),
    ("fresh", 14),
    ("came_back", 30),
)


@dataclass(frozen=True)
class Step:
    """Something that is done to a listing: at what moment, which verb, by whom ("vendor", "staff", "clock"), and why."""

    at: datetime
    verb: str
    who: str
    reason: str = ""


@dataclass(frozen=True)
class Story:
    """A listing's life: entered at a moment, then its steps in order."""

    fate: str
    entered_at: datetime
    steps: tuple[Step, ...]


def fates(count: int, dice: Random) -> list[str]:
    """One fate for each of so many listings, in the shares above, shuffled."""
    found = [fate for fate, share in SHARES for _ in range(round_half_up(count * share, 1000))]
    found += ["approved"] * (count - len(found))
    dice.shuffle(found)
    return found[:count]


def round_half_up(part: int, whole: int) -> int:
    return (2 * part + whole) // (2 * whole)


def visits_of(vendor_since: datetime, now: datetime, count: int, dice: Random) -> list[datetime]:
    """When a vendor with so many listings sits down to enter some: about nine at a time, the last ones two days ago."""
    sittings = max(2, min(7, count // 9))
    first, last = max(vendor_since + timedelta(hours=20), now - SEASON), now - timedelta(days=2)
    span = max(last - first, timedelta(0))
    found = [first + span * step / (sittings - 1) for step in range(sittings)]
    middle = [each - span * dice.randrange(0, 12) / 100 for each in found[1:-1]]
    return [at_work(each, dice) for each in (found[0], *middle, found[-1])]


def at_work(day: datetime, dice: Random) -> datetime:
    """Some minute of that day's working hours."""
    first, last = WORKDAY
    return day.replace(
        hour=dice.randrange(first, last), minute=dice.randrange(60), second=dice.randrange(60), microsecond=0
    )


def sessions_after(moment: datetime) -> Iterator[datetime]:
    """The moments at which moderators work through the queue, from then on."""
    day = moment.replace(minute=20, second=0, microsecond=0)
    while True:
        for hour in SESSIONS:
            session = day.replace(hour=hour)
            if session > moment:
                yield session
        day += timedelta(days=1)


def story(fate: str, entered_at: datetime, now: datetime, dice: Random) -> Story:
    """The life of a listing with this fate that is entered then. Ends before `now`."""
    if fate == "pending":
        waits = timedelta(minutes=dice.choice(WAITS), seconds=dice.randrange(200))
        return Story(fate, now - waits - timedelta(minutes=25), (Step(now - waits, "submit", "vendor"),))
    if fate == "fresh":
        submitted = now - timedelta(minutes=dice.randrange(60, 1_500))
        approved = submitted + (now - submitted) * dice.randrange(20, 90) / 100
        steps = (Step(submitted, "submit", "vendor"), Step(approved, "approve", "staff"))
        return Story(fate, submitted - timedelta(minutes=15), steps)
    if fate == "draft":
        return Story(fate, entered_at, ())
    lived = [Step(entered_at + timedelta(minutes=20), "submit", "vendor")]
    queue = sessions_after(lived[0].at)
    judged = next(queue) if dice.random() < 0.8 else _second(queue)
    if fate == "changes_requested":
        lived.append(Step(judged, "request_changes", "staff", dice.choice(CHANGES)))
    elif fate == "rejected":
        lived.append(Step(judged, "reject", "staff", dice.choice(REJECTIONS)))
    else:
        if fate == "came_back":
            lived.append(Step(judged, "request_changes", "staff", dice.choice(CHANGES)))
            lived.append(Step(judged + timedelta(hours=2), "submit", "vendor"))
            judged = next(sessions_after(lived[-1].at))
        lived.append(Step(judged, "approve", "staff"))
        lived += _afterwards(fate, judged, now, dice)
    return Story(fate, entered_at, tuple(each for each in lived if each.at < now))


def _afterwards(fate: str, approved_at: datetime, now: datetime, dice: Random) -> Iterator[Step]:
    left = now - approved_at
    if fate == "paused":
        yield Step(approved_at + left * dice.randrange(40, 95) / 100, "pause", "vendor")
    elif fate == "archived":
        yield Step(approved_at + left * dice.randrange(30, 95) / 100, "archive", "vendor")
    elif fate in ("expired", "renewed"):
        yield Step(approved_at + LIFETIME, "expire", "clock")
        if fate == "renewed":
            yield Step(approved_at + LIFETIME + timedelta(hours=19), "renew", "vendor")


def _second(moments: Iterator[datetime]) -> datetime:
    next(moments)
    return next(moments)


def long_ago(now: datetime, dice: Random) -> datetime:
    """A sitting so long ago that what was approved after it is over by now."""
    return at_work(now - dice.choice(LONG_AGO), dice)
