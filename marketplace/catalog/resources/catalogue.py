"""Listings, their categories, what they cost and how many are free, declared."""

from core.audiences import OPERATIONS, VENDOR
from core.resources.declaration import ANY_OF, CREATE, EXACT, MOMENT, RANGE, SUBTREE, TOKENS, F, Look, Resource
from core.resources.types import Money
from core.rules import Actor
from marketplace.catalog import actions, shapes
from marketplace.catalog.models import Allowance, Category, Listing, PriceChange
from marketplace.catalog.resources import headers

TEAM = VENDOR | OPERATIONS


def the_actors_vendor(actor: Actor) -> int | None:
    """The one vendor for whom the actor may edit listings; None for an actor of several, who must say which."""
    own = actor.tenants_where("edit_listings")
    return next(iter(own)) if len(own) == 1 else None


def former_category(slug: str) -> int | None:
    """The category that had this slug once."""
    return Category.history.filter(slug=slug).order_by("-history_date").values_list("id", flat=True).first()


class Listings(Resource):
    model, group, icon = Listing, "Catalogue", "sell"
    fields = {
        "title": F(write=TEAM, search=True),
        "slug": F(help="Resolves it in addresses, beside the id; an earlier slug answers too."),
        "price": F(write=TEAM, filter=RANGE, order=True),
        "was_price": F(
            compute=shapes.was_price,
            type=Money | None,
            needs=("price", "cached_was_minor", "cached_was_until"),
            until="cached_was_until",
            help="Its lowest price of the thirty days before it was reduced; for thirty days after that, and only of a listing "
            "that was offered all the time.",
        ),
        "category": F(write=TEAM, filter=SUBTREE, expand=True, facet=True),
        "vendor": F(write=TEAM, on=CREATE, filter=EXACT, expand=True, preset=the_actors_vendor),
        "image": F(compute=shapes.first_photo, type=shapes.Photo | None, needs=("cached_gallery",)),
        "modes": F(write=TEAM, type=shapes.Modes),
        "attributes": F(write=TEAM, filter=TOKENS, facet=True),
        "city": F(write=TEAM, filter=EXACT, search=True),
        "status": F(read=TEAM, filter=ANY_OF),
        "status_since": F(read=TEAM, order=True),
        "is_changing": F(
            read=TEAM,
            compute=shapes.is_changing,
            type=bool,
            needs=("revisions",),
            help="Proposed changes wait for a moderator.",
        ),
        "judgement": F(read=TEAM, help="What the moderator said last."),
        "approved_at": F(order=True, filter=MOMENT),
        "expires_at": F(read=TEAM, order=True, filter=RANGE),
        "created_at": F(read=TEAM),
        "reference": F(read=TEAM, write=TEAM, filter=EXACT),
        "description": F(write=TEAM, search=True, card=False),
        "images": F(
            compute=shapes.photos,
            type=list[shapes.Photo],
            needs=("cached_gallery",),
            card=False,
            pictures=shapes.smallest,
        ),
        "options": F(
            compute=shapes.options,
            type=shapes.Options,
            needs=("variant_options__values",),
            card=False,
            help="What its variants differ in; empty where there is nothing to choose by.",
        ),
        "variants": F(
            compute=shapes.variants,
            type=shapes.Variants,
            needs=("variants__stock", "price", "cached_was_minor", "cached_was_until"),
            card=False,
            help="Those that are active, with whether they are to be had now.",
        ),
        "latitude": F(write=TEAM, card=False),
        "longitude": F(write=TEAM, card=False),
        "staff_note": F(read=OPERATIONS, write=OPERATIONS, card=False),
    }
    verbs = (
        actions.submit,
        actions.pause,
        actions.resume,
        actions.renew,
        actions.approve,
        actions.request_changes,
        actions.reject,
        actions.take_back,
        actions.generate_variants,
        actions.archive,
    )
    operations = {"update": actions.change_listing, "update_many": actions.change_listings}
    aliases, dialects = headers.LISTING_NAMES, (headers.SHOPIFY, headers.SHOPIFY_NOW, headers.WOOCOMMERCE)
    order = ("-approved_at", "-id")
    also_by, formerly = "slug", Listing.formerly
    key = ("reference",)
    place = ("latitude", "longitude")
    document = "attributes"
    public_max_age, public_kept = 30, 15 * 60
    look = Look(
        header="head",
        columns=("title", "vendor", "price", "category", "status"),
        tabs={
            "Content": ("title", "description", "price", "modes"),
            "Place": ("city", "latitude", "longitude"),
            "Notes": ("reference", "staff_note"),
        },
        facts=("vendor", "was_price", "judgement", "approved_at", "expires_at", "slug", "is_changing"),
        filters=("status", "category", "vendor"),
        empty="No listings here yet.",
    )


class Categories(Resource):
    model, group, icon = Category, "Catalogue", "account_tree"
    fields = {
        "name": F(write=OPERATIONS, search=True),
        "slug": F(write=OPERATIONS),
        "parent": F(write=OPERATIONS, on=CREATE, filter=EXACT, expand=True),
        "position": F(write=OPERATIONS, order=True),
        "icon": F(write=OPERATIONS),
        "modes": F(write=OPERATIONS, type=shapes.Modes),
        "is_open": F(read=OPERATIONS, filter=EXACT),
        "description": F(write=OPERATIONS, card=False),
        "listing_days": F(read=TEAM, write=OPERATIONS, card=False),
        "remind_days": F(read=TEAM, write=OPERATIONS, card=False),
        "free_listings": F(read=TEAM, write=OPERATIONS, card=False),
    }
    verbs = (actions.move, actions.open_category, actions.close_category)
    order = ("position", "id")
    also_by, formerly = "slug", former_category
    key = ("slug",)
    public_max_age, public_kept = 60, 24 * 3600
    look = Look(
        columns=("name", "parent", "position", "is_open", "modes"),
        tabs={"Terms": ("listing_days", "remind_days", "free_listings")},
        filters=("is_open", "parent"),
        inlines=("category-attributes",),
    )


class Allowances(Resource):
    model, group, icon = Allowance, "Catalogue", "confirmation_number"
    fields = {
        "vendor": F(read=TEAM, write=OPERATIONS, on=CREATE, filter=EXACT, expand=True),
        "category": F(read=TEAM, write=OPERATIONS, on=CREATE, filter=EXACT, expand=True),
        "free_listings": F(read=TEAM, write=OPERATIONS),
    }
    order = ("vendor_id", "category_id", "id")
    key = ("vendor", "category")
    look = Look(
        columns=("vendor", "category", "free_listings"),
        filters=("category",),
        empty="Every vendor has what its categories say.",
        help="How many listings one vendor may have in a category and below it, where that is not what the category says.",
    )


class PriceChanges(Resource):
    model, group, icon = PriceChange, "Catalogue", "price_change"
    fields = {
        "listing": F(read=TEAM, filter=EXACT, expand=True),
        "variant": F(read=TEAM, filter=EXACT, expand=True, help="Whose own price it is; nothing for the listing's."),
        "price": F(read=TEAM, help="From then on; nothing where it was taken away."),
        "former": F(read=TEAM, help="Before that; nothing where there was none."),
        "at": F(read=TEAM, filter=RANGE),
        "actor_name": F(read=TEAM),
    }
    look = Look(
        columns=("listing", "variant", "former", "price", "at", "actor_name"),
        filters=("listing", "at"),
        empty="No price has been set yet.",
        help="Each change of the price of a listing or of a variant, by hand or by import.",
    )
