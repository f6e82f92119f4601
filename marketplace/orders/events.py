"""What happens to orders, in the past tense."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True)
class OrderPlaced(Event):
    """Somebody ordered; the goods are kept for them until it is paid or expires."""

    order_id: int
    customer_id: int


@dataclass(frozen=True)
class OrderPaid(Event):
    """The money for an order has come, and its vendors may begin."""

    order_id: int
    customer_id: int


@dataclass(frozen=True)
class OrderExpired(Event):
    """An order was not paid in time; its goods are free again."""

    order_id: int
    customer_id: int


@dataclass(frozen=True)
class OrderCancelled(Event):
    """An order was called off as a whole."""

    order_id: int
    customer_id: int
    reason: str


@dataclass(frozen=True)
class OrderRefunded(Event):
    """Money of an order was given back: so much in all by now."""

    order_id: int
    customer_id: int
    refunded_minor: int
    is_whole: bool


@dataclass(frozen=True)
class VendorOrderReleased(Event):
    """A vendor has a paid share to work on."""

    vendor_order_id: int
    vendor_id: int


@dataclass(frozen=True)
class VendorOrderShipped(Event):
    """A vendor sent its share."""

    vendor_order_id: int
    order_id: int
    vendor_id: int


@dataclass(frozen=True)
class VendorOrderDelivered(Event):
    """A share arrived."""

    vendor_order_id: int
    order_id: int
    vendor_id: int


@dataclass(frozen=True)
class VendorOrderCancelled(Event):
    """One vendor's share was called off; the others go on."""

    vendor_order_id: int
    order_id: int
    vendor_id: int
    reason: str
