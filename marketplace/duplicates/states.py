"""The states of a possible duplicate."""

from core.states import Moves

DUPLICATE = Moves(
    "status",
    initial="open",
    table=(
        ("open", "mark_same", "same"),
        ("different", "mark_same", "same"),
        ("open", "mark_different", "different"),
        ("same", "mark_different", "different"),
    ),
    tones={"open": "warning", "same": "danger", "different": "success"},
)
