"""The tables of ordering."""

from marketplace.orders.models.credits import CreditNote, CreditNoteCounter
from marketplace.orders.models.deliveries import Delivery, DeliveryPhoto
from marketplace.orders.models.disputes import Dispute, DisputeEntry, DisputeFile
from marketplace.orders.models.drafts import DraftOrder, DraftOrderLine
from marketplace.orders.models.invoices import Invoice, InvoiceCounter
from marketplace.orders.models.labels import ShippingLabel
from marketplace.orders.models.orders import Order
from marketplace.orders.models.parcels import Shipment, ShipmentLine
from marketplace.orders.models.reductions import LineReduction
from marketplace.orders.models.requests import RefundRequest, RefundRequestLine
from marketplace.orders.models.returns import Return, ReturnLine
from marketplace.orders.models.shares import OrderLine, RefundPart, VendorOrder

__all__ = [
    "CreditNote",
    "CreditNoteCounter",
    "Delivery",
    "DeliveryPhoto",
    "Dispute",
    "DisputeEntry",
    "DisputeFile",
    "DraftOrder",
    "DraftOrderLine",
    "Invoice",
    "InvoiceCounter",
    "LineReduction",
    "Order",
    "OrderLine",
    "RefundPart",
    "RefundRequest",
    "RefundRequestLine",
    "Return",
    "ReturnLine",
    "Shipment",
    "ShipmentLine",
    "ShippingLabel",
    "VendorOrder",
]
