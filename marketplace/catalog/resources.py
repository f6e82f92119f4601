"""The catalogue, declared."""

from typing import Any

from core.audiences import OPERATIONS, VENDOR
from core.resources.declaration import ANY_OF, CREATE, EXACT, RANGE, SUBTREE, TOKENS, F, Look, Resource
from core.resources.types import Money, text, whole
from core.rules import Actor
from marketplace.catalog import actions, shapes
from marketplace.catalog.models import (
    Allowance,
    Attribute,
    Category,
    CategoryAttribute,
    Image,
    Listing,
    Option,
    PriceChange,
    Revision,
    StockMove,
    Variant,
)

TEAM = VENDOR | OPERATIONS
Quantity = whole(0, 2**31 - 1)
OF_ORDER = ("reason", "reference", "variant__vendor")


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
        "approved_at": F(order=True, filter=RANGE),
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
        actions.archive,
    )
    operations = {"update": actions.change_listing}
    order = ("-approved_at", "-id")
    also_by, formerly = "slug", Listing.formerly
    key = ("reference",)
    document = "attributes"
    public_max_age = 30
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
    public_max_age = 60
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


class Attributes(Resource):
    model, group, icon = Attribute, "Catalogue", "tune"
    fields = {
        "label": F(read=OPERATIONS, write=OPERATIONS, search=True),
        "code": F(
            read=OPERATIONS,
            write=OPERATIONS,
            on=CREATE,
            search=True,
            filter=EXACT,
            help="Stays for ever: listings and addresses use it.",
        ),
        "kind": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=ANY_OF, help="Stays for ever."),
        "unit": F(read=OPERATIONS, write=OPERATIONS),
        "minimum": F(read=OPERATIONS, write=OPERATIONS),
        "maximum": F(read=OPERATIONS, write=OPERATIONS),
        "is_integer": F(read=OPERATIONS, write=OPERATIONS, on=CREATE),
        "help": F(read=OPERATIONS, write=OPERATIONS),
    }
    order = ("label", "id")
    key = ("code",)
    look = Look(
        columns=("label", "code", "kind", "unit", "minimum", "maximum"), filters=("kind",), inlines=("options",)
    )


class Options(Resource):
    model, group, icon = Option, "Catalogue", "list"
    fields = {
        "attribute": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=EXACT, expand=True),
        "label": F(read=OPERATIONS, write=OPERATIONS, search=True),
        "code": F(
            read=OPERATIONS,
            write=OPERATIONS,
            on=CREATE,
            search=True,
            filter=EXACT,
            help="Stays for ever: listings hold it.",
        ),
        "position": F(read=OPERATIONS, write=OPERATIONS),
        "is_archived": F(read=OPERATIONS, filter=EXACT),
    }
    verbs = (actions.archive_option, actions.restore_option)
    operations = {"delete": actions.delete_option}
    order = ("attribute_id", "position", "id")
    key = ("attribute", "code")
    look = Look(columns=("label", "attribute", "code", "position", "is_archived"), filters=("attribute", "is_archived"))


class CategoryAttributes(Resource):
    model, group, icon = CategoryAttribute, "Catalogue", "rule"
    fields = {
        "category": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=EXACT, expand=True),
        "attribute": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=EXACT, expand=True),
        "is_required": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT),
        "is_filterable": F(read=OPERATIONS, write=OPERATIONS, filter=EXACT),
        "is_facet": F(read=OPERATIONS, write=OPERATIONS),
        "position": F(read=OPERATIONS, write=OPERATIONS),
        "visibility": F(read=OPERATIONS, write=OPERATIONS, filter=ANY_OF),
    }
    order = ("category_id", "position", "id")
    key = ("category", "attribute")
    look = Look(
        columns=("category", "attribute", "is_required", "is_filterable", "is_facet", "visibility"),
        filters=("category", "attribute"),
    )


class Variants(Resource):
    model, group, icon = Variant, "Catalogue", "style"
    fields = {
        "listing": F(write=VENDOR, on=CREATE, filter=EXACT, expand=True),
        "title": F(write=TEAM, search=True),
        "sku": F(write=TEAM, search=True, filter=EXACT),
        "price": F(write=TEAM, help="Only where it differs from the listing's."),
        "is_available": F(compute=shapes.is_available, type=bool, needs=("stock",)),
        "free": F(read=TEAM, compute=shapes.free, type=Quantity, needs=("stock",)),
        "on_hand": F(read=TEAM, compute=shapes.on_hand, type=Quantity, needs=("stock",)),
        "reserved": F(read=TEAM, compute=shapes.reserved, type=Quantity, needs=("stock",)),
        "position": F(write=TEAM),
        "is_active": F(read=TEAM, write=TEAM, filter=EXACT),
    }
    verbs = (actions.adjust_stock,)
    operations = {"create": actions.create_variant}
    order = ("listing_id", "position", "id")
    key = ("sku",)
    look = Look(columns=("title", "sku", "listing", "price", "free", "is_active"), filters=("is_active",))


class StockMoves(Resource):
    model, group, icon = StockMove, "Catalogue", "swap_vert"
    fields = {
        "variant": F(read=TEAM, filter=EXACT, expand=True),
        "kind": F(read=TEAM, filter=ANY_OF),
        "on_hand_change": F(read=TEAM),
        "reserved_change": F(read=TEAM),
        "reason": F(read=TEAM, compute_for=shapes.reason, type=text(500), needs=OF_ORDER),
        "reference": F(
            read=TEAM,
            compute_for=shapes.reference,
            type=text(40),
            needs=OF_ORDER,
            help="The order that moved it. Empty, as its reason is, for those who may not see orders.",
        ),
        "at": F(read=TEAM, filter=RANGE),
        "actor_name": F(read=TEAM, help="Of an order's: The buyer, one of the vendor's people by name, or Soko."),
    }
    look = Look(columns=("variant", "kind", "on_hand_change", "reserved_change", "reason", "at"), filters=("kind",))


class PriceChanges(Resource):
    model, group, icon = PriceChange, "Catalogue", "price_change"
    fields = {
        "listing": F(read=TEAM, filter=EXACT, expand=True),
        "price": F(read=TEAM, help="From then on; nothing where it was taken away."),
        "former": F(read=TEAM, help="Before that; nothing where there was none."),
        "at": F(read=TEAM, filter=RANGE),
        "actor_name": F(read=TEAM),
    }
    look = Look(
        columns=("listing", "former", "price", "at", "actor_name"),
        filters=("listing", "at"),
        empty="No price has been set yet.",
        help="Each change of a listing's price, by hand or by import.",
    )


class Images(Resource):
    model, group, icon = Image, "Catalogue", "image"
    fields = {
        "listing": F(filter=EXACT, expand=True),
        "alt_text": F(write=TEAM),
        "state": F(read=TEAM, filter=ANY_OF),
        "position": F(),
        "width": F(),
        "height": F(),
        "colour": F(),
        "renditions": F(
            compute=shapes.renditions,
            type=list[shapes.Rendition],
            needs=("alt_text", "width", "height", "colour", "renditions"),
        ),
    }
    operations = {"update": actions.describe_image}
    order = ("listing_id", "position", "id")
    transfer = False
    look = Look(columns=("alt_text", "listing", "state", "position"), filters=("state",))


def field_names(revision: Any) -> str:
    """What it would change, in words."""
    return ", ".join(revision.proposed)


class Revisions(Resource):
    model, group, icon = Revision, "Catalogue", "difference"
    fields = {
        "listing": F(read=TEAM, filter=EXACT, expand=True),
        "changes": F(read=TEAM, compute=field_names, type=str, needs=("proposed",)),
        "proposed": F(
            read=TEAM,
            compute_for=shapes.proposed,
            type=dict[str, Any],
            needs=("proposed", "listing__category"),
            card=False,
        ),
        "status": F(read=TEAM, filter=ANY_OF),
        "status_since": F(read=TEAM, order=True),
        "judgement": F(read=TEAM),
        "created_at": F(read=TEAM),
    }
    verbs = (actions.approve_revision, actions.reject_revision, actions.withdraw_revision)
    order = ("-status_since", "-id")
    transfer = False
    look = Look(
        header="head",
        columns=("changes", "status", "status_since"),
        filters=("status",),
        facts=("listing", "changes", "proposed", "judgement", "created_at"),
        empty="No changes have been proposed.",
    )
