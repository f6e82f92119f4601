"""The verbs of money."""

from marketplace.payments.actions.differing import book_differences, explain
from marketplace.payments.actions.disputing import (
    ask_about,
    book_dispute,
    miss_evidence,
    note_borne,
    note_evidence,
    refuse_evidence,
    send_evidence_again,
    submit_evidence,
)
from marketplace.payments.actions.hearing import note, receive, replay
from marketplace.payments.actions.paying import abandon, call_off, claim, give_up, lease, lose, reconcile, record, start
from marketplace.payments.actions.refunding import claim as claim_refund
from marketplace.payments.actions.refunding import give_up as give_up_refund
from marketplace.payments.actions.refunding import lose as lose_refund
from marketplace.payments.actions.refunding import reconcile as reconcile_refund
from marketplace.payments.actions.refunding import record as record_refund
from marketplace.payments.actions.refunding import request_refund, return_extra, try_again
from marketplace.payments.actions.watching import mark_stuck

__all__ = [
    "abandon",
    "ask_about",
    "book_differences",
    "book_dispute",
    "call_off",
    "claim",
    "claim_refund",
    "explain",
    "give_up",
    "give_up_refund",
    "lease",
    "lose",
    "lose_refund",
    "mark_stuck",
    "miss_evidence",
    "note",
    "note_borne",
    "note_evidence",
    "receive",
    "reconcile",
    "reconcile_refund",
    "record",
    "record_refund",
    "refuse_evidence",
    "replay",
    "request_refund",
    "return_extra",
    "send_evidence_again",
    "start",
    "submit_evidence",
    "try_again",
]
