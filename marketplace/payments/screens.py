"""What the pages of a payment, a refund and a webhook show: how it stands, in figures and in a sentence, and what lies behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin import words
from core.money import Money
from core.resources.admin.rows import row_url
from core.rules import Actor, scope
from marketplace.accounts.models import User
from marketplace.payments import queries
from marketplace.payments.models import MoneyMove, Payment, Refund, WebhookAttempt, WebhookDelivery

#: Where the subject of a payment is shown: (actor, subject) -> address, or "" where there is nothing for this actor.
Way = Callable[[Actor, str], str]
_ways: list[Way] = []

OUTCOMES = {"applied": "success", "waiting": "warning", "refused": "danger"}


def leads_to(way: Way) -> Way:
    """Say where payments of a kind lead: payments themselves know only the name of what they are for."""
    if way not in _ways:
        _ways.append(way)
    return way


#: What a refund is made up of: (actor, refund) -> whose, of what, how much of each part.
Makeup = Callable[[Actor, Refund], Sequence[tuple[str, str, Money]]]
_makeups: list[Makeup] = []


def made_up_of(makeup: Makeup) -> Makeup:
    """Say what refunds of a kind are made up of: payments themselves know only how much."""
    if makeup not in _makeups:
        _makeups.append(makeup)
    return makeup


#: Where a payment or a refund is booked: (actor, row) -> address, or "" for those who may not see it.
Booked = Callable[[Actor, Payment | Refund], str]
_books: list[Booked] = []


def booked_at(booked: Booked) -> Booked:
    """Say where payments and refunds are booked: they themselves know nothing of books."""
    if booked not in _books:
        _books.append(booked)
    return booked


def journals(actor: Actor, row: Payment | Refund) -> list[Any]:
    """The way to what was booked of it, for those who may see that."""
    return [link(found, "Journals") for each in _books if (found := each(actor, row))]


@dataclass(frozen=True)
class Glance:
    """One figure of the header, with what explains it in small."""

    title: str
    value: Any
    below: Sequence[Any] = ()
    large: bool = False


@dataclass(frozen=True)
class Note:
    """What somebody has to know first."""

    sentence: str
    tone: str


def link(address: str, text: Any) -> Any:
    """The text, as a way there where there is one."""
    if not address:
        return words.unbroken(text)
    return format_html('<a class="soko-link soko-nowrap" href="{}">{}</a>', address, text)


def subject(actor: Actor, name: str) -> Any:
    """What a payment is for, as a way to it for those who may open it."""
    return link(next((found for way in _ways if (found := way(actor, name))), ""), name)


def of_payment(payment: Payment, actor: Actor) -> dict[str, Any]:
    """The page of a payment."""
    seen = scope(actor, User).filter(pk=payment.payer_id).first()
    back = [f"{payment.pending} on its way back"] if payment.pending.amount else []
    return {
        "note": note_of(payment, payment.failure_sentence),
        "glance": [
            Glance(
                "Amount",
                payment.amount,
                [*(["Extra: all of it goes back"] if payment.is_extra else []), *journals(actor, payment)],
                large=True,
            ),
            Glance("Given back", payment.refunded if payment.refunded.amount else "Nothing", back),
            Glance("For", subject(actor, payment.subject)),
            Glance("Payer", link(row_url(seen) if seen else "", payment.payer.full_name)),
            Glance("Gateway", payment.gateway, [payment.gateway_id]),
        ],
        "refunds": [
            (each, link(row_url(each), each.reference), words.state(Refund.moves, each), words.by(each.asked_by_name))
            for each in scope(actor, Refund).filter(payment=payment).order_by("-pk")
        ],
        "moves": moves(scope(actor, MoneyMove).filter(payment=payment).select_related("refund")),
    }


def of_refund(refund: Refund, actor: Actor) -> dict[str, Any]:
    """The page of a refund."""
    payment = refund.payment
    again = scope(actor, Refund).filter(repeats=refund).first()
    return {
        "note": note_of(refund, refund.failure_sentence),
        "glance": [
            Glance("Amount", refund.amount, [f"of {payment.amount}", *journals(actor, refund)], large=True),
            Glance("Why", refund.reason, [words.by(refund.asked_by_name)]),
            *(
                [Glance("Tries again", link(row_url(refund.repeats), refund.repeats.reference))]
                if refund.repeats
                else []
            ),
            *(
                [Glance("Tried again as", link(row_url(again), again.reference), [words.state(Refund.moves, again)])]
                if again
                else []
            ),
            Glance("Payment", link(row_url(payment), payment.reference), [words.state(Payment.moves, payment)]),
            Glance("For", subject(actor, payment.subject), [payment.payer.full_name]),
            Glance("Gateway", payment.gateway, [refund.gateway_id]),
        ],
        "parts": [part for makeup in _makeups for part in makeup(actor, refund)],
        "moves": moves(scope(actor, MoneyMove).filter(refund=refund).select_related("refund")),
    }


def of_webhook(delivery: WebhookDelivery, actor: Actor) -> dict[str, Any]:
    """The page of a webhook."""
    attempts = list(scope(actor, WebhookAttempt).filter(delivery=delivery).order_by("-pk"))
    about = queries.told_of(delivery)
    refused = (
        Note(attempts[0].error, "danger") if delivery.status == "refused" and attempts and attempts[0].error else None
    )
    return {
        "note": refused,
        "glance": [
            Glance("What it says", delivery.kind, [format_html("{}, {}", delivery.gateway, words.ago(delivery.received_at))]),
            Glance("About", link(row_url(about), about.reference) if about else "Nothing that we know", [delivery.gateway_id]),
            Glance("Event", delivery.event_id),
        ],
        "attempts": [(each, words.badge(each.get_outcome_display(), OUTCOMES[each.outcome])) for each in attempts],
        "body": delivery.body,
    }  # fmt: skip


def note_of(row: Payment | Refund, failure: str) -> Note | None:
    """Why it failed, or why nobody knows what became of it."""
    if row.status == "failed" and failure:
        return Note(failure, "danger")
    if row.status == "repeated":
        return Note(f"{failure} It was tried again.".strip(), "info")
    if row.status == "given_up":
        return Note(f"{failure} It was given up; why stands in its history.".strip(), "info")
    if row.trouble:
        return Note(f"{row.trouble} The gateway is asked until it says.", "danger" if row.is_stuck else "warning")
    return Note("The gateway should have said so long ago.", "danger") if row.is_stuck else None


def moves(rows: Any) -> list[tuple[MoneyMove, SafeString, Any]]:
    """Movements of money, newest first, each with its kind as a coloured word."""
    tones = {"captured": "success", "refunded": "warning"}
    return [
        (each, words.badge(each.get_kind_display(), tones[each.kind]), words.unbroken(each.gateway_id))
        for each in rows.order_by("-at", "-pk")
    ]
