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
class ParcelSent(Event):
    """A vendor sent a parcel: its share whole, or a part of it."""

    shipment_id: int
    vendor_order_id: int
    order_id: int
    vendor_id: int


@dataclass(frozen=True)
class LabelWanted(Event):
    """Somebody wants a label for a parcel, or wants to know what became of it: its carrier is asked."""

    label_id: int
    shipment_id: int
    vendor_id: int


@dataclass(frozen=True)
class LabelBought(Event):
    """A carrier made the label of a parcel, and bills the market for it."""

    label_id: int
    shipment_id: int
    vendor_id: int


@dataclass(frozen=True)
class ParcelDelivered(Event):
    """A parcel arrived; its share has when all of them have."""

    shipment_id: int
    vendor_order_id: int
    order_id: int
    vendor_id: int


@dataclass(frozen=True)
class VendorOrderShipped(Event):
    """A vendor sent its share, to the last piece."""

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


@dataclass(frozen=True)
class ItemsCancelled(Event):
    """Some pieces of a share were called off; the rest of it goes on."""

    vendor_order_id: int
    order_id: int
    vendor_id: int
    pieces: int
    reason: str


@dataclass(frozen=True)
class RefundAsked(Event):
    """Somebody asked for a refund that a second person has to allow."""

    request_id: int
    vendor_order_id: int


@dataclass(frozen=True)
class ReturnAsked(Event):
    """A buyer wants to send something back."""

    return_id: int
    vendor_order_id: int
    vendor_id: int
    customer_id: int


@dataclass(frozen=True)
class ReturnAnswered(Event):
    """The vendor said whether it may come back."""

    return_id: int
    customer_id: int
    is_allowed: bool


@dataclass(frozen=True)
class ReturnReceived(Event):
    """What a buyer sent back has arrived."""

    return_id: int
    vendor_order_id: int
    customer_id: int


@dataclass(frozen=True)
class DisputeHeld(Event):
    """A dispute was opened: so much of what the vendor has earned with a share is held until it is decided."""

    dispute_id: int
    vendor_order_id: int
    vendor_id: int
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class DisputeReleased(Event):
    """A dispute ended for the vendor: what was held is theirs again."""

    dispute_id: int
    vendor_order_id: int
    vendor_id: int


@dataclass(frozen=True)
class DisputeLost(Event):
    """A dispute ended for the buyer: so much goes back. `by_gateway`: the gateway has taken it, and no refund follows."""

    dispute_id: int
    vendor_order_id: int
    vendor_id: int
    amount_minor: int
    currency: str
    by_gateway: bool


@dataclass(frozen=True)
class DisputeRecovered(Event):
    """The buyer's bank has given back what it took when a dispute was lost: so much is the vendor's again, as if it had been won."""

    dispute_id: int
    vendor_order_id: int
    vendor_id: int
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class DisputeMoved(Event):
    """Somebody has to do something about a dispute: its vendor or the market, by the moment that it says."""

    dispute_id: int
    vendor_id: int
    state: str
    is_reminder: bool


@dataclass(frozen=True)
class DeliveryAssigned(Event):
    """A courier was given a parcel to bring."""

    delivery_id: int
    shipment_id: int
    courier_id: int


@dataclass(frozen=True)
class DeliveryFailed(Event):
    """A courier could not hand a parcel over."""

    delivery_id: int
    shipment_id: int
    vendor_id: int
    reason: str
