"""Orders, declared: the buyer's whole, each vendor's share, what is in it and what is sent."""

from core.audiences import OPERATIONS, STOREFRONT, VENDOR
from core.resources.declaration import ANY_OF, CREATE, EXACT, RANGE, F, Look, Resource
from marketplace.orders import (
    actions,
    back_resources,  # noqa: F401  what goes back is declared there
    drafts,
    shapes,
)
from marketplace.orders.models import DraftOrder, DraftOrderLine, Order, OrderLine, RefundPart, Shipment, VendorOrder
from marketplace.orders.resources_delivery import (
    CreditNotes,
    Deliveries,
    DeliveryPhotos,
    Invoices,
    ShipmentLines,
    ShippingLabels,
)

__all__ = [
    "CreditNotes",
    "Deliveries",
    "DeliveryPhotos",
    "Invoices",
    "OrderLines",
    "Orders",
    "RefundParts",
    "ShipmentLines",
    "Shipments",
    "ShippingLabels",
    "VendorOrders",
]
TEAM = VENDOR | OPERATIONS
BUYER = STOREFRONT | OPERATIONS
ADDRESS = ("recipient", "phone", "street", "town", "province", "postal_code", "country", "note")
BILL = ("goods_minor", "discount_minor", "shipping_minor", "tax_minor", "tax_is_included", "total_currency")
SENT = ("shipping_name", "shipping_kind", "shipping_days_min", "shipping_days_max")
WITH_SHARES = ("shares__vendor", "shares__shipments__lines__line", "lines")


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
        "bill": F(read=BUYER, compute=shapes.bill, type=shapes.Bill, needs=("shares", "total_currency"), card=False),
        "refunded": F(read=BUYER, help="Given back so far."),
        "count": F(read=BUYER, compute=shapes.count, type=shapes.Count, needs=("lines",)),
        "image": F(read=BUYER, compute=shapes.image, type=shapes.text(400), needs=("lines",)),
        "expires_at": F(read=BUYER, help="Unless it is paid by then, it ends."),
        "paid_at": F(read=BUYER),
        "recipient": F(read=BUYER, search=True, card=False),
        "phone": F(read=BUYER, search=True, card=False),
        "street": F(read=BUYER, card=False),
        "town": F(read=BUYER, card=False),
        "province": F(read=BUYER, card=False),
        "postal_code": F(read=BUYER, card=False),
        "country": F(read=BUYER, card=False),
        "note": F(read=BUYER, card=False),
        "shares": F(read=BUYER, compute=shapes.shares, type=shapes.Shares, needs=WITH_SHARES, card=False),
        "timeline": F(
            read=BUYER,
            compute_for=shapes.timeline,
            type=shapes.Timeline,
            needs=("shares__vendor", "shares__shipments"),
            card=False,
        ),
    }
    verbs = (actions.cancel, actions.cancel_items, actions.refund)
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
        "bill": F(read=TEAM, compute=shapes.bill_of_share, type=shapes.Bill, needs=BILL, card=False),
        "sent_by": F(read=TEAM, compute=shapes.sent_by, type=shapes.SentBy | None, needs=SENT, card=False),
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
            read=TEAM, compute=shapes.consignments, type=shapes.Consignments, needs=("shipments__lines__line",), card=False
        ),
        "timeline": F(
            read=TEAM, compute_for=shapes.timeline_of_share, type=shapes.Timeline, card=False,
            needs=("vendor__name", "shipments"),
        ),
    }  # fmt: skip
    verbs = (
        actions.accept,
        actions.ship,
        actions.deliver,
        actions.cancel_lines,
        actions.refund_lines,
        actions.cancel_share,
    )
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
        "discount_minor": F(read=TEAM),
        "tax_minor": F(read=TEAM),
    }
    look = Look(columns=("title", "variant_title", "sku", "quantity", "unit_price", "total"))


class RefundParts(Resource):
    model, group, icon = RefundPart, "Orders", "undo"
    child = True
    fields = {
        "refund": F(read=OPERATIONS, expand=True),
        "vendor_order": F(read=TEAM, filter=EXACT, expand=True),
        "line": F(read=TEAM, filter=EXACT, expand=True),
        "quantity": F(read=TEAM),
        "amount": F(read=TEAM),
        "tax_minor": F(read=TEAM),
    }
    look = Look(columns=("vendor_order", "line", "quantity", "amount"))


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
        "contents": F(read=TEAM, compute=shapes.contents, type=shapes.Contents, needs=("lines__line",), card=False),
    }
    verbs = (actions.deliver_parcel, actions.assign, actions.buy_label, actions.give_label_up)
    order = ("-shipped_at", "-id")
    look = Look(
        columns=("carrier", "tracking_number", "vendor_order", "state", "shipped_at", "delivered_at"),
        filters=("state", "carrier", "shipped_at"),
        empty="Nothing has been sent yet.",
    )


class DraftOrders(Resource):
    model, group, icon = DraftOrder, "Orders", "edit_note"
    public_by = "reference"
    fields = {
        "reference": F(read=OPERATIONS, search=True, help="The same as `id`."),
        "customer": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=EXACT, expand=True),
        "state": F(read=OPERATIONS, filter=ANY_OF),
        "created_at": F(read=OPERATIONS, filter=RANGE),
        "recipient": F(read=OPERATIONS, write=OPERATIONS, search=True),
        "phone": F(read=OPERATIONS, write=OPERATIONS, search=True),
        "street": F(read=OPERATIONS, write=OPERATIONS, card=False),
        "town": F(read=OPERATIONS, write=OPERATIONS),
        "province": F(read=OPERATIONS, write=OPERATIONS, card=False),
        "postal_code": F(read=OPERATIONS, write=OPERATIONS, card=False),
        "country": F(read=OPERATIONS, write=OPERATIONS, card=False),
        "note": F(read=OPERATIONS, write=OPERATIONS, card=False),
        "staff_note": F(read=OPERATIONS, write=OPERATIONS, card=False),
        "coupon": F(read=OPERATIONS, write=OPERATIONS, expand=True),
        "order": F(read=OPERATIONS, expand=True, help="What it became."),
        "offer": F(
            read=OPERATIONS, compute=drafts.offer, type=drafts.Offer | None, card=False,
            needs=("state", "customer", "coupon"), help="What it comes to now; null once it is placed or dropped.",
        ),
    }  # fmt: skip
    operations = {"create": actions.compose}
    verbs = (actions.accept_changes, actions.place_draft, actions.drop)
    off = {"operations": ("pick", "bulk")}
    transfer = False
    look = Look(
        columns=("reference", "customer", "state", "recipient", "town", "created_at"),
        tabs={"Where it goes": ADDRESS, "For staff": ("staff_note",)},
        facts=("customer", "order", "created_at"),
        filters=("state", "created_at", "customer"),
        inlines=("draft-order-lines",),
        empty="Nobody has written an order down yet.",
        help="Orders that staff compose for a customer, such as on the phone. The customer pays when it is placed.",
    )


class DraftOrderLines(Resource):
    model, group, icon = DraftOrderLine, "Orders", "list"
    child = True
    fields = {
        "draft": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, filter=EXACT),
        "variant": F(read=OPERATIONS, write=OPERATIONS, on=CREATE, expand=True),
        "quantity": F(read=OPERATIONS, write=OPERATIONS),
        "seen_price": F(read=OPERATIONS, help="When staff last looked."),
    }
    operations = {"create": actions.add_line}
    order = ("draft_id", "id")
    transfer = False
    look = Look(columns=("draft", "variant", "quantity", "seen_price"))
