"""Who sees and does what in the catalogue."""

from typing import Any

from django.db.models import Q

from core.audiences import OPERATIONS
from core.rules import Actor, Policy, Rows, either, everyone, granted


def on_show(_actor: Actor) -> Q:
    """Approved listings of verified vendors in open categories."""
    return Q(status="approved", vendor__status="verified", category__is_open=True)


def own(actor: Actor) -> Q:
    """Listings of the vendors for whom the actor may edit listings."""
    return Q(vendor__in=actor.tenants_where("edit_listings"))


def of_own_team(actor: Actor) -> Q:
    """Listings (and allowances) of every vendor in which the actor is a member."""
    return Q(vendor__in=actor.tenants_where())


def of_shown_listing(_actor: Actor) -> Q:
    """What belongs to a listing on show."""
    return Q(listing__status="approved", listing__vendor__status="verified", listing__category__is_open=True)


def in_own_listing(actor: Actor) -> Q:
    """What belongs to a listing that the actor may edit."""
    return Q(listing__vendor__in=actor.tenants_where("edit_listings"))


def in_team_listing(actor: Actor) -> Q:
    """What belongs to a listing of a vendor in which the actor is a member."""
    return Q(listing__vendor__in=actor.tenants_where())


def of_own_option(actor: Actor) -> Q:
    """What belongs to an option of a listing that the actor may edit."""
    return Q(option__listing__vendor__in=actor.tenants_where("edit_listings"))


def of_team_option(actor: Actor) -> Q:
    """What belongs to an option of a listing of a vendor in which the actor is a member."""
    return Q(option__listing__vendor__in=actor.tenants_where())


def open_categories(_actor: Actor) -> Q:
    """Categories that are open."""
    return Q(is_open=True)


def live_image(actor: Actor) -> Q:
    """Live images of listings on show, once they are drawn."""
    return Q(state="live", progress="ready") & of_shown_listing(actor)


def offered_variant(actor: Actor) -> Q:
    """Active variants of listings on show."""
    return Q(is_active=True) & of_shown_listing(actor)


def stock_of_own(actor: Actor) -> Q:
    """Stock of the actor's vendors."""
    return Q(variant__vendor__in=actor.tenants_where())


def low_stock_of_own(actor: Actor) -> Q:
    """What runs low of the actor's vendors."""
    return Q(vendor__in=actor.tenants_where())


def may_know_order(actor: Actor, move: Any) -> bool:
    """May the actor read which order moved this stock, and why? Its other columns are for all who see the move."""
    if actor.audience is OPERATIONS:
        return actor.has("view_orders")
    working = actor.tenants_where("work_orders")
    return working == actor.tenants_where() or move.variant.vendor_id in working


EDITS_CATALOGUE = granted("edit_catalogue")
EDITS_LISTINGS = granted("edit_listings")
MODERATES = granted("moderate_listings")


def judged_by_actor(actor: Actor) -> Q:
    """Listings whose state is the actor's own judgement."""
    return Q(judged_by=actor.user_id)


def judged(_actor: Actor) -> Q:
    """Listings whose state is somebody's judgement."""
    return Q(judged_by__isnull=False)


TAKES_BACK = either(granted("moderate_listings", judged_by_actor), granted("edit_roles", judged))

LISTING = Policy(
    storefront=Rows(view=on_show),
    vendor=Rows(
        view=of_own_team,
        create=own,
        change=own,
        delete=own,
        verbs=dict.fromkeys(("submit", "pause", "resume", "renew", "archive", "generate_variants"), own),
    ),
    operations=Rows(
        view=everyone,
        create=granted("edit_listings"),
        change=granted("edit_listings"),
        verbs=dict.fromkeys(("approve", "reject", "request_changes", "archive"), MODERATES)
        | {"take_back": TAKES_BACK, "generate_variants": EDITS_LISTINGS},
    ),
)

CATEGORY = Policy(
    storefront=Rows(view=open_categories),
    vendor=Rows(view=open_categories),
    operations=Rows(
        view=everyone,
        create=EDITS_CATALOGUE,
        change=EDITS_CATALOGUE,
        delete=EDITS_CATALOGUE,
        verbs=dict.fromkeys(("move", "open_category", "close_category"), EDITS_CATALOGUE),
    ),
)

DEFINITION = Policy(
    operations=Rows(view=everyone, create=EDITS_CATALOGUE, change=EDITS_CATALOGUE, delete=EDITS_CATALOGUE),
)

CHANGE = Policy(
    operations=Rows(
        view=EDITS_CATALOGUE,
        create=EDITS_CATALOGUE,
        change=EDITS_CATALOGUE,
        verbs=dict.fromkeys(("apply_change", "undo_change", "withdraw_change"), EDITS_CATALOGUE),
    ),
)

OPTION = Policy(
    operations=Rows(
        view=everyone,
        create=EDITS_CATALOGUE,
        change=EDITS_CATALOGUE,
        delete=EDITS_CATALOGUE,
        verbs=dict.fromkeys(("archive_option", "restore_option"), EDITS_CATALOGUE),
    ),
)

VARIANT_VERBS = ("adjust_stock", "count_stock", "match_values")
VARIANT = Policy(
    storefront=Rows(view=offered_variant),
    vendor=Rows(
        view=in_team_listing,
        create=in_own_listing,
        change=in_own_listing,
        delete=in_own_listing,
        verbs=dict.fromkeys(VARIANT_VERBS, in_own_listing),
    ),
    operations=Rows(view=everyone, change=EDITS_LISTINGS, verbs=dict.fromkeys(VARIANT_VERBS, EDITS_LISTINGS)),
)

EDITS_VENDORS = granted("edit_vendors")
ALLOWANCE = Policy(
    vendor=Rows(view=of_own_team),
    operations=Rows(view=everyone, create=EDITS_VENDORS, change=EDITS_VENDORS, delete=EDITS_VENDORS),
)

PRICE_CHANGE = Policy(vendor=Rows(view=in_team_listing), operations=Rows(view=everyone))

VARIANT_OPTION = Policy(
    vendor=Rows(view=in_team_listing, create=in_own_listing, change=in_own_listing, delete=in_own_listing),
    operations=Rows(view=everyone, create=EDITS_LISTINGS, change=EDITS_LISTINGS, delete=EDITS_LISTINGS),
)

VARIANT_VALUE = Policy(
    vendor=Rows(view=of_team_option, create=of_own_option, change=of_own_option, delete=of_own_option),
    operations=Rows(view=everyone, create=EDITS_LISTINGS, change=EDITS_LISTINGS, delete=EDITS_LISTINGS),
)

LOW_STOCK = Policy(vendor=Rows(view=low_stock_of_own), operations=Rows(view=everyone))

STOCK_MOVE = Policy(vendor=Rows(view=stock_of_own), operations=Rows(view=everyone))

IMAGE = Policy(
    storefront=Rows(view=live_image),
    vendor=Rows(view=in_team_listing, change=in_own_listing, verbs={"retry_image": in_own_listing}),
    operations=Rows(view=everyone, change=EDITS_LISTINGS, verbs={"retry_image": EDITS_LISTINGS}),
)

REVISION = Policy(
    vendor=Rows(view=in_team_listing, verbs={"withdraw_revision": in_own_listing}),
    operations=Rows(view=everyone, verbs=dict.fromkeys(("approve_revision", "reject_revision"), MODERATES)),
)
