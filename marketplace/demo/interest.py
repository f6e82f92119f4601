"""What people do with listings beside buying: prices that fall and rise, views, favourites, saved searches; and the terms they stand on."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

from core.audiences import OPERATIONS, STOREFRONT
from core.money import Money
from core.resources import operations
from core.rules import actor_of
from marketplace.accounts.models import User
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.resources import Allowances
from marketplace.contacts.models import ContactCount
from marketplace.demo import stories
from marketplace.demo.agenda import as_of
from marketplace.demo.lives import Life
from marketplace.engagement.models import Favourite, SavedSearch, ViewCount
from marketplace.engagement.resources import SavedSearches

DAYS = 14
SEARCHES = (
    ("A first car", "category=cars&price_max=90000000", "daily"),
    ("Phone with a good camera", "q=samsung&category=smartphones", "instant"),
    ("Flat near town", "category=property&city=Nairobi", "daily"),
    ("Anything for the kitchen", "q=cooker", "off"),
)
#: A vendor with more room than others.
ROOMY = "Savanna Motors"


def change_prices(life: Life, *, count: int) -> int:
    """Vendors lower prices of what has stood for long, and raise a few. Returns how many changed."""
    dice = Random("prices")
    long_ago = life.now - timedelta(days=48)
    stood = Listing.objects.filter(
        status="approved", published_at__lt=long_ago, approved_at__lt=long_ago, price_minor__gt=10_000, vendor__status="verified"
    ).select_related("vendor")  # fmt: skip
    chosen = dice.sample(list(stood.order_by("pk")), min(count, len(stood)))
    for turn, listing in enumerate(chosen):
        part = dice.choice((85, 90, 95)) if turn % 5 else 108
        at = stories.at_work(life.now - timedelta(days=dice.randrange(1, 16)), dice)
        minor = (listing.price_minor or 0) * part // 10_000 * 100
        with as_of(at):
            price = {"price": Money(minor, listing.price_currency or "")}
            operations.update(listing, price, by=life.town.owner_of(listing.vendor.name))
    return len(chosen)


def look(life: Life) -> int:
    """Two weeks of views of what is on show, more of what was contacted more. Returns how many rows."""
    dice = Random("views")
    today = life.now.date()
    wanted = dict.fromkeys(Listing.objects.filter(status="approved").order_by("pk").values_list("pk", flat=True), 1)
    for listing, valid in ContactCount.objects.order_by("pk").values_list("listing_id", "cached_valid"):
        if listing in wanted:
            wanted[listing] += valid
    rows = []
    for listing, contacts in wanted.items():
        for back in range(DAYS):
            people = dice.randrange(contacts + 2)
            if people:
                others = dice.randrange(people + 2)
                day = today - timedelta(days=back)
                rows.append(ViewCount(listing_id=listing, day=day, valid_count=people, all_count=people + others))
    ViewCount.objects.bulk_create(rows, batch_size=2_000)
    return len(rows)


def keep(life: Life, buyers: Sequence[User], cast: User) -> int:
    """Buyers keep a few listings each, and save searches; the cast's customer also something that is no longer offered."""
    dice = Random("favourites")
    shown = list(Listing.objects.filter(status="approved").order_by("pk").values_list("pk", flat=True))
    gone = list(
        Listing.objects.filter(status__in=("expired", "archived")).order_by("pk").values_list("pk", flat=True)[:1]
    )
    by_user = {user.pk: dice.sample(shown, min(dice.randrange(1, 6), len(shown))) for user in buyers}
    by_user[cast.pk] = [*dice.sample(shown, min(9, len(shown))), *gone]
    with as_of(life.now - timedelta(days=dice.randrange(1, 9))):
        rows = [Favourite(user_id=user, listing_id=key) for user, keys in by_user.items() for key in keys]
        Favourite.objects.bulk_create(rows, batch_size=1_000)
    for turn, (name, query, frequency) in enumerate(SEARCHES):
        who = cast if turn < 2 else dice.choice(buyers)
        values = {"name": name, "query": query, "frequency": frequency}
        with as_of(life.now - timedelta(days=3 * turn, hours=2)):
            operations.create(SavedSearches, values, by=actor_of(who, STOREFRONT))
    SavedSearch.objects.update(seen_until=life.now)  # nothing of the past is told in the first minutes
    return len(rows)


def set_terms(life: Life) -> None:
    """Jobs end sooner, cars are limited, and one dealer has more room."""
    admin = actor_of(life.town.users["admin@soko.example"], OPERATIONS)
    said: dict[str, dict[str, Any]] = {
        "jobs": {"listing_days": 30, "remind_days": 5},
        "vehicles": {"free_listings": 200},
    }
    with as_of(life.now - timedelta(days=30)):
        for slug, terms in said.items():
            operations.update(Category.objects.get(slug=slug), terms, by=admin)
        allowance = {"vendor": life.vendors[ROOMY].pk, "category": Category.objects.get(slug="vehicles").pk}
        operations.create(Allowances, {**allowance, "free_listings": 500}, by=admin)
