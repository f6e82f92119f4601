"""The first screen of each role: its work first, then its figures."""

from typing import Any

from core.admin.landing import Landing, Panel, changelist_url, register
from core.audiences import OPERATIONS, VENDOR
from core.rules import Actor, scope
from marketplace.accounts.models import User
from marketplace.analytics import cards, charts, money, sales
from marketplace.analytics.hints import hints_of
from marketplace.catalog.models import Listing
from marketplace.contacts.queries import clicks_per_listing
from marketplace.engagement.queries import most_viewed
from marketplace.moderation import screens
from marketplace.orders.models import Order
from marketplace.vendors.models import Vendor

MOST_LISTINGS = 10


def runs_the_market(actor: Actor) -> bool:
    return actor.audience is OPERATIONS and actor.has("edit_roles")


def judges(actor: Actor) -> bool:
    return actor.audience is OPERATIONS and actor.has("moderate_listings")


def helps_people(actor: Actor) -> bool:
    return actor.audience is OPERATIONS and actor.has("view_people")


def sells(actor: Actor) -> bool:
    return actor.audience is VENDOR and bool(actor.memberships)


def search_places(actor: Actor) -> dict[str, Any]:
    """Where the one search box can look: people, orders, vendors, listings, those of them that the actor may see."""
    places = [("People", User), ("Orders", Order), ("Vendors", Vendor), ("Listings", Listing)]
    return {
        "places": [{"label": label, "url": changelist_url(model)} for label, model in places if changelist_url(model)]
    }


def interest_per_listing(actor: Actor) -> dict[str, Any]:
    """The listings that people looked at most in 30 days, with their way to each."""
    found = most_viewed(actor, days=cards.MONTH, limit=MOST_LISTINGS)
    return {"rows": [{"row": each, "link": changelist_url(Listing) + f"{each.listing_id}/change/"} for each in found]}


def contacts_per_listing(actor: Actor) -> dict[str, Any]:
    """The listings that were contacted most in 30 days, with their way to the log."""
    found = clicks_per_listing(actor, days=cards.MONTH, limit=MOST_LISTINGS)
    return {"rows": [{"row": each, "link": changelist_url(Listing) + f"{each.listing_id}/change/"} for each in found]}


def selling_hints(actor: Actor) -> dict[str, Any]:
    """What would make the vendor's listings sell better, each with how many listings it is about."""
    return {"hints": hints_of(actor)}


def shop_names(actor: Actor) -> str:
    """Which vendors this is about."""
    names = list(scope(actor, Vendor).order_by("name").values_list("name", flat=True)[:4])
    return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")


RUNNING = register(
    Landing(
        "The market",
        cards=(
            cards.LISTINGS_WAITING, cards.CHANGES_WAITING, cards.VENDORS_WAITING, cards.ON_SHOW,
            cards.NEW_LISTINGS, cards.EXPIRING, cards.NEW_VENDORS, cards.CONTACTS_MONTH, cards.ORDERS_MONTH,
            cards.LOW_STOCK, cards.STUCK_PAYMENTS, cards.EVENTS_WAITING, cards.GIVEN_UP,
        ),
        charts=(charts.ORDERS, charts.CONTACTS, charts.APPROVED, charts.NEW_VENDORS, charts.DECIDED),
        panels=(screens.LISTINGS, charts.REVENUE, sales.BY_VENDOR),
    ),
    when=runs_the_market,
    rank=10,
)  # fmt: skip
JUDGING = register(
    Landing(
        "Moderation",
        cards=(cards.LISTINGS_WAITING, cards.CHANGES_WAITING, cards.VENDORS_WAITING, cards.DECIDED_TODAY),
        panels=(
            screens.LISTINGS,
            screens.CHANGES,
            screens.DECISIONS,
            charts.below(charts.APPROVED),
            charts.below(charts.DECIDED),
        ),
        intro=lambda _actor: (
            "The longest waiting first: j and k move, o opens, a approves, r rejects, c asks for changes."
        ),
    ),
    when=judges,
    rank=20,
)
HELPING = register(
    Landing(
        "Support",
        cards=(cards.VENDORS_WAITING, cards.SUSPENDED, cards.DEACTIVATED, cards.CONTACTS_TODAY),
        panels=(
            Panel("Find somebody or something", "analytics/search.html", search_places),
            charts.below(charts.CONTACTS),
        ),
    ),
    when=helps_people,
    rank=40,
)
SELLING = register(
    Landing(
        "Your shop",
        cards=(
            cards.TO_ACCEPT, cards.TO_SHIP, cards.CHANGES_REQUESTED, cards.REJECTED, cards.EXPIRING, cards.DRAFTS,
            cards.IN_REVIEW, cards.LOW_STOCK, cards.ON_SHOW, cards.CONTACTS_MONTH,
        ),
        panels=(
            charts.REVENUE,
            sales.BY_LISTING,
            Panel("Contacts of 30 days by listing", "analytics/contacts.html", contacts_per_listing),
            Panel("Most viewed in 30 days", "analytics/interest.html", interest_per_listing),
            money.OWN,
            Panel("Sell more", "analytics/hints.html", selling_hints, aside=True),
        ),
        charts=(charts.CONTACTS,),
        intro=shop_names,
    ),
    when=sells,
    rank=50,
)  # fmt: skip
