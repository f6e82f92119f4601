"""Seeds the demo market: a hundred days of trade, in the order of time, through the market's own verbs."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile

from core.models import OutboxDelivery
from core.relay import relay, run_delivery
from core.rules import Actor
from marketplace.accounts import actions as accounts
from marketplace.accounts.models import User
from marketplace.catalog import flows
from marketplace.catalog.models import Listing
from marketplace.contacts import actions as contacts
from marketplace.demo import (
    actions,
    comebacks,
    discounts,
    earnings,
    edits,
    goods,
    interest,
    people,
    pictures,
    plots,
    sending,
    shelves,
    shipped,
    stories,
    tuned,
    visits,
)
from marketplace.demo.lives import Life, plan_shop
from marketplace.demo.ordering import Ordering
from marketplace.demo.shopping import Assortment, fill_carts
from marketplace.demo.till import Till

SYSTEM = Actor.system("demo market")
#: Vendors who bring their whole file at once.
WHOLE_FILES = {
    "savanna-motors": "Savanna Motors",
    "lakeside-auto-bazaar": "Lakeside Auto Bazaar",
    "pwani-wheels": "Pwani Wheels",
}
#: Orders of the past in a whole market; and the vendor whose screens are looked at most.
PAST_ORDERS = 90
LOOKED_AT = "Savanna Motors"
OWNER = "owner@soko.example"


@dataclass(frozen=True)
class Seeded:
    """What a seeding made."""

    people: int
    vendors: int
    listings: int
    pictures: int
    contacts: int
    orders: int
    books: Path | None


def seed(
    *,
    now: datetime,
    password: str,
    every: int = 1,
    workers: int = 2,
    books: Path | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> Seeded:
    """Fill an empty market as of now; the same for the same moment. `every` keeps one listing in so many, for tests.

    `books` is the file of the mock gateway, which is made anew: what was paid in this market and in no other.
    """
    dice = Random("soko")
    stock = shipped_goods(every)
    sketches = pictures.assign(
        [
            pictures.Wanted(row["reference"], row["category"], row["title"], bare(row))
            for brought in stock.values()
            for row in brought.all
        ],
        Random("pictures"),
    )
    studio = pictures.Studio((each for some in sketches.values() for each in some), workers=workers)
    say("Categories and people …")
    shelves.lay_out(by=SYSTEM)
    drain()  # what listens to definitions reads every listing of a category: better while there are none
    accounts.lay_out_roles(by=SYSTEM)
    settled = settle(now, password)
    say("Vendors and their listings …")
    life = Life(now, dice, people.Town())
    references = [row["reference"] for brought in stock.values() for row in brought.all]
    life.fates |= dict(zip(references, stories.fates(len(references), dice), strict=True))
    for place, shop in enumerate(people.shops()):
        brought = stock.get(shop.name, Brought([], []))
        plan_shop(life, shop, brought.loose, place, file=brought.file)
    life.play()
    edits.close_for_holidays(life)
    edits.change_prices(life)
    edits.propose(life)
    edits.tidy(life)
    interest.change_prices(life, count=40 // every)
    interest.set_terms(life)
    say("Contacts …")
    clicked = contact(life)
    interest.look(life)
    interest.keep(life, buyers(life)[:60], life.town.users["customer@soko.example"])
    tuned.tune(life)
    say("Pictures …")
    hung = hang(life, sketches, studio)
    send_half_a_picture()
    say("Orders and money …")
    sending.lay_out(life)
    earnings.set_fees(life)
    ordered = order(life, Till(books), count=PAST_ORDERS // every)
    drain()
    earnings.pay_out(life)
    drain()
    return Seeded(settled, len(life.vendors), len(life.keys), hung, clicked, ordered, books)


@dataclass(frozen=True)
class Brought:
    """The listings of a vendor: those it enters by and by, and those of the file that it brings whole."""

    loose: list[goods.Row]
    file: list[goods.Row]

    @property
    def all(self) -> list[goods.Row]:
        return [*self.loose, *self.file]


def shipped_goods(every: int = 1) -> dict[str, Brought]:
    """What each vendor brings, by its name."""
    found: dict[str, Brought] = {}
    for name, rows in shipped.goods().items():
        for row in rows[::every]:
            brought = found.setdefault(row.get("vendor") or WHOLE_FILES[name], Brought([], []))
            (brought.file if name in WHOLE_FILES else brought.loose).append(row)
    return found


def bare(row: goods.Row) -> dict[str, str]:
    """The attributes of a row by their codes."""
    return {header.removeprefix("attr."): text for header, text in row.items() if header.startswith("attr.") and text}


def settle(now: datetime, password: str) -> int:
    """Let everybody register: the cast and the owners before the first vendor opens, the others as the weeks go by."""
    everybody = shipped.rows("people.csv")
    early = {shop.owner for shop in people.shops()} | {row["email"] for row in shipped.rows("members.csv")}
    weeks: dict[int, list[dict[str, str]]] = defaultdict(list)
    dice, shared = Random("weeks"), make_password(password)
    for place, row in enumerate(everybody):
        first = place < len(people.CAST) or row["role"] or row["email"] in early
        weeks[26 if first else dice.randrange(1, 26)].append(row)
    for week in sorted(weeks, reverse=True):
        at = now - timedelta(days=7 * week, hours=dice.randrange(9))
        actions.settle_people(weeks[week], by=SYSTEM, at=at, password_hash=shared)
    return len(everybody)


def contact(life: Life) -> int:
    """Ninety days of clicks on the listings that were on show."""
    windows = [
        visits.Window(
            row.pk,
            row.vendor_id,
            row.city,
            row.published_at,
            life.now if row.status == "approved" else row.status_since,
        )
        for row in Listing.objects.exclude(published_at=None).order_by("pk")
        if row.published_at is not None
    ]
    clicks = visits.clicks(windows, now=life.now, dice=Random("visits"), a_day=max(20, 150 * len(windows) // 1_300))
    for start in range(0, len(clicks), 2_000):
        actions.note_contacts(clicks[start : start + 2_000], by=SYSTEM)
    contacts.recount(by=SYSTEM)
    return len(clicks)


def hang(life: Life, sketches: dict[str, list[pictures.Sketch]], studio: pictures.Studio) -> int:
    """Every listing shows its pictures; drafts may still lack them."""
    shown = {
        key: sketches[reference] for reference, key in life.keys.items() if life.fates[reference] != "draft" or key % 3
    }
    titles = dict(Listing.objects.filter(pk__in=shown).values_list("pk", "title"))
    return pictures.hang(shown, studio, titles, by=SYSTEM, at=life.now)


def send_half_a_picture() -> None:
    """A draft of the owner's has one more picture, of which half arrived: its page says so."""
    draft = Listing.objects.filter(status="draft", vendor__members__user__email=OWNER).order_by("pk").first()
    if draft is not None:
        half = pictures.spoilt()
        flows.upload_image(draft, ContentFile(half), size=len(half), by=SYSTEM)


def order(life: Life, till: Till, *, count: int) -> int:
    """Three months of orders in every state, and carts that are not ordered yet. Returns how many orders."""
    dice = Random("orders")
    market = Ordering(life, till, Assortment.of_the_market(dice), dice)
    regular = buyers(life)
    cast = life.town.users["customer@soko.example"]
    discounts.issue(life)
    for plot in [
        *plots.past(life.now, dice, count=count),
        *plots.lately(life.now, of=LOOKED_AT, buyer=cast.email or ""),
    ]:
        market.plan(plot, cast if plot.buyer else dice.choice(regular))
    placed = market.play()
    comebacks.play(life, till)
    till.mishear(life.now)
    fill_carts(life, market.assortment, cast, dice.sample(regular, 6))
    discounts.keep_addresses(life, [cast])
    discounts.write_down(life, market.assortment, list(dict.fromkeys(regular))[:2])
    return placed


def buyers(life: Life) -> list[User]:
    """Those who only buy, the ones who come often more than once."""
    only = [
        user
        for user in User.objects.filter(is_active=True, memberships=None).order_by("pk")
        if not user.held.exclude(role__name="customer").exists()
    ]
    return [user for place, user in enumerate(only) for _ in range(3 if place % 5 == 0 else 1)]


def drain() -> int:
    """Let everybody who listens hear what happened, now and here, so that nothing is left for the demo's first minutes."""
    heard = 0
    while relay():
        waiting = OutboxDelivery.objects.filter(done_at=None, failed_at=None).order_by("pk")
        for key in waiting.values_list("pk", flat=True):
            run_delivery(key)
            heard += 1
    return heard
