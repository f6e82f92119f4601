"""The tables of ordering."""

from marketplace.orders.models.orders import Order
from marketplace.orders.models.shares import OrderLine, Shipment, VendorOrder

__all__ = ["Order", "OrderLine", "Shipment", "VendorOrder"]
