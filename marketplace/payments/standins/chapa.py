"""Chapa as its pages describe it: initialize, verify, cancel, refund, and a webhook signed over its body."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from marketplace.payments.mockgateway.books import Movement
from marketplace.payments.standins.tills import KeyReused, Refusal, Till, major, minor, new_name

STATUSES = {"succeeded": "success", "requires_action": "pending", "failed": "failed/cancelled"}
REFUNDS = {"succeeded": "refunded", "processing": "Refund Initiated", "failed": "failed"}


class Chapa:
    """`till` names payments by `tx_ref` and refunds by `ref_id`."""

    def __init__(self, till: Till, url: str) -> None:
        self.till, self.url = till, url
        self.references: dict[str, str] = {}

    def initialize(self, body: dict[str, Any]) -> dict[str, Any]:
        key = str(body.get("tx_ref") or "")
        if not key or not body.get("amount") or not body.get("currency"):
            raise _refusal(400, "Validation: amount, currency and tx_ref are required.")
        if key in self.till.names:
            raise _refusal(400, "Transaction reference has been used before")
        subject = str((body.get("meta") or {}).get("subject") or "")
        movement = self.till.take(key, minor(body["amount"]), str(body["currency"]), subject, key)
        self.references[movement.id] = f"AP{new_name(10)}"
        if movement.status == "failed":
            raise _refusal(400, "This payment is not taken.")
        return _said("Hosted Link", {"checkout_url": f"{self.url}/checkout/payment/{movement.id}"})

    def verify(self, tx_ref: str) -> dict[str, Any]:
        movement = self._payment(tx_ref)
        return _said("Payment details fetched successfully", self._document(movement))

    def cancel(self, tx_ref: str) -> dict[str, Any]:
        movement = self._payment(tx_ref)
        if movement.status != "requires_action":
            raise _refusal(400, "Only active transactions can be cancelled.")
        self.till.books.cancel(movement.id)
        return _said("Transaction cancelled", None)

    def refund(self, reference: str, form: dict[str, Any]) -> dict[str, Any]:
        found = next((id for id, name in self.references.items() if name == reference), "")
        of = self.till.books.fetch("payment", found)
        if of is None:
            raise _refusal(404, "Transaction not found")
        key, amount = str(form.get("reference") or new_name()), minor(form.get("amount") or major(of.amount))
        if self.till.books.find("refund", key):
            raise _refusal(400, "The reference has already been taken.")
        try:
            movement = self.till.give_back(key, of, amount, of.currency, f"CH{new_name(12)}")
        except KeyReused:
            raise _refusal(400, "The reference has already been taken.") from None
        if movement.status == "failed":
            raise _refusal(400, "The amount exceeds what can be refunded.")
        return _said(
            "Refund initiated successfully. Processing time: 1-3 business days", self._given(movement, begun=True)
        )

    def verify_refund(self, name: str) -> dict[str, Any]:
        movement = self.till.named(name) or self.till.books.find("refund", name)
        if movement is None or movement.kind != "refund":
            raise _refusal(404, "Refund not found")
        return _said("Refund verified successfully", self._given(movement))

    def webhook(self, movement: Movement, secret: str, forged: str) -> tuple[bytes, dict[str, str]]:
        """As it goes out. There is no moment in its signature, and no second scheme."""
        kind = "charge.refunded" if movement.kind == "refund" else f"charge.{STATUSES.get(movement.status, 'failed')}"
        of = self.till.books.fetch("payment", movement.payment) or movement
        event = {"event": kind.split("/")[0], "type": "API", **self._document(of)}
        raw = json.dumps(event, separators=(",", ":")).encode()
        key = "somebody-else" if forged == "secret" else secret
        headers = {"Content-Type": "application/json", "chapa-signature": _signature(key.encode(), key)}
        if forged != "header":
            headers["x-chapa-signature"] = _signature(raw, key)
        return (raw.replace(b'"amount"', b'"amounT"', 1) if forged == "body" else raw), headers

    def _payment(self, tx_ref: str) -> Movement:
        movement = self.till.named(tx_ref)
        if movement is None or movement.kind != "payment":
            raise _refusal(404, "Invalid transaction or Transaction not found")
        return movement

    def _document(self, movement: Movement) -> dict[str, Any]:
        gone = sum(each.amount for each in self.till.refunds_of(movement) if each.status == "succeeded")
        status = "refunded" if gone == movement.amount else "partially refunded" if gone else STATUSES[movement.status]
        at = datetime.fromtimestamp(movement.created, UTC).isoformat()
        return {
            "first_name": "Abebe", "last_name": "Bikila", "email": "abebe@example.com", "currency": movement.currency,
            "amount": major(movement.amount), "charge": "0.00", "mode": "test", "method": "test", "type": "API",
            "status": status, "reference": self.references.get(movement.id, ""), "tx_ref": movement.key,
            "customization": {"title": "Payment", "description": movement.subject, "logo": None},
            "meta": {"subject": movement.subject}, "created_at": at, "updated_at": at,
        }  # fmt: skip

    def _given(self, movement: Movement, *, begun: bool = False) -> dict[str, Any]:
        name = self.till.name_of(movement.id)
        return {
            "id": movement.created, "ref_id": name, "ref": name, "amount": major(movement.amount),
            "currency": movement.currency, "merchant_reference": movement.key, "reason": None,
            "status": "Refund Initiated" if begun else REFUNDS[movement.status],
        }  # fmt: skip


def _signature(raw: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def _said(message: str, document: dict[str, Any] | None) -> dict[str, Any]:
    return {"message": message, "status": "success", "data": document}


def _refusal(status: int, message: str) -> Refusal:
    return Refusal(status, {"message": message, "status": "failed", "data": None})
