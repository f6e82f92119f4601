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
        ("to_ship", "ship_part", "part_shipped"),
        ("part_shipped", "ship_part", "part_shipped"),
        ("to_ship", "ship", "shipped"),
        ("part_shipped", "ship", "shipped"),
        ("part_shipped", "end", "delivered"),  # what was left is called off, and all that was sent has arrived
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
        "part_shipped": "warning",
        "shipped": "info",
        "delivered": "success",
        "cancelled": "danger",
        "expired": "",
    },
)
#: Sold and nothing sent yet: what can still be cancelled as a whole, and goes back on the shelf then.
OPEN = ("to_accept", "to_ship")
SENT = ("shipped", "delivered")
#: There is a parcel of it.
UNDERWAY = ("part_shipped", *SENT)
#: Paid, and neither called off nor expired.
LIVE = (*OPEN, *UNDERWAY)
#: The vendor has to do something.
TO_DO = (*OPEN, "part_shipped")
DEAD = ("cancelled", "expired")

SHIPMENT = Moves(
    "state",
    initial="shipped",
    table=(("shipped", "deliver", "delivered"),),
    tones={"shipped": "info", "delivered": "success"},
)

#: A label of a carrier: whoever asks claims it, and what may have been made stays open until the carrier says.
LABEL = Moves(
    "state",
    initial="wanted",
    table=(
        ("wanted", "claim", "asking"),
        ("wanted", "refuse", "refused"),
        ("asking", "make", "made"),
        ("asking", "lose", "unclear"),
        ("asking", "refuse", "refused"),
        ("unclear", "make", "made"),
        ("unclear", "refuse", "refused"),
        ("refused", "want", "wanted"),
    ),
    tones={"wanted": "info", "asking": "info", "unclear": "warning", "made": "success", "refused": "danger"},
)
#: The carrier has heard of it, or may have.
LABEL_ASKED = ("asking", "unclear")
LABEL_OPEN = ("wanted", *LABEL_ASKED)

#: What staff compose for a customer, until it is an order.
DRAFT = Moves(
    "state",
    initial="draft",
    table=(("draft", "place", "placed"), ("draft", "drop", "dropped")),
    tones={"draft": "warning", "placed": "success", "dropped": ""},
)
#: What a courier does with a parcel that is theirs to bring. It ends by itself where somebody else says that the parcel arrived.
DELIVERY = Moves(
    "state",
    initial="assigned",
    table=(
        ("assigned", "pick_up", "picked_up"),
        ("failed_attempt", "pick_up", "picked_up"),
        ("picked_up", "hand_over", "delivered"),
        ("picked_up", "fail", "failed_attempt"),
        ("failed_attempt", "assign", "assigned"),
        ("assigned", "assign", "assigned"),
        ("assigned", "close", "closed"),
        ("picked_up", "close", "closed"),
        ("failed_attempt", "close", "closed"),
    ),
    tones={
        "assigned": "warning",
        "picked_up": "info",
        "failed_attempt": "danger",
        "delivered": "success",
        "closed": "",
    },
)
#: There is still something to do for the courier.
DELIVERY_OPEN = ("assigned", "picked_up", "failed_attempt")

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
    if live & set(UNDERWAY):
        return "part_shipped"
    return "paid" if live == {"to_accept"} else "processing"


REFUND_REQUEST = Moves(
    "state",
    initial="asked",
    table=(("asked", "approve", "approved"), ("asked", "refuse", "refused"), ("asked", "withdraw", "withdrawn")),
    tones={"asked": "warning", "approved": "success", "refused": "danger", "withdrawn": ""},
)

RETURN = Moves(
    "state",
    initial="requested",
    table=(
        ("requested", "approve", "approved"),
        ("requested", "refuse", "refused"),
        ("requested", "withdraw", "withdrawn"),
        ("approved", "withdraw", "withdrawn"),
        ("approved", "receive", "received"),
        ("received", "settle", "refunded"),
        ("received", "close", "closed"),
    ),
    tones={
        "requested": "warning",
        "approved": "info",
        "refused": "danger",
        "withdrawn": "",
        "received": "warning",
        "refunded": "success",
        "closed": "",
    },
)
#: Pieces are on their way back, or may be: nobody else may give them up.
RETURNING = ("requested", "approved")
RECEIVED = ("received", "refunded", "closed")
RETURN_REASONS = ("broken", "wrong_thing", "not_as_described", "does_not_fit", "changed_mind", "other")

DISPUTE = Moves(
    "state",
    initial="awaiting_vendor",
    table=(
        ("awaiting_vendor", "answer", "awaiting_market"),
        ("awaiting_vendor", "escalate", "awaiting_market"),
        ("awaiting_vendor", "concede", "lost"),
        ("awaiting_market", "concede", "lost"),
        ("awaiting_vendor", "lose", "lost"),
        ("awaiting_market", "lose", "lost"),
        ("awaiting_vendor", "win", "won"),
        ("awaiting_market", "win", "won"),
        ("awaiting_vendor", "withdraw", "withdrawn"),
        ("awaiting_market", "withdraw", "withdrawn"),
        ("lost", "recover", "won"),  # the buyer's bank has given back what it took
    ),
    tones={
        "awaiting_vendor": "warning",
        "awaiting_market": "warning",
        "won": "success",
        "lost": "danger",
        "withdrawn": "",
    },
)
DISPUTED = ("awaiting_vendor", "awaiting_market")
DISPUTE_REASONS = (
    "not_received",
    "broken",
    "wrong_thing",
    "not_as_described",
    "return_refused",
    "unauthorised",
    "duplicate",
    "other",
)
PARTIES = ("buyer", "vendor", "market", "gateway")
