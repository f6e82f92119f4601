"""What Stripe's documents say, in our words: payments, refunds, disputes, balance lines and events."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from core.money import Money, exponent
from marketplace.payments.gateways import (
    About,
    Answer,
    BadSignature,
    Dispute,
    GatewayEvent,
    OutcomeUnknown,
    StatementLine,
    Status,
)
from marketplace.payments.gateways.wire import address, sentence, text, word

#: Stripe counts in units of its own: these without decimals, these with three, all others with two (docs.stripe.com/currencies).
NO_DECIMALS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
PAYMENT: dict[str, Status] = {
    "succeeded": "succeeded",
    "processing": "processing",
    "requires_action": "requires_action",
    "requires_confirmation": "processing",
    "requires_capture": "requires_capture",
    "requires_payment_method": "failed",  # nobody but us could give it another, and we start a new one
    "canceled": "failed",
    # Of charges, whose place intents have taken.
    "pending": "processing",
    "failed": "failed",
}
REFUND: dict[str, Status] = {
    "succeeded": "succeeded",
    "pending": "processing",
    "requires_action": "processing",
    "failed": "failed",
    "canceled": "failed",
}
ENDS: dict[str, Literal["won", "lost"]] = {"won": "won", "warning_closed": "won", "prevented": "won", "lost": "lost"}
MOVED = {"charge": "captured", "payment": "captured", "refund": "refunded", "payment_refund": "refunded"}
NONSENSE = (LookupError, TypeError, ValueError, OverflowError, AttributeError)


class Inexpressible(ValueError):
    """An amount that Stripe's units of this currency cannot hold."""


def units(amount: Money) -> int:
    """The amount in Stripe's units. Inexpressible where that would lose some of it."""
    ours, theirs = exponent(amount.currency), _decimals(amount.currency)
    if theirs >= ours:
        return amount.amount * 10 ** (theirs - ours)
    whole, rest = divmod(amount.amount, 10 ** (ours - theirs))
    if rest:
        raise Inexpressible
    return whole


def money(amount: Any, currency: Any) -> Money:
    """Stripe's units as Money; ValueError where ours would lose some of it."""
    code = str(currency).upper()
    ours, theirs = exponent(code), _decimals(code)
    if type(amount) is not int:
        raise TypeError("Not a count of units.")
    if ours >= theirs:
        return Money(amount * 10 ** (ours - theirs), code)
    whole, rest = divmod(amount, 10 ** (theirs - ours))
    if rest:
        raise ValueError("Less than our smallest unit.")
    return Money(whole, code)


def _decimals(currency: str) -> int:
    return 0 if currency in NO_DECIMALS else 3 if currency in THREE_DECIMALS else 2


def payment(said: Any) -> Answer:
    """A PaymentIntent; OutcomeUnknown when it makes no sense."""
    try:
        status = PAYMENT[said["status"]]
        fault = said.get("last_payment_error") or {}
        called_off = said["status"] == "canceled"
        code = "cancelled" if called_off else fault.get("decline_code") or fault.get("code") or "card_declined"
        words = "It was called off." if called_off else fault.get("message")
        turn = (said.get("next_action") or {}).get("redirect_to_url") or {}
        return Answer(
            status=status,
            gateway_id=word(said["id"]),
            amount=money(said["amount"], said["currency"]),
            subject=text(metadata(said).get("subject"), 100),
            failure_code=text(code, 48) if status == "failed" else "",
            failure_sentence=sentence(words, "The payment was declined.") if status == "failed" else "",
            action_url=address(turn.get("url") or "") if status == "requires_action" else "",
        )
    except NONSENSE:
        raise OutcomeUnknown("It answered with what makes no sense.") from None


def refund(said: Any) -> Answer:
    """A Refund; OutcomeUnknown when it makes no sense."""
    try:
        status = REFUND[said["status"]]
        failed = status == "failed"
        return Answer(
            status=status,
            gateway_id=word(said["id"]),
            amount=money(said["amount"], said["currency"]),
            failure_code=text(said.get("failure_reason") or "refund_failed", 48) if failed else "",
            failure_sentence="The bank did not take the money back." if failed else "",
        )
    except NONSENSE:
        raise OutcomeUnknown("It answered with what makes no sense.") from None


def refused(said: Mapping[str, Any]) -> tuple[str, str]:
    """Code and sentence of an error."""
    error = said.get("error")
    error = error if isinstance(error, dict) else {}
    code = error.get("decline_code") or error.get("code") or error.get("type") or "refused"
    return text(code, 48), sentence(error.get("message"), "The gateway refused it.")


def dispute(said: Any) -> Dispute:
    """A Dispute; OutcomeUnknown when it makes no sense."""
    try:
        due = (said.get("evidence_details") or {}).get("due_by")
        status: Literal["open", "won", "lost"] = ENDS.get(said["status"]) or "open"
        listens = said["status"] in ("needs_response", "warning_needs_response")
        return Dispute(
            gateway_id=word(said["id"]),
            payment_id=named(said["payment_intent"]),
            amount=money(said["amount"], said["currency"]),
            reason=text(said["reason"], 100),
            status=status,
            due_at=datetime.fromtimestamp(due, UTC) if due and listens else None,
        )
    except NONSENSE:
        raise OutcomeUnknown("It answered with what makes no sense.") from None


def line(said: Any) -> StatementLine | None:
    """A balance transaction whose source is with it; None for what is no payment and no refund (fees, payouts, disputes)."""
    try:
        kind = MOVED.get(said["type"])
        if kind is None:
            return None
        source = said["source"]
        moved = source.get("amount_captured", source["amount"]) if kind == "captured" else source["amount"]
        return StatementLine(
            kind=kind,
            gateway_id=named(source["payment_intent"]) if kind == "captured" else word(source["id"]),
            key=text(metadata(source).get("key"), 100),
            subject=text(metadata(source).get("subject"), 100),
            amount=money(moved, source["currency"]),
            at=datetime.fromtimestamp(said["created"], UTC),
        )
    except NONSENSE:
        raise OutcomeUnknown("It answered with what makes no sense.") from None


def event(said: Any, *, is_live: bool) -> GatewayEvent:
    """A signed event. Refuses with 400 `bad_signature` one of the other mode, and one that cannot be read."""
    try:
        if said["livemode"] is not is_live:
            raise BadSignature
        kind, about = word(said["type"]), said["data"]["object"]
        what, gateway_id = _about(about)
        key = text(metadata(about).get("key"), 100) if about["object"] in ("payment_intent", "refund") else ""
        return GatewayEvent(word(said["id"]), kind, gateway_id, key, about=what)
    except NONSENSE:
        raise BadSignature from None


def _about(said: Mapping[str, Any]) -> tuple[About, str]:
    kinds: dict[str, About] = {"payment_intent": "payment", "refund": "refund", "dispute": "dispute"}
    kind = said["object"]
    if kind == "charge" and said.get("payment_intent"):
        return "payment", named(said["payment_intent"])
    return kinds.get(kind, "other"), text(said.get("id"), 100)


def metadata(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """What we wrote on it."""
    return said.get("metadata") or {}


def named(said: Any) -> str:
    """The id of a thing that is named, or that is there as a whole."""
    return word(said["id"] if isinstance(said, dict) else said)
