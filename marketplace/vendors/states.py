"""The states of a vendor: only a verified one is on the storefront."""

from core.states import Moves

VENDOR = Moves(
    "status",
    initial="pending",
    table=(
        ("pending", "verify", "verified"),
        ("pending", "reject", "rejected"),
        ("rejected", "submit", "pending"),
        ("verified", "suspend", "suspended"),
        ("suspended", "reopen", "verified"),
    ),
    tones={"pending": "warning", "verified": "success", "rejected": "danger", "suspended": "danger"},
)
