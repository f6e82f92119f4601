"""Shipping, declared: zones, methods and the tables of their prices."""

from core.audiences import OPERATIONS, VENDOR
from core.resources.declaration import ANY_OF, CREATE, EXACT, F, Look, Resource
from core.resources.types import text
from core.rules import Actor
from marketplace.shipping import shapes
from marketplace.shipping.models import PriceStep, ShippingMethod, Zone

TEAM = VENDOR | OPERATIONS


def the_actors_vendor(actor: Actor) -> int | None:
    """The one vendor whose profile the actor may change; None for an actor of several, who must say which, and for operations."""
    own = actor.tenants_where("edit_vendor")
    return next(iter(own)) if len(own) == 1 else None


class Zones(Resource):
    model, group, icon = Zone, "Orders", "map"
    fields = {
        "vendor": F(
            read=TEAM, write=TEAM, on=CREATE, filter=EXACT, expand=True, preset=the_actors_vendor,
        ),
        "name": F(read=TEAM, write=TEAM, search=True),
        "countries": F(read=TEAM, write=TEAM),
        "provinces": F(read=TEAM, write=TEAM),
        "towns": F(read=TEAM, write=TEAM, search=True),
    }  # fmt: skip
    order = ("name", "id")
    look = Look(
        columns=("name", "countries", "provinces", "towns", "vendor"),
        filters=("vendor",),
        empty="No zone is needed where everything is sent everywhere.",
        help="Places that cost the same to send to. The market's zones are for every vendor's methods.",
    )


class ShippingMethods(Resource):
    model, group, icon = ShippingMethod, "Orders", "local_shipping"
    fields = {
        "name": F(read=TEAM, write=TEAM, search=True),
        "vendor": F(
            read=TEAM, write=TEAM, on=CREATE, filter=EXACT, expand=True, preset=the_actors_vendor,
        ),
        "zone": F(read=TEAM, write=TEAM, filter=EXACT, expand=True),
        "kind": F(read=TEAM, write=TEAM, filter=ANY_OF),
        "price": F(read=TEAM, write=TEAM, help="Where no row of its table says otherwise."),
        "measure": F(read=TEAM, write=TEAM, help="What its table goes by."),
        "prices": F(
            read=TEAM,
            compute=shapes.prices,
            type=text(2000),
            needs=("kind", "measure", "price", "free_from", "steps"),
            help="All it may cost, in words.",
        ),
        "free_from": F(read=TEAM, write=TEAM, help="Goods worth as much are sent for nothing."),
        "most_grams": F(read=TEAM, write=TEAM),
        "days_min": F(read=TEAM, write=TEAM),
        "days_max": F(read=TEAM, write=TEAM),
        "carrier": F(read=TEAM, write=TEAM, filter=EXACT),
        "service": F(read=TEAM, write=TEAM),
        "note": F(read=TEAM, write=TEAM),
        "is_active": F(read=TEAM, write=TEAM, filter=EXACT),
    }  # fmt: skip
    order = ("name", "id")
    look = Look(
        columns=("name", "vendor", "kind", "zone", "prices", "is_active"),
        filters=("kind", "vendor", "zone", "is_active"),
        inlines=("price-steps",),
        tabs={
            "Its carrier": ("carrier", "service"),
            "More": ("free_from", "most_grams", "days_min", "days_max", "note"),
        },
        empty="Everything is sent for nothing.",
        help="A vendor with methods of its own offers those; every other vendor offers the market's. One who has neither "
        "sends for nothing.",
    )


class PriceSteps(Resource):
    model, group, icon = PriceStep, "Orders", "stairs"
    child = True
    fields = {
        "method": F(read=TEAM, write=TEAM, on=CREATE, filter=EXACT, expand=True),
        "up_to": F(read=TEAM, write=TEAM),
        "price": F(read=TEAM, write=TEAM),
    }
    order = ("method_id", "up_to", "id")
    key = ("method", "up_to")
    look = Look(columns=("method", "up_to", "price"), filters=("method",))
