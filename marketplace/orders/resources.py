"""Orders, declared: the buyer's whole, each vendor's share, what is in it and what is sent."""

from core.audiences import OPERATIONS, STOREFRONT, VENDOR
from core.resources.declaration import ANY_OF, EXACT, RANGE, F, Look, Resource
from marketplace.orders import actions, shapes
from marketplace.orders.models import Order, OrderLine, Shipment, VendorOrder

TEAM = VENDOR | OPERATIONS
BUYER = STOREFRONT | OPERATIONS
ADDRESS = ("recipient", "phone", "street", "town", "country", "note")
WITH_SHARES = ("shares__vendor", "shares__shipments", "lines")


class Orders(Resource):
    model, group, icon = Order, "Orders", "receipt_long"
    public_by = "reference"
    fields = {
        "reference": F(read=OPERATIONS, search=True, help="The same as `id`."),
        "customer": F(read=OPERATIONS, filter=EXACT, expand=True),
        "placed_at": F(read=BUYER, order=True, filter=RANGE),
        "state": F(
            read=STOREFRONT,
            compute=shapes.state,
            type=shapes.State,
            needs=("cached_state",),
            filter=ANY_OF,
            through="cached_state",
            help="How it stands as a whole.",
        ),
        "cached_state": F(
            read=OPERATIONS, filter=ANY_OF, help="How it stands as a whole: follows from payment and shares."
        ),
        "payment_state": F(read=BUYER, filter=ANY_OF),
        "total": F(read=BUYER),
        "refunded": F(read=BUYER, help="Given back so far."),
        "count": F(read=BUYER, compute=shapes.count, type=shapes.Count, needs=("lines",)),
        "image": F(read=BUYER, compute=shapes.image, type=shapes.text(400), needs=("lines",)),
        "expires_at": F(read=BUYER, help="Unless it is paid by then, it ends."),
        "paid_at": F(read=BUYER),
        "recipient": F(read=BUYER, search=True, card=False),
        "phone": F(read=BUYER, search=True, card=False),
        "street": F(read=BUYER, card=False),
        "town": F(read=BUYER, card=False),
        "country": F(read=BUYER, card=False),
        "note": F(read=BUYER, card=False),
        "shares": F(read=BUYER, compute=shapes.shares, type=shapes.Shares, needs=WITH_SHARES, card=False),
        "timeline": F(
            read=BUYER, compute_for=shapes.timeline, type=shapes.Timeline, needs=("shares__vendor",), card=False
        ),
    }
    verbs = (actions.cancel, actions.refund)
    off = dict.fromkeys(("storefront", "operations"), ("pick",))  # a timeline is read for one order at a time
    order = ("-placed_at", "-id")
    transfer = False
    look = Look(
        columns=("reference", "customer", "cached_state", "total", "placed_at"),
        tabs={"Where it goes": ADDRESS, "What happened": ("timeline",)},
        facts=("reference", "placed_at", "paid_at", "expires_at"),  # its page says the rest
        filters=("cached_state", "payment_state", "placed_at", "customer"),
        empty="Nobody has ordered anything yet.",
    )


class VendorOrders(Resource):
    model, group, icon = VendorOrder, "Orders", "package_2"
    public_by = "reference"
    fields = {
        "reference": F(read=TEAM, search=True, help="The same as `id`."),
        "order": F(read=OPERATIONS, expand=True),
        "vendor": F(read=TEAM, filter=EXACT, expand=True),
        "placed_at": F(read=TEAM, order=True, filter=RANGE),
        "state": F(read=TEAM, filter=ANY_OF),
        "state_since": F(read=TEAM),
        "total": F(read=TEAM, help="Of this share alone."),
        "count": F(read=TEAM, compute=shapes.count, type=shapes.Count, needs=("lines",)),
        "image": F(read=TEAM, compute=shapes.image, type=shapes.text(400), needs=("lines",)),
        "reason": F(read=TEAM, help="Why it was cancelled."),
        "destination": F(
            read=TEAM, compute=shapes.destination, type=shapes.Destination | None, card=False,
            needs=("state", "order__payment_state", *(f"order__{name}" for name in ADDRESS)),
            help="Whom and where it goes to; null until it is paid, and once it is cancelled or expired.",
        ),
        "lines": F(read=TEAM, compute=shapes.lines, type=shapes.Lines, needs=("lines",), card=False),
        "shipments": F(
            read=TEAM, compute=shapes.consignments, type=shapes.Consignments, needs=("shipments",), card=False
        ),
        "timeline": F(read=TEAM, compute_for=shapes.timeline_of_share, type=shapes.Timeline, needs=("vendor__name",), card=False),
    }  # fmt: skip
    verbs = (actions.accept, actions.ship, actions.deliver, actions.cancel_share)
    off = dict.fromkeys(("vendor", "operations"), ("pick",))
    order = ("-placed_at", "-id")
    transfer = False
    look = Look(
        columns=("reference", "vendor", "state", "total", "count", "placed_at"),
        tabs={"Where it goes": ("destination",), "What happened": ("timeline",)},
        facts=("reference", "placed_at"),  # its page says the rest
        filters=("state", "placed_at", "vendor"),
        empty="Nobody has ordered from here yet.",
    )


class OrderLines(Resource):
    model, group, icon = OrderLine, "Orders", "list"
    child = True
    fields = {
        "order": F(read=OPERATIONS, expand=True),
        "vendor_order": F(read=TEAM, filter=EXACT, expand=True),
        "title": F(read=TEAM, search=True),
        "variant_title": F(read=TEAM),
        "sku": F(read=TEAM, search=True, filter=EXACT),
        "listing": F(read=TEAM, filter=EXACT, expand=True),
        "variant": F(read=TEAM, filter=EXACT),
        "unit_price": F(read=TEAM),
        "quantity": F(read=TEAM),
        "total": F(read=TEAM),
    }
    look = Look(columns=("title", "variant_title", "sku", "quantity", "unit_price", "total"))


class Shipments(Resource):
    model, group, icon = Shipment, "Orders", "local_shipping"
    public_by = "reference"
    fields = {
        "reference": F(read=TEAM, search=True, help="The same as `id`."),
        "vendor_order": F(read=TEAM, filter=EXACT, expand=True),
        "carrier": F(read=TEAM, filter=EXACT, search=True),
        "tracking_number": F(read=TEAM, search=True),
        "state": F(read=TEAM, filter=ANY_OF),
        "shipped_at": F(read=TEAM, order=True, filter=RANGE),
        "delivered_at": F(read=TEAM),
    }
    order = ("-shipped_at", "-id")
    look = Look(
        columns=("carrier", "tracking_number", "vendor_order", "state", "shipped_at", "delivered_at"),
        filters=("state", "carrier", "shipped_at"),
        empty="Nothing has been sent yet.",
    )
