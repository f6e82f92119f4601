"""What PayPal's documents say, in our words: orders, captures, refunds and events."""

import re
from collections.abc import Mapping
from typing import Any

from core.money import Money
from marketplace.payments.gateways import About, Answer, BadSignature, GatewayDown, GatewayEvent, OutcomeUnknown, Status
from marketplace.payments.gateways.wire import Reply, address, sentence, text, word

VALUE = re.compile(r"[0-9]{1,15}(\.[0-9]{1,3})?")
WAITS = ("CREATED", "SAVED", "PAYER_ACTION_REQUIRED")
CAPTURES: dict[str, Status] = {
    "COMPLETED": "succeeded",
    "PARTIALLY_REFUNDED": "succeeded",
    "REFUNDED": "succeeded",
    "PENDING": "processing",
    "DECLINED": "failed",
    "FAILED": "failed",
}
REFUNDS: dict[str, Status] = {
    "COMPLETED": "succeeded",
    "PENDING": "processing",
    "FAILED": "failed",
    "CANCELLED": "failed",
}
TOO_MUCH = ("REFUND_AMOUNT_EXCEEDED", "CAPTURE_FULLY_REFUNDED", "MAX_NUMBER_OF_REFUNDS_EXCEEDED")
NONSENSE = (LookupError, TypeError, ValueError, AttributeError)


class Refused(Exception):
    """A 4xx that says that nothing was done, and why."""

    def __init__(self, reply: Reply) -> None:
        said = reply.said
        details = said.get("details") or [{}]
        first = details[0] if isinstance(details, list) and isinstance(details[0], dict) else {}
        self.answered = reply.status
        self.code = text(first.get("issue") or said.get("name") or "refused", 48)
        self.sentence = sentence(first.get("description") or said.get("message"), "The gateway refused it.")
        super().__init__(self.code)


def read(reply: Reply) -> dict[str, Any]:
    """What came back; Refused where nothing was done, OutcomeUnknown where something may have been."""
    if reply.status in (200, 201):
        return reply.said
    if reply.status in (401, 403, 429):
        raise GatewayDown(f"It answered with {reply.status}: it does not listen to us.")
    if reply.status not in (400, 404, 422):
        raise OutcomeUnknown(f"It answered with {reply.status}.")
    raise Refused(reply)


def order(said: Any) -> Answer:
    """An order with its capture, if there is one; OutcomeUnknown when it makes no sense."""
    try:
        unit, taken = said["purchase_units"][0], moves(said, "captures")
        status, fault = _status(said["status"], taken)
        turns = [each["href"] for each in said.get("links", ()) if each.get("rel") in ("payer-action", "approve")]
        return Answer(
            status=status,
            gateway_id=word(said["id"]),
            amount=money(taken[0]["amount"] if taken else unit["amount"]),
            subject=text(unit["reference_id"], 100),
            failure_code=fault,
            failure_sentence="The payment was declined." if fault else "",
            action_url=address(turns[0]) if turns and status == "requires_action" else "",
        )
    except NONSENSE:
        raise OutcomeUnknown("It answered with what makes no sense.") from None


def _status(said: str, taken: list[dict[str, Any]]) -> tuple[Status, str]:
    if taken:
        status = CAPTURES[taken[0]["status"]]
        return status, taken[0]["status"].lower() if status == "failed" else ""
    if said in WAITS:
        return "requires_action", ""
    return {"APPROVED": ("requires_capture", ""), "VOIDED": ("failed", "voided"), "COMPLETED": ("processing", "")}[said]  # type: ignore[return-value]


def captured(said: Any) -> tuple[str, Money] | None:
    """The id and the amount of an order's capture; None where nothing was captured. OutcomeUnknown when it makes no sense."""
    try:
        done = [each for each in moves(said, "captures") if CAPTURES[each["status"]] == "succeeded"]
        return (word(done[0]["id"]), money(done[0]["amount"])) if done else None
    except NONSENSE:
        raise OutcomeUnknown("It answered with what makes no sense.") from None


def moves(said: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """The captures or refunds of an order."""
    return list((said["purchase_units"][0].get("payments") or {}).get(kind) or [])


def refund(said: Any) -> Answer:
    """A refund; OutcomeUnknown when it makes no sense."""
    try:
        status = REFUNDS[said["status"]]
        return Answer(
            status=status,
            gateway_id=word(said["id"]),
            amount=money(said["amount"]),
            failure_code="refund_failed" if status == "failed" else "",
            failure_sentence="The money could not be given back." if status == "failed" else "",
        )
    except NONSENSE:
        raise OutcomeUnknown("It answered with what makes no sense.") from None


def event(said: Any) -> GatewayEvent:
    """An event that PayPal says it sent. Refuses with 400 `bad_signature` one that cannot be read."""
    try:
        resource = said["resource"]
        about, gateway_id, key = _about(said["event_type"], said.get("resource_type", ""), resource)
        return GatewayEvent(word(said["id"]), word(said["event_type"]), gateway_id, text(key, 100), about=about)
    except NONSENSE:
        raise BadSignature from None


def _about(kind: str, what: str, resource: Mapping[str, Any]) -> tuple[About, str, str]:
    if what == "refund":
        return "refund", word(resource["id"]), resource.get("custom_id", "")
    if kind.startswith("PAYMENT.CAPTURE."):
        of = resource["supplementary_data"]["related_ids"]["order_id"]
        return "payment", word(of), resource.get("custom_id", "")
    if kind.startswith("CHECKOUT.ORDER."):
        return "payment", word(resource["id"]), resource["purchase_units"][0].get("custom_id", "")
    return "other", text(resource.get("id"), 100), ""


def amount(of: Money) -> dict[str, str]:
    """As PayPal writes money. Of a currency that it takes no decimals of, it refuses what has some."""
    return {"currency_code": of.currency, "value": of.major()}


def money(said: Any) -> Money:
    """PayPal's words as Money; ValueError where ours would lose some of it."""
    if not VALUE.fullmatch(said["value"]):
        raise ValueError("Not an amount.")
    return Money.from_major(said["value"], said["currency_code"])
