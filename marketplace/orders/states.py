"""The states of an order (is it paid?), of each vendor's share (is it on its way?), and how both read as one word."""

from collections.abc import Collection

from core.states import Moves

ORDER = Moves(
    "payment_state",
    initial="pending",
    table=(
        ("pending", "pay", "paid"),
        ("pending", "expire", "expired"),
        ("pending", "call_off", "cancelled"),
        ("expired", "pay", "paid"),
        ("cancelled", "pay", "paid"),
        ("paid", "refund_part", "part_refunded"),
        ("part_refunded", "refund_part", "part_refunded"),
        ("paid", "refund", "refunded"),
        ("part_refunded", "refund", "refunded"),
    ),
    tones={
        "pending": "warning",
        "paid": "success",
        "expired": "",
        "cancelled": "info",
        "part_refunded": "warning",
        "refunded": "danger",
    },
)
#: The money has come, whatever became of it since.
PAID = ("paid", "part_refunded", "refunded")

SHARE = Moves(
    "state",
    initial="waiting",
    table=(
        ("waiting", "release", "to_accept"),
        ("to_accept", "accept", "to_ship"),
        ("to_ship", "ship", "shipped"),
        ("shipped", "deliver", "delivered"),
        ("waiting", "cancel", "cancelled"),
        ("to_accept", "cancel", "cancelled"),
        ("to_ship", "cancel", "cancelled"),
        ("waiting", "expire", "expired"),
        ("expired", "revive", "to_accept"),
    ),
    tones={
        "waiting": "info",
        "to_accept": "warning",
        "to_ship": "warning",
        "shipped": "info",
        "delivered": "success",
        "cancelled": "danger",
        "expired": "",
    },
)
#: Sold and not sent yet: what can still be cancelled, and goes back on the shelf then.
OPEN = ("to_accept", "to_ship")
SENT = ("shipped", "delivered")
DEAD = ("cancelled", "expired")

SHIPMENT = Moves(
    "state",
    initial="shipped",
    table=(("shipped", "deliver", "delivered"),),
    tones={"shipped": "info", "delivered": "success"},
)

#: What an order is called as a whole, in the order of its life.
OVERALL = (
    "pending",
    "expired",
    "cancelled",
    "paid",
    "processing",
    "part_shipped",
    "shipped",
    "delivered",
    "refunded",
)
#: How these words are coloured where people read them.
OVERALL_TONES = {
    "pending": "warning",
    "expired": "",
    "cancelled": "danger",
    "paid": "warning",
    "processing": "warning",
    "part_shipped": "info",
    "shipped": "info",
    "delivered": "success",
    "refunded": "danger",
}


def overall(payment_state: str, shares: Collection[str]) -> str:
    """One word for an order, from its payment and the states of its shares; what was cancelled of it does not count."""
    if payment_state not in ("paid", "part_refunded"):
        return payment_state
    live = {each for each in shares if each not in DEAD}
    if not live:
        return "cancelled"
    if live == {"delivered"}:
        return "delivered"
    if live <= set(SENT):
        return "shipped"
    if live & set(SENT):
        return "part_shipped"
    return "paid" if live == {"to_accept"} else "processing"
