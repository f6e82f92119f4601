"""What is in parcels, who brings them, and what vendors charge for them, declared."""

from core.audiences import ALL, OPERATIONS, STOREFRONT, VENDOR
from core.resources.declaration import ANY_OF, EXACT, RANGE, F, Look, Resource
from core.resources.identity import Reference
from core.resources.types import text
from marketplace.orders import actions, back_shapes, shapes, shapes_deliveries
from marketplace.orders.models import CreditNote, Delivery, DeliveryPhoto, Invoice, ShipmentLine, ShippingLabel

TEAM = VENDOR | OPERATIONS
PLACE = tuple(f"shipment__vendor_order__order__{name}" for name in shapes.Destination.model_fields)
VENDOR_OF = "shipment__vendor_order__vendor__"


class ShipmentLines(Resource):
    model, group, icon = ShipmentLine, "Orders", "package"
    child = True
    fields = {
        "shipment": F(read=TEAM, filter=EXACT, expand=True),
        "line": F(read=TEAM, filter=EXACT, expand=True),
        "quantity": F(read=TEAM),
    }
    look = Look(columns=("line", "quantity", "shipment"))


class ShippingLabels(Resource):
    model, group, icon = ShippingLabel, "Orders", "label"
    child = True
    public_by = "reference"
    fields = {
        "reference": F(read=TEAM, help="The same as `id`, and what the carrier knows it by."),
        "shipment": F(read=TEAM, filter=EXACT, expand=True),
        "carrier": F(read=TEAM),
        "service": F(read=TEAM),
        "state": F(read=TEAM, filter=ANY_OF, help="Unclear: the carrier is asked again until it says what became of it."),
        "state_since": F(read=TEAM),
        "quoted": F(read=TEAM, help="What the carrier asked before."),
        "price": F(read=TEAM, help="What it cost, and was taken from what the vendor has available."),
        "tracking_number": F(read=TEAM),
        "has_paper": F(
            read=TEAM, help="Is it at `/shipments/{shipment_id}/label.pdf`? If it is made and not, only the carrier can print it."
        ),
        "failure_sentence": F(read=TEAM, help="Why there is none."),
        "trouble": F(read=TEAM, help="Why nobody knows yet."),
        "bought_at": F(read=TEAM),
    }  # fmt: skip
    look = Look(columns=("reference", "shipment", "carrier", "state", "price", "bought_at"))


class Deliveries(Resource):
    model, group, icon = Delivery, "Orders", "two_wheeler"
    public_by = "reference"
    fields = {
        "reference": F(read=TEAM, search=True, help="The same as `id`."),
        "shipment": F(read=TEAM, filter=EXACT, expand=True),
        "courier": F(read=OPERATIONS, filter=EXACT, expand=True),
        "courier_name": F(
            read=TEAM, compute=shapes_deliveries.courier_name, type=text(150), needs=("courier__full_name",)
        ),
        "state": F(read=TEAM, filter=ANY_OF),
        "state_since": F(read=TEAM),
        "assigned_at": F(read=TEAM, order=True, filter=RANGE),
        "picked_up_at": F(read=TEAM),
        "ended_at": F(read=TEAM),
        "failed_count": F(read=TEAM, help="How often it could not be handed over."),
        "reason": F(read=TEAM, help="Why it could not, the last time."),
        "pieces": F(
            read=TEAM, compute=shapes_deliveries.pieces, type=shapes_deliveries.Pieces, needs=("shipment__lines",), card=False
        ),
        "origin": F(
            read=OPERATIONS, compute=shapes_deliveries.origin, type=shapes_deliveries.Origin,
            needs=(f"{VENDOR_OF}name", f"{VENDOR_OF}phone", f"{VENDOR_OF}city"),
        ),
        "destination": F(
            read=OPERATIONS, compute=shapes_deliveries.whither, type=shapes.Destination | None,
            needs=("state", "shipment__vendor_order__state", "shipment__vendor_order__order__payment_state", *PLACE),
            help="Whom and where it goes to; null once it has ended.",
        ),
        "proof": F(
            read=TEAM, compute=shapes_deliveries.proof, type=shapes_deliveries.Proof | None,
            needs=("received_by", "note", "ended_at", "photos"), card=False,
        ),
    }  # fmt: skip
    verbs = (actions.pick_up, actions.hand_over, actions.fail)
    off = dict.fromkeys(("vendor", "operations"), ("pick",))
    order = ("-assigned_at", "-id")
    transfer = False
    look = Look(
        columns=("reference", "state", "courier_name", "assigned_at"),
        facts=("reference", "state_since", "assigned_at", "picked_up_at", "ended_at"),  # its page says the rest
        filters=("state", "assigned_at"),
        empty="No courier has anything to bring.",
    )


class DeliveryPhotos(Resource):
    model, group, icon = DeliveryPhoto, "Orders", "photo_camera"
    child = True
    fields = {"delivery": F(read=TEAM, filter=EXACT, expand=True), "at": F(read=TEAM)}
    look = Look(columns=("delivery", "at"))


class Invoices(Resource):
    model, group, icon = Invoice, "Orders", "request_quote"
    child = True
    fields = {
        "vendor_order": F(read=TEAM, filter=EXACT, expand=True),
        "vendor": F(read=TEAM, filter=EXACT, expand=True),
        "number": F(read=TEAM),
        "issued_at": F(read=TEAM, filter=RANGE),
        "seller_name": F(read=TEAM),
        "seller_place": F(read=TEAM),
    }
    look = Look(columns=("number", "vendor_order", "issued_at"))


class CreditNotes(Resource):
    model, group, icon = CreditNote, "Orders", "assignment_returned"
    fields = {
        "reference": F(
            read=ALL, compute=shapes_deliveries.note_number, type=text(40), needs=("number", "vendor"), help="As it stands on paper."),
        "invoice_number": F(
            read=ALL, compute=shapes_deliveries.invoice_number, type=text(40), needs=("invoice",), help="The invoice that it is for."),
        "share": F(
            read=STOREFRONT, compute=back_shapes.share_reference, type=Reference, needs=("vendor_order__reference",),
            help="The vendor's part of the order."),
        "order": F(read=STOREFRONT, compute=back_shapes.order_reference, type=Reference, needs=("vendor_order__order__reference",)),
        "vendor_order": F(read=TEAM, filter=EXACT, expand=True),
        "refund": F(read=OPERATIONS, filter=EXACT, expand=True),
        "amount": F(read=ALL, help="With its tax."),
        "tax_minor": F(read=ALL, help="The tax in it."),
        "issued_at": F(read=ALL, order=True, filter=RANGE),
        "seller_name": F(read=ALL),
        "seller_place": F(read=ALL),
    }  # fmt: skip
    off = dict.fromkeys(("storefront", "vendor", "operations"), ("pick",))
    order = ("-issued_at", "-id")
    transfer = False
    look = Look(
        columns=("reference", "vendor_order", "amount", "tax_minor", "issued_at"),
        filters=("issued_at",),
        empty="Nothing that was invoiced has been given back.",
        help="What was given back of invoices. Each vendor's are numbered without a gap; nothing of them ever changes.",
    )
