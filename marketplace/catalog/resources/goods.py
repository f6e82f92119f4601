"""Variants with their options and stock, declared."""

from typing import Literal

from core.audiences import NOBODY, OPERATIONS, VENDOR
from core.resources.declaration import ANY_OF, CHANGE, CREATE, EXACT, RANGE, F, Look, Resource
from core.resources.types import Money, text, whole
from marketplace.catalog import actions, shapes
from marketplace.catalog.models import LowStock, StockMove, Variant, VariantOption, VariantValue, lowstock
from marketplace.catalog.resources import headers

TEAM = VENDOR | OPERATIONS
State = Literal["sold_out", "low", "in_stock"]
Quantity = whole(0, 2**31 - 1)
OF_ORDER = ("reason", "reference", "variant__vendor")


class Variants(Resource):
    model, group, icon = Variant, "Catalogue", "style"
    fields = {
        "listing": F(write=VENDOR, on=CREATE, filter=EXACT, expand=True),
        "title": F(write=TEAM, search=True),
        "sku": F(write=TEAM, search=True, filter=EXACT),
        "price": F(write=TEAM, help="Only where it differs from the listing's."),
        "was_price": F(
            compute=shapes.was_price_of,
            type=Money | None,
            needs=("price", "cached_was_minor", "cached_was_until", "follows_since", "listing"),
            until="cached_was_until",
            help="Its lowest price of the thirty days before it was reduced, as of a listing: of its own price, or of the listing's "
            "where it has none.",
        ),
        "is_available": F(compute=shapes.is_available, type=bool, needs=("stock",)),
        "free": F(read=TEAM, compute=shapes.free, type=Quantity, needs=("stock",)),
        "on_hand": F(
            read=TEAM,
            write=TEAM,
            given=True,
            compute=shapes.on_hand,
            type=Quantity,
            needs=("stock",),
            help="Written, it says how many were counted: what differs becomes a movement.",
        ),
        "reserved": F(read=TEAM, compute=shapes.reserved, type=Quantity, needs=("stock",)),
        "on_hand_before": F(
            read=NOBODY,
            write=TEAM,
            on=CHANGE,
            given=True,
            type=Quantity,
            help="What `on_hand` was when it was counted: 409 `stock_moved` where it is another number by now.",
        ),
        "stock_reason": F(
            read=NOBODY,
            write=TEAM,
            given=True,
            type=text(500, 3),
            help="Why `on_hand` is another: kept with the movement.",
        ),
        "stock_state": F(
            read=TEAM,
            compute=shapes.stock_state,
            type=State,
            needs=("stock", "low_stock_at", "vendor__low_stock_at"),
            filter=ANY_OF,
            where=lowstock.STATES,
            help="By what is free now: none, no more than `low_stock_at`, or more.",
        ),
        "low_stock_at": F(read=TEAM, write=TEAM),
        "weight_grams": F(read=TEAM, write=TEAM),
        "value_ids": F(
            compute=shapes.value_ids,
            type=shapes.ValueIds,
            needs=("combination",),
            help="The values of the listing's options that it stands for: one of each, or none.",
        ),
        "position": F(write=TEAM),
        "is_active": F(read=TEAM, write=TEAM, filter=EXACT),
    }
    verbs = (actions.adjust_stock, actions.count_stock, actions.match_values)
    operations = {"create": actions.create_variant, "update": actions.change_variant}
    aliases, dialects = headers.VARIANT_NAMES, (headers.SHOPIFY_VARIANTS, headers.WOOCOMMERCE_VARIANTS)
    order = ("listing_id", "position", "id")
    key = ("sku",)
    look = Look(
        columns=("title", "sku", "listing", "price", "free", "stock_state"),
        filters=("stock_state", "is_active", "listing"),
    )


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
    look = Look(
        columns=("variant", "kind", "on_hand_change", "reserved_change", "reason", "at"),
        filters=("kind", "at", "variant"),
    )


class LowStocks(Resource):
    path = "low-stock"
    model, group, icon = LowStock, "Catalogue", "production_quantity_limits"
    fields = {
        "variant": F(read=TEAM, expand=True),
        "free": F(read=TEAM, compute=shapes.left_of, type=Quantity, needs=("variant__stock",)),
        "stock_state": F(
            read=TEAM,
            compute=shapes.state_of,
            type=State,
            needs=("variant__stock", "variant__low_stock_at", "variant__vendor__low_stock_at"),
        ),
        "vendor": F(read=TEAM, filter=EXACT, expand=True),
        "since": F(read=TEAM, order=True, filter=RANGE),
        "mailed_at": F(read=TEAM, help="When its vendor was written to."),
    }
    order = ("since", "id")
    look = Look(
        columns=("variant", "stock_state", "free", "vendor", "since"),
        filters=("vendor",),
        empty="Nothing runs low.",
        help="Active variants of listings on show, as the clock saw them last: it looks every five minutes.",
    )


class VariantOptions(Resource):
    model, group, icon = VariantOption, "Catalogue", "tune"
    fields = {
        "listing": F(read=TEAM, write=TEAM, on=CREATE, filter=EXACT, expand=True),
        "name": F(read=TEAM, write=TEAM, search=True),
        "position": F(read=TEAM, write=TEAM),
    }
    operations = {"create": actions.create_option, "delete": actions.delete_variant_option}
    order = ("listing_id", "position", "id")
    key = ("listing", "name")
    look = Look(
        columns=("name", "listing", "position"),
        filters=("listing",),
        inlines=("variant-values",),
        empty="No listing has options yet.",
        help="What the variants of a listing differ in, such as size and colour: at most 3 for each listing.",
    )


class VariantValues(Resource):
    model, group, icon = VariantValue, "Catalogue", "radio_button_checked"
    fields = {
        "option": F(read=TEAM, write=TEAM, on=CREATE, filter=EXACT, expand=True),
        "name": F(read=TEAM, write=TEAM, search=True),
        "position": F(read=TEAM, write=TEAM),
    }
    operations = {"create": actions.create_value, "delete": actions.delete_variant_value}
    order = ("option_id", "position", "id")
    key = ("option", "name")
    look = Look(columns=("name", "option", "position"), filters=("option",), empty="No option has values yet.")
