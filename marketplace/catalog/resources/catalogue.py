"""Listings, and the categories and attributes by which they are described, declared."""

from core.audiences import OPERATIONS, VENDOR
from core.resources.declaration import ANY_OF, CREATE, EXACT, RANGE, SUBTREE, TOKENS, F, Look, Resource
from core.rules import Actor
from marketplace.catalog import actions, shapes
from marketplace.catalog.models import (
    Attribute,
    Category,
    CategoryAttribute,
    Listing,
    Option,
)

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
            needs=("variants__stock", "price"),
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
        facts=("vendor", "judgement", "approved_at", "expires_at", "slug", "is_changing"),
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
    }
    verbs = (actions.move, actions.open_category, actions.close_category)
    order = ("position", "id")
    also_by, formerly = "slug", former_category
    key = ("slug",)
    public_max_age = 60
    look = Look(
        columns=("name", "parent", "position", "is_open", "modes"),
        filters=("is_open", "parent"),
        inlines=("category-attributes",),
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
