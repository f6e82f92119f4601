"""The verbs of ordering."""

from marketplace.orders.actions import charging_back, deciding, disputing, requesting, returning
from marketplace.orders.actions.arriving import deliver
from marketplace.orders.actions.calling_off import cancel, expire, refund
from marketplace.orders.actions.cancelling_lines import cancel_items, cancel_lines
from marketplace.orders.actions.delivering import add_photo, assign, fail, hand_over, pick_up
from marketplace.orders.actions.disputing import open_dispute
from marketplace.orders.actions.drafting import accept_changes, add_line, compose, drop
from marketplace.orders.actions.drafting import place as place_draft
from marketplace.orders.actions.evidencing import add_file
from marketplace.orders.actions.fulfilling import accept
from marketplace.orders.actions.fulfilling import cancel as cancel_share
from marketplace.orders.actions.labelling import buy_label, give_label_up
from marketplace.orders.actions.parcels import deliver as deliver_parcel
from marketplace.orders.actions.parcels import presume
from marketplace.orders.actions.paying import begin_payment, book_refund, complete
from marketplace.orders.actions.placing import place_order
from marketplace.orders.actions.requesting import refund_lines
from marketplace.orders.actions.returning import ask_return
from marketplace.orders.actions.shipping import ship

__all__ = [
    "accept",
    "accept_changes",
    "add_file",
    "add_line",
    "add_photo",
    "ask_return",
    "assign",
    "begin_payment",
    "book_refund",
    "buy_label",
    "cancel",
    "cancel_items",
    "cancel_lines",
    "cancel_share",
    "charging_back",
    "complete",
    "compose",
    "deciding",
    "deliver",
    "deliver_parcel",
    "disputing",
    "drop",
    "expire",
    "fail",
    "give_label_up",
    "hand_over",
    "open_dispute",
    "pick_up",
    "place_draft",
    "place_order",
    "presume",
    "refund",
    "refund_lines",
    "requesting",
    "returning",
    "ship",
]
