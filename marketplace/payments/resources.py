"""Payments, declared: a buyer's own, and for finance everything that came, went back, or is unclear."""

from typing import Literal

from core.audiences import OPERATIONS, STOREFRONT
from core.resources.declaration import ANY_OF, EXACT, IS_SET, RANGE, F, Look, Resource
from core.resources.types import LONG_TEXT, Money, text
from marketplace.payments import actions, queries
from marketplace.payments.models import (
    Chargeback,
    MoneyMove,
    Payment,
    Refund,
    StatementDifference,
    WebhookAttempt,
    WebhookDelivery,
)

Answering = Literal[tuple(queries.ANSWERING)]  # type: ignore[misc]
BUYER = STOREFRONT | OPERATIONS
SUMS = ("amount_minor", "amount_currency", "captured_minor", "refunded_minor", "held_minor")


def payer_name(payment: Payment) -> str:
    """Who pays, also for those who may not look at people."""
    return payment.payer.full_name


def captured(payment: Payment) -> object:
    """What has come."""
    return payment.captured


def refunded(payment: Payment) -> object:
    """What has gone back."""
    return payment.refunded


def gone_back(chargeback: Chargeback) -> object:
    """What of the disputed payment had gone back by ourselves."""
    return chargeback.payment.refunded


def borne(chargeback: Chargeback) -> object:
    """What of it the market bears."""
    return chargeback.borne


def beyond(chargeback: Chargeback) -> object:
    """What of it is more than ever came."""
    return chargeback.beyond


def pending(payment: Payment) -> object:
    """What is to go back and has not yet."""
    return payment.pending


def body(delivery: WebhookDelivery) -> str:
    """What was sent, as it came."""
    return delivery.body[:LONG_TEXT]


class Payments(Resource):
    model, group, icon = Payment, "Money", "payments"
    public_by = "reference"
    fields = {
        "reference": F(read=OPERATIONS, search=True, help="The same as `id`."),
        "subject": F(read=BUYER, filter=EXACT, search=True, help="What it is for: an order's id."),
        "payer": F(read=OPERATIONS, filter=EXACT, expand=True),
        "payer_name": F(read=OPERATIONS, compute=payer_name, type=text(120), needs=("payer__full_name",)),
        "amount": F(read=BUYER),
        "status": F(
            read=BUYER, filter=ANY_OF,
            help="While it is `sending` or `unknown` nobody needs to do anything: the gateway is asked until it says.",
        ),
        "status_since": F(read=OPERATIONS),
        "is_stuck": F(read=OPERATIONS, filter=EXACT, help="It should have ended minutes ago."),
        "trouble": F(read=OPERATIONS, card=False, help="Why nobody knows what became of it."),
        "action_url": F(read=BUYER, card=False, help="Where the payer confirms it, while it is `requires_action`."),
        "failure_code": F(read=BUYER, card=False),
        "failure_sentence": F(read=BUYER, card=False, help="Why it failed, for the payer to read."),
        "captured": F(read=BUYER, compute=captured, type=Money, needs=SUMS, card=False, help="What has come."),
        "refunded": F(read=BUYER, compute=refunded, type=Money, needs=SUMS, help="What has gone back."),
        "pending": F(
            read=BUYER, compute=pending, type=Money, needs=SUMS, card=False, help="What is to go back and has not yet."
        ),
        "gateway": F(read=BUYER, filter=EXACT),
        "gateway_id": F(read=OPERATIONS, search=True, filter=EXACT, help="What the gateway calls it."),
        "key": F(read=OPERATIONS, card=False, help="What the gateway knew it by before."),
        "is_extra": F(
            read=OPERATIONS, filter=EXACT, help="Its money came beside other money for the same thing, and goes back."
        ),
        "started_at": F(read=BUYER, order=True, filter=RANGE),
        "asked_at": F(read=OPERATIONS, card=False),
        "called_off_at": F(read=OPERATIONS, card=False),
    }  # fmt: skip
    verbs = (actions.reconcile,)
    order = ("-started_at", "-id")
    transfer = False
    look = Look(
        columns=("reference", "subject", "payer_name", "amount", "status", "started_at"),
        facts=(
            "captured",
            "failure_code",
            "action_url",
            "key",
            "started_at",
            "asked_at",
            "called_off_at",
        ),  # its page says the rest
        filters=("is_stuck", "status", "payer", "gateway", "is_extra", "started_at"),
        empty="Nobody has paid anything yet.",
    )


class Refunds(Resource):
    model, group, icon = Refund, "Money", "undo"
    public_by = "reference"
    fields = {
        "reference": F(read=OPERATIONS, search=True, help="The same as `id`."),
        "payment": F(read=OPERATIONS, filter=EXACT, expand=True),
        "amount": F(read=OPERATIONS),
        "status": F(read=OPERATIONS, filter=ANY_OF),
        "status_since": F(read=OPERATIONS),
        "is_stuck": F(read=OPERATIONS, filter=EXACT, help="It should have ended minutes ago."),
        "trouble": F(read=OPERATIONS, card=False, help="Why nobody knows what became of it."),
        "reason": F(read=OPERATIONS),
        "about": F(
            read=OPERATIONS,
            filter=EXACT,
            card=False,
            help="The part of what was paid for that it is for, such as a vendor order.",
        ),
        "repeats": F(
            read=OPERATIONS, filter=EXACT, card=False, help="The failed refund that this one was asked for again."
        ),
        "asked_by_name": F(read=OPERATIONS),
        "asked_by_id": F(read=OPERATIONS, filter=EXACT, card=False),
        "failure_code": F(read=OPERATIONS, card=False),
        "failure_sentence": F(read=OPERATIONS, card=False),
        "gateway_id": F(read=OPERATIONS, search=True, filter=EXACT, help="What the gateway calls it."),
        "key": F(read=OPERATIONS, card=False, help="What the gateway knew it by before."),
        "requested_at": F(read=OPERATIONS, order=True, filter=RANGE),
        "asked_at": F(read=OPERATIONS, card=False),
    }
    verbs = (actions.try_again, actions.give_up_refund, actions.reconcile_refund)
    order = ("-requested_at", "-id")
    transfer = False
    look = Look(
        columns=("reference", "payment", "amount", "status", "reason", "requested_at"),
        facts=("failure_code", "key", "requested_at", "asked_at"),  # its page says the rest
        filters=("is_stuck", "status", "requested_at"),
        empty="Nothing has been given back yet.",
    )


class MoneyMoves(Resource):
    model, group, icon = MoneyMove, "Money", "swap_vert"
    fields = {
        "at": F(read=OPERATIONS, order=True, filter=RANGE),
        "kind": F(read=OPERATIONS, filter=ANY_OF, facet=True),
        "amount": F(read=OPERATIONS),
        "payment": F(read=OPERATIONS, filter=EXACT, expand=True),
        "refund": F(read=OPERATIONS, filter=EXACT, expand=True),
        "gateway": F(read=OPERATIONS, filter=EXACT),
        "gateway_id": F(read=OPERATIONS, search=True, filter=EXACT),
    }
    order = ("-at", "-id")
    look = Look(
        columns=("at", "kind", "amount", "payment", "refund", "gateway_id"),
        filters=("kind", "gateway", "at"),
        empty="No money has moved yet.",
        help="Each amount that a gateway confirmed, once. These explain every sum.",
    )


class StatementDifferences(Resource):
    model, group, icon = StatementDifference, "Money", "balance"
    fields = {
        "found_at": F(read=OPERATIONS, order=True, filter=RANGE),
        "gateway": F(read=OPERATIONS, filter=EXACT),
        "kind": F(read=OPERATIONS, filter=ANY_OF),
        "gateway_id": F(read=OPERATIONS, search=True, filter=EXACT, help="What the gateway calls it."),
        "fault": F(read=OPERATIONS, filter=ANY_OF),
        "sentence": F(read=OPERATIONS),
        "amount": F(read=OPERATIONS),
        "payment": F(read=OPERATIONS, filter=EXACT, expand=True),
        "moved_at": F(read=OPERATIONS),
        "status": F(read=OPERATIONS, filter=ANY_OF),
        "status_since": F(read=OPERATIONS),
        "explanation": F(read=OPERATIONS, help="Why nothing is to be done."),
    }
    verbs = (actions.explain,)
    order = ("-found_at", "-id")
    transfer = False
    look = Look(
        columns=("sentence", "fault", "amount", "payment", "status", "found_at"),
        facts=(
            "status", "fault", "sentence", "explanation", "amount", "kind", "gateway", "gateway_id", "payment", "moved_at",
            "found_at",
        ),
        filters=("status", "fault", "kind", "gateway", "found_at"),
        empty="The gateways' statements and our books agree.",
        help="Each hour what the gateways say that they moved is compared with our books.",
    )  # fmt: skip


class Chargebacks(Resource):
    model, group, icon = Chargeback, "Money", "gavel"
    fields = {
        "opened_at": F(read=OPERATIONS, order=True, filter=RANGE),
        "payment": F(read=OPERATIONS, filter=EXACT, expand=True),
        "gateway": F(read=OPERATIONS, filter=EXACT),
        "gateway_id": F(read=OPERATIONS, search=True, filter=EXACT, help="What the gateway calls the dispute."),
        "amount": F(read=OPERATIONS, help="What is disputed."),
        "reason": F(read=OPERATIONS, filter=EXACT, help="In the gateway's words."),
        "status": F(read=OPERATIONS, filter=ANY_OF),
        "status_since": F(read=OPERATIONS),
        "due_at": F(read=OPERATIONS, filter=IS_SET, help="Until when the gateway takes evidence."),
        "answering": F(
            read=OPERATIONS, compute=queries.answering, type=Answering, needs=("status", "evidence", "sent_at", "due_at"),
            filter=ANY_OF, where=queries.ANSWERING,
            help="Whether it can be answered: `unsent` the gateway does not have what was said, `too_late` it had nothing in time, "
            "`not_taken` it takes no evidence.",
        ),
        "evidence": F(read=OPERATIONS, card=False, help="What we say for ourselves."),
        "sent_at": F(read=OPERATIONS, filter=IS_SET, help="When the gateway had it."),
        "trouble": F(read=OPERATIONS, card=False, help="Why the gateway does not have what we say."),
        "gone_back": F(
            read=OPERATIONS, compute=gone_back, type=Money, needs=("payment",),
            help="What of the payment we have given back: if that is what is disputed, say so, it is the best evidence.",
        ),
        "beyond": F(
            read=OPERATIONS, compute=beyond, type=Money | None, needs=("payment", "amount_minor", "amount_currency"), card=False,
            help="What of it is more than ever came, as banks may ask where they convert currencies or put several payments into "
            "one dispute: say so. No vendor loses it; if the bank takes it, the market bears it.",
        ),
        "borne": F(
            read=OPERATIONS, compute=borne, type=Money | None, needs=("borne_minor", "amount_minor", "amount_currency"), card=False,
            help="What of a lost one no vendor has any more: the market's own loss.",
        ),
    }  # fmt: skip
    verbs = (actions.submit_evidence, actions.send_evidence_again, actions.ask_about)
    order = ("-opened_at", "-id")
    transfer = False
    look = Look(
        columns=("gateway_id", "payment", "amount", "gone_back", "reason", "status", "due_at"),
        facts=(
            "status", "answering", "amount", "gone_back", "beyond", "borne", "reason", "payment", "due_at", "evidence", "sent_at",
            "trouble", "gateway", "gateway_id", "opened_at",
        ),
        filters=("answering", "status", "sent_at", "due_at", "gateway", "opened_at"),
        empty="Nobody disputes a payment.",
        help="Payers who asked their bank for their money back. The bank decides; until then the gateway keeps it.",
    )  # fmt: skip


class Webhooks(Resource):
    model, group, icon = WebhookDelivery, "Money", "webhook"
    path, name = "webhooks", "Webhook"
    fields = {
        "received_at": F(read=OPERATIONS, order=True, filter=RANGE),
        "gateway": F(read=OPERATIONS, filter=EXACT),
        "kind": F(read=OPERATIONS, filter=EXACT, search=True),
        "status": F(read=OPERATIONS, filter=ANY_OF),
        "event_id": F(read=OPERATIONS, search=True, filter=EXACT),
        "gateway_id": F(read=OPERATIONS, search=True, filter=EXACT, help="What it is about, as the gateway calls it."),
        "key": F(read=OPERATIONS, search=True, help="What it is about, as we call it towards the gateway."),
        "body": F(read=OPERATIONS, compute=body, type=text(LONG_TEXT), needs=("body",), card=False, help="As it came."),
    }
    verbs = (actions.replay,)
    order = ("-received_at", "-id")
    transfer = False
    look = Look(
        columns=("kind", "status", "gateway", "gateway_id", "event_id", "received_at"),
        facts=("key", "received_at"),  # its page says the rest
        filters=("status", "gateway", "kind", "received_at"),
        empty="No gateway has told anything yet.",
        help="What gateways told, with a good signature. It is never believed: the gateway is asked.",
    )


class WebhookAttempts(Resource):
    model, group, icon = WebhookAttempt, "Money", "history"
    child = True
    fields = {
        "delivery": F(read=OPERATIONS, filter=EXACT),
        "at": F(read=OPERATIONS),
        "outcome": F(read=OPERATIONS, filter=ANY_OF),
        "error": F(read=OPERATIONS),
    }
    order = ("id",)
    transfer = False
