"""PayPal as its reference describes it: tokens, orders, captures, refunds, and the verification of its webhooks."""

import base64
import hashlib
import hmac
import json
import secrets
import zlib
from datetime import UTC, datetime
from typing import Any

from marketplace.payments.mockgateway.books import Movement
from marketplace.payments.standins.tills import KeyReused, Refusal, Till, major, minor, moment, new_name

WEBHOOK, CLIENT = "WH-STAND-IN-1", "client-of-the-stand-in"
STATUSES = {"requires_action": "PAYER_ACTION_REQUIRED", "succeeded": "COMPLETED", "failed": "VOIDED"}
REFUNDS = {"succeeded": "COMPLETED", "processing": "PENDING", "failed": "FAILED"}


class PayPal:
    """`till` names orders and refunds by PayPal's ids. An order that its payer approved is captured by the market."""

    def __init__(self, till: Till, url: str, secret: str, tokens: set[str]) -> None:
        self.till, self.url, self.secret = till, url, secret
        self.tokens = tokens
        self.approved: set[str] = set()
        self.captures: dict[str, str] = {}

    def token(self, authorization: str) -> dict[str, Any]:
        wanted = "Basic " + base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
        if not hmac.compare_digest(authorization, wanted):
            raise Refusal(401, {"error": "invalid_client", "error_description": "Client Authentication failed"})
        token = f"A21AA{secrets.token_hex(30)}"
        self.tokens.add(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": 32400}

    def judge(self, authorization: str) -> None:
        """Whoever asks has a token."""
        if authorization.removeprefix("Bearer ") not in self.tokens:
            raise Refusal(401, {"name": "AUTHENTICATION_FAILURE", "message": "Authentication failed"})

    def create(self, body: dict[str, Any], key: str) -> dict[str, Any]:
        unit = body["purchase_units"][0]
        asked = unit["amount"]
        if unit["custom_id"] != key:
            raise _unprocessable("INVALID_PARAMETER_VALUE", "custom_id is the key here.")
        try:
            movement = self.till.take(
                key, minor(asked["value"]), asked["currency_code"], unit["reference_id"], new_name()
            )
        except KeyReused:  # it answers as it did the first time, whatever is asked
            found = self.till.books.find("payment", key)
            assert found is not None
            movement = found
        if movement.status == "failed" and self.till.manners().decline_all:
            raise _unprocessable("PAYEE_NOT_ENABLED", "The payee takes no payments.")
        return self.document(movement)

    def show(self, name: str) -> dict[str, Any]:
        return self.document(self._order(name))

    def capture(self, name: str) -> dict[str, Any]:
        movement = self._order(name)
        if movement.status == "succeeded":
            raise _unprocessable("ORDER_ALREADY_CAPTURED", "Order already captured.")
        if movement.id not in self.approved:
            raise _unprocessable("ORDER_NOT_APPROVED", "Payer has not yet approved the Order for payment.")
        self.captures.setdefault(movement.id, new_name())
        settled = self.till.books.settle(movement.id, approve=True)
        assert settled is not None
        return self.document(settled)

    def refund(self, capture: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        of = next((self.till.books.fetch("payment", id) for id, name in self.captures.items() if name == capture), None)
        if of is None:
            raise _missing()
        asked = body["amount"]
        try:
            movement = self.till.give_back(key, of, minor(asked["value"]), asked["currency_code"], new_name())
        except KeyReused:
            found = self.till.books.find("refund", key)
            assert found is not None
            movement = found
        if movement.status == "failed" and movement.failure_code:
            raise _unprocessable(
                "REFUND_AMOUNT_EXCEEDED", "The refund amount must be less than or equal to the capture."
            )
        return self.given(movement)

    def show_refund(self, name: str) -> dict[str, Any]:
        movement = self.till.named(name)
        if movement is None or movement.kind != "refund":
            raise _missing()
        return self.given(movement)

    def verify(self, raw: bytes) -> dict[str, Any]:
        """Whether a webhook is ours, in these very bytes: what follows `webhook_event` in the question."""
        said, body = json.loads(raw), raw.partition(b'"webhook_event":')[2][:-1]
        ours = self._signature(
            body, said["transmission_id"], said["transmission_time"], said["webhook_id"], self.secret
        )
        same = hmac.compare_digest(said["transmission_sig"], ours)
        return {"verification_status": "SUCCESS" if same else "FAILURE"}

    def webhook(self, movement: Movement, forged: str) -> tuple[bytes, dict[str, str]]:
        """As it goes out."""
        kind, what, resource = self._happened(movement)
        event = {
            "id": f"WH-{new_name(17)}-{new_name(17)}", "event_version": "1.0", "resource_type": what, "event_type": kind,
            "create_time": datetime.fromtimestamp(movement.created, UTC).isoformat(), "resource": resource,
        }  # fmt: skip
        raw, told = json.dumps(event).encode(), new_name(32).lower()
        at = datetime.fromtimestamp(moment(forged, old=5 * 24 * 3600), UTC).isoformat()
        key = "somebody-else" if forged == "secret" else self.secret
        headers = {
            "Content-Type": "application/json", "PAYPAL-AUTH-ALGO": "SHA256withRSA",
            "PAYPAL-CERT-URL": f"{self.url}/v1/notifications/certs/CERT", "PAYPAL-TRANSMISSION-ID": told,
            "PAYPAL-TRANSMISSION-TIME": at,
        }  # fmt: skip
        if forged != "header":
            headers["PAYPAL-TRANSMISSION-SIG"] = self._signature(raw, told, at, WEBHOOK, key)
        return (raw.replace(b'"resource"', b'"resourcE"', 1) if forged == "body" else raw), headers

    def _happened(self, movement: Movement) -> tuple[str, str, dict[str, Any]]:
        if movement.kind == "refund":
            return "PAYMENT.CAPTURE.REFUNDED", "refund", self.given(movement)
        document = self.document(movement)
        if movement.status != "succeeded":
            kind = {"APPROVED": "APPROVED", "VOIDED": "VOIDED"}.get(document["status"], "SAVED")
            return f"CHECKOUT.ORDER.{kind}", "checkout-order", document
        capture = document["purchase_units"][0]["payments"]["captures"][0]
        related = {"supplementary_data": {"related_ids": {"order_id": document["id"]}}}
        return "PAYMENT.CAPTURE.COMPLETED", "capture", capture | related

    def document(self, movement: Movement) -> dict[str, Any]:
        """An order, with what was captured and given back."""
        name, amount = self.till.name_of(movement.id), _amount(movement)
        unit: dict[str, Any] = {"reference_id": movement.subject, "custom_id": movement.key, "amount": amount}
        status = STATUSES[movement.status]
        if movement.status == "requires_action" and movement.id in self.approved:
            status = "APPROVED"
        if movement.status == "succeeded":
            taken = {"id": self.captures.setdefault(movement.id, new_name()), "status": "COMPLETED", "amount": amount,
                     "custom_id": movement.key, "final_capture": True}  # fmt: skip
            back = [self.given(each) for each in self.till.refunds_of(movement) if not each.failure_code]
            unit["payments"] = {"captures": [taken], "refunds": back}
        links = [{"rel": "self", "href": f"{self.url}/v2/checkout/orders/{name}", "method": "GET"}]
        if status == "PAYER_ACTION_REQUIRED":
            links.append({"rel": "payer-action", "href": f"{self.url}/checkoutnow?token={name}", "method": "GET"})
        return {"id": name, "intent": "CAPTURE", "status": status, "purchase_units": [unit], "links": links}

    def given(self, movement: Movement) -> dict[str, Any]:
        return {
            "id": self.till.name_of(movement.id), "status": REFUNDS[movement.status], "amount": _amount(movement),
            "custom_id": movement.key,
        }  # fmt: skip

    def _order(self, name: str) -> Movement:
        movement = self.till.named(name)
        if movement is None or movement.kind != "payment":
            raise _missing()
        return movement

    def _signature(self, raw: bytes, told: str, at: str, webhook: str, key: str) -> str:
        said = f"{told}|{at}|{webhook}|{zlib.crc32(raw)}"
        return base64.b64encode(hmac.new(key.encode(), said.encode(), hashlib.sha256).digest()).decode()


def _amount(movement: Movement) -> dict[str, str]:
    return {"currency_code": movement.currency, "value": major(movement.amount)}


def _missing() -> Refusal:
    issue = {"issue": "INVALID_RESOURCE_ID", "description": "Specified resource ID does not exist."}
    return Refusal(404, {"name": "RESOURCE_NOT_FOUND", "message": "There is no such thing.", "details": [issue]})


def _unprocessable(issue: str, why: str) -> Refusal:
    document = {
        "name": "UNPROCESSABLE_ENTITY",
        "message": "It cannot be done.",
        "details": [{"issue": issue, "description": why}],
    }
    return Refusal(422, document)
