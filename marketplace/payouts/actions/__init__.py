"""The verbs of payouts."""

from marketplace.payouts.actions import preparing
from marketplace.payouts.actions.accounts import reject, retire, verify
from marketplace.payouts.actions.preparing import approve, ask_for, cancel, prepare
from marketplace.payouts.actions.sending import claim, lose, mark_failed, mark_paid, mark_returned, reconcile, record

__all__ = [
    "approve",
    "ask_for",
    "cancel",
    "claim",
    "lose",
    "mark_failed",
    "mark_paid",
    "mark_returned",
    "prepare",
    "preparing",
    "reconcile",
    "record",
    "reject",
    "retire",
    "verify",
]
