"""The states of an account that is paid to, of a batch, and of a payout. What may have been sent is ended by whoever sent it."""

from core.states import Moves

ACCOUNT = Moves(
    "status",
    initial="waiting",
    table=(
        ("waiting", "verify", "verified"),
        ("waiting", "reject", "rejected"),
        ("waiting", "retire", "retired"),
        ("verified", "retire", "retired"),
    ),
    tones={"waiting": "warning", "verified": "success", "rejected": "danger", "retired": ""},
)

BATCH = Moves(
    "status",
    initial="prepared",
    table=(("prepared", "approve", "approved"), ("prepared", "cancel", "cancelled")),
    tones={"prepared": "warning", "approved": "success", "cancelled": ""},
)

PAYOUT = Moves(
    "status",
    initial="prepared",
    table=(
        ("prepared", "approve", "approved"),
        ("prepared", "cancel", "cancelled"),
        ("approved", "claim", "sending"),
        ("sending", "claim", "sending"),  # a claim that nobody finished; the key is the same
        ("unknown", "claim", "sending"),
        ("sending", "lose", "unknown"),
        ("approved", "pay", "paid"),  # settled by hand
        ("sending", "pay", "paid"),
        ("unknown", "pay", "paid"),
        ("approved", "fail", "failed"),
        ("sending", "fail", "failed"),
        ("unknown", "fail", "failed"),
        ("paid", "come_back", "returned"),
    ),
    tones={
        "prepared": "warning", "approved": "info", "sending": "info", "unknown": "danger", "paid": "success",
        "failed": "danger", "returned": "danger", "cancelled": "",
    },
)  # fmt: skip
#: Set aside and not ended: the money is on its way to the vendor.
OPEN = ("prepared", "approved", "sending", "unknown")
#: The gateway has heard of it, or may have.
ASKED = ("sending", "unknown")
#: The money is the vendor's again, for good: it goes into the next batch, and the period is free.
BACK = ("failed", "returned", "cancelled")
