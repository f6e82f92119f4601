"""The verbs of the ledger."""

from marketplace.ledger.actions.charging_back import bear, charge_back
from marketplace.ledger.actions.freezing import freeze_commission
from marketplace.ledger.actions.holding import follow_hold, hold, release, release_hold
from marketplace.ledger.actions.labelling import charge_label
from marketplace.ledger.actions.posting import Cause, Entry, post
from marketplace.ledger.actions.prepaying import give_back, top_up
from marketplace.ledger.actions.recovering import recover
from marketplace.ledger.actions.refunding import book_refund, void
from marketplace.ledger.actions.selling import book_capture, sell

__all__ = [
    "Cause",
    "Entry",
    "bear",
    "book_capture",
    "book_refund",
    "charge_back",
    "charge_label",
    "follow_hold",
    "freeze_commission",
    "give_back",
    "hold",
    "post",
    "recover",
    "release",
    "release_hold",
    "sell",
    "top_up",
    "void",
]
