"""The lives of vendors and their listings, put on the agenda and played through the market's own verbs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from core.actions import Action
from core.resources import operations
from core.rules import Actor
from marketplace.catalog import actions as catalog
from marketplace.demo import goods, stockroom, stories
from marketplace.demo.agenda import Agenda, as_of
from marketplace.demo.people import Shop, Town, open_shop, team_of
from marketplace.vendors import actions as vendors
from marketplace.vendors.models import Vendor

CLOCK = Actor.system("listing expiry")
VERBS: dict[str, Action] = {
    verb.name: verb
    for verb in (
        catalog.submit, catalog.approve, catalog.reject, catalog.request_changes, catalog.pause, catalog.archive, catalog.expire,
        catalog.renew,
    )
}  # fmt: skip


@dataclass
class Life:
    """The market while it is being played: its clock, its dice, who lives in it, and the keys of what has entered."""

    now: datetime
    dice: Random
    town: Town
    agenda: Agenda = field(default_factory=Agenda)
    keys: dict[str, int] = field(default_factory=dict)
    vendors: dict[str, Vendor] = field(default_factory=dict)
    fates: dict[str, str] = field(default_factory=dict)
    sessions: dict[stories.Step, list[str]] = field(default_factory=lambda: defaultdict(list))

    def moderator(self, at: datetime) -> Actor:
        """Who sits at the queue at that hour."""
        rota = self.town.moderators
        return rota[0] if at.hour < 12 else rota[at.toordinal() % len(rota)]

    def play(self) -> int:
        """Let everything happen that was planned; what staff and the clock do, they do for all vendors at once."""
        for step, references in self.sessions.items():
            self.agenda.put(step.at, partial(_step, self, step, references, None))
        return self.agenda.play()


def opens_at(shop: Shop, place: int, now: datetime, dice: Random) -> datetime:
    """When a vendor opened: most long ago, some in the last months, applicants just now."""
    if shop.fate == "pending":
        return now - timedelta(hours=(52, 3)[place % 2], minutes=dice.randrange(60))
    days = dice.randrange(128, 170) if place < 28 else dice.randrange(24, 70)
    return stories.at_work(now - timedelta(days=days), dice)


def plan_shop(life: Life, shop: Shop, rows: Sequence[goods.Row], place: int, *, file: Sequence[goods.Row] = ()) -> None:
    """Put a vendor's life on the agenda: opened, judged, its listings entered and lived, perhaps suspended.

    The rows of `file` enter all at once, as one import; the others as the vendor sits down to enter them.
    """
    opened_at = opens_at(shop, place, life.now, life.dice)
    life.agenda.put(opened_at, partial(_open, life, shop))
    if shop.fate == "pending":
        _enter_drafts(life, shop, rows, opened_at + timedelta(minutes=30))
        return
    judged_at = next(stories.sessions_after(opened_at + timedelta(hours=1)))
    if shop.fate == "rejected":
        reason = "The name is not that of your shop."
        life.agenda.put(judged_at, partial(_judge, life, shop, vendors.reject, reason))
        _enter_drafts(life, shop, rows, opened_at + timedelta(minutes=30))
        return
    life.agenda.put(judged_at, partial(_judge, life, shop, vendors.verify, ""))
    for login, grants in team_of(shop):
        life.agenda.put(
            judged_at + timedelta(hours=life.dice.randrange(2, 400)), partial(_hire, life, shop, login, grants)
        )
    _plan_goods(life, shop, rows, judged_at)
    if file:
        _plan_goods(life, shop, file, judged_at, whole=True)
    if shop.fate == "suspended":
        reason = ("Buyers report that goods did not arrive.", "Prices or photographs mislead.")[place % 2]
        at = stories.at_work(life.now - timedelta(days=3 + place % 7), life.dice)
        life.agenda.put(at, partial(_judge, life, shop, vendors.suspend, reason))


def _open(life: Life, shop: Shop, at: datetime) -> None:
    life.vendors[shop.name] = open_shop(shop, life.town, at=at)
    said = {"latitude": float(shop.said["latitude"]), "longitude": float(shop.said["longitude"])}
    with as_of(at):
        operations.update(life.vendors[shop.name], said, by=life.town.actor(shop.owner))


def _judge(life: Life, shop: Shop, verb: Action, reason: str, at: datetime) -> None:
    inputs: dict[str, Any] = {"reason": reason} if reason else {}
    verb(life.vendors[shop.name].pk, by=life.moderator(at), at=at, **inputs)


def _hire(life: Life, shop: Shop, login: str, grants: list[str], at: datetime) -> None:
    vendors.add_member(life.vendors[shop.name].pk, by=life.town.actor(shop.owner), at=at, login=login, grants=grants)


def _enter_drafts(life: Life, shop: Shop, rows: Sequence[goods.Row], at: datetime) -> None:
    life.fates |= {row["reference"]: "draft" for row in rows}
    if rows:
        life.agenda.put(at, partial(_enter, life, shop, rows))


def _plan_goods(life: Life, shop: Shop, rows: Sequence[goods.Row], since: datetime, *, whole: bool = False) -> None:
    dice = life.dice
    sittings = stories.visits_of(since, life.now, len(rows), dice)
    entered: dict[datetime, list[goods.Row]] = defaultdict(list)
    steps: dict[stories.Step, list[str]] = defaultdict(list)
    for row in rows:
        fate = life.fates[row["reference"]]
        sitting = dice.choice(sittings)
        if fate in ("expired", "renewed"):
            sitting, later = stories.long_ago(life.now, dice), sitting
            if sitting < since + timedelta(hours=20):
                fate, sitting = "approved", later
        if shop.fate == "suspended" and fate in ("pending", "fresh"):
            fate = "draft"
        told = stories.story(fate, sitting, life.now, dice)
        life.fates[row["reference"]] = fate
        entered[told.entered_at].append(row)
        for step in told.steps:
            (steps if step.who == "vendor" else life.sessions)[step].append(row["reference"])
    if whole and entered:
        life.agenda.put(min(entered), partial(_enter_file, life, shop, rows))
    else:
        for at, some in entered.items():
            life.agenda.put(at, partial(_enter, life, shop, some))
    for step, references in steps.items():
        life.agenda.put(step.at, partial(_step, life, step, references, shop))


def _enter(life: Life, shop: Shop, rows: Sequence[goods.Row], at: datetime) -> None:
    owner = life.town.actor(shop.owner)
    keys = goods.enter(rows, by=owner, at=at, name=f"{life.vendors[shop.name].slug}.csv")
    life.keys |= keys
    stockroom.fill(rows, keys, by=owner, at=at + timedelta(minutes=5), dice=life.dice)


def _enter_file(life: Life, shop: Shop, rows: Sequence[goods.Row], at: datetime) -> None:
    owner = life.town.actor(shop.owner)
    keys = goods.enter_as_job(rows, by=owner, at=at, name=f"{life.vendors[shop.name].slug}.csv")
    life.keys |= keys
    stockroom.fill(rows, keys, by=owner, at=at + timedelta(minutes=5), dice=life.dice)


def _step(life: Life, step: stories.Step, references: Iterable[str], shop: Shop | None, at: datetime) -> None:
    if shop is not None:
        by = life.town.actor(shop.owner)
    else:
        by = life.moderator(at) if step.who == "staff" else CLOCK
    inputs = {"reason": step.reason} if step.reason else {}
    for outcome in VERBS[step.verb].many([life.keys[each] for each in references], by=by, at=at, **inputs):
        if not outcome.done:
            raise ValueError(f"{step.verb} listing {outcome.pk}: {outcome.message}")
