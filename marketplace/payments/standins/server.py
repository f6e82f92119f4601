"""The door of the stand-ins: an HTTP server on this machine only."""

import json
import re
import socket
import threading
import time
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from marketplace.payments.mockgateway.books import Dispute, Movement
from marketplace.payments.standins.chapa import Chapa
from marketplace.payments.standins.paypal import PayPal
from marketplace.payments.standins.tills import Manners, NoReply, Refusal, Till

MOST_BYTES = 1_048_576
MOVES_MONEY = ("initialize", "create", "capture", "refund_chapa", "refund_paypal")


class StandIns(ThreadingHTTPServer):
    """Both, with all that they keep. Port 0 takes a free one; `url` says which."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, *, secret: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Door)
        self.secret, self.lock = secret, threading.RLock()
        self.tokens: set[str] = set()
        self.reset()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def reset(self) -> None:
        """Forget everything, with all switches off. A token that was given out goes on to be good."""
        self.manners, self.sent = Manners(), list[dict[str, Any]]()
        self.chapa = Chapa(Till(self._tell("chapa"), lambda: self.manners), self.url)
        self.paypal = PayPal(Till(self._tell("paypal"), lambda: self.manners), self.url, self.secret, self.tokens)

    def _tell(self, of: str) -> Any:
        def tell(movement: Movement | Dispute) -> None:
            self._later.append((of, movement))

        self._later: list[tuple[str, Any]] = []
        return tell

    def post(self) -> None:
        """Webhooks of what has just happened: after it has its name."""
        with self.lock:
            told, self._later = self._later, []
            for of, movement in told:
                self.say(of, movement)

    def say(self, of: str, movement: Movement) -> None:
        forged = self.manners.forged
        raw, headers = (
            self.chapa.webhook(movement, self.secret, forged)
            if of == "chapa"
            else self.paypal.webhook(movement, forged)
        )
        self.sent += [{"of": of, "raw": raw.decode(), "headers": headers}] * self.manners.duplicate

    def drops_reply(self) -> bool:
        with self.lock:
            left = self.manners.drop_replies
            self.manners = replace(self.manners, drop_replies=max(left - 1, 0))
            return left > 0


class Door(BaseHTTPRequestHandler):
    """One connection."""

    server: StandIns
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "StandIns/1", ""
    timeout = 60
    wbufsize, disable_nagle_algorithm = 65_536, True
    routes: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("POST", r"/v1/transaction/initialize", "initialize"),
        ("GET", r"/v1/transaction/verify/([^/]+)", "verify"),
        ("PUT", r"/v1/transaction/cancel/([^/]+)", "cancel"),
        ("POST", r"/v1/refund/([^/]+)", "refund_chapa"),
        ("GET", r"/v1/refund/([^/]+)/verify", "verify_refund"),
        ("POST", r"/v1/oauth2/token", "token"),
        ("POST", r"/v2/checkout/orders", "create"),
        ("GET", r"/v2/checkout/orders/([^/]+)", "show"),
        ("POST", r"/v2/checkout/orders/([^/]+)/capture", "capture"),
        ("POST", r"/v2/payments/captures/([^/]+)/refund", "refund_paypal"),
        ("GET", r"/v2/payments/refunds/([^/]+)", "show_refund"),
        ("POST", r"/v1/notifications/verify-webhook-signature", "verify_webhook"),
        ("POST", r"/_switches", "turn"),
        ("POST", r"/_settle", "settle"),
        ("POST", r"/_reset", "reset"),
        ("GET", r"/_webhooks", "webhooks"),
        ("GET", r"/_statement", "statement"),
    )

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_GET

    def _answer(self) -> None:
        try:
            self._say(200, self._asked_for())
        except Refusal as refusal:
            self._say(refusal.answered, refusal.document)
        except NoReply:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _asked_for(self) -> Any:
        path, length = urlsplit(self.path).path, int(self.headers.get("Content-Length") or 0)
        if length > MOST_BYTES:
            self.close_connection = True
            raise Refusal(413, {"message": "Too large."})
        self.body = self.rfile.read(length)
        for method, pattern, name in self.routes:
            found = re.fullmatch(pattern, path)
            if found and method == self.command:
                return self._judged(name, path, found.groups())
        raise Refusal(404, {"message": "There is no such address.", "status": "failed", "data": None})

    def _judged(self, name: str, path: str, words: tuple[str, ...]) -> Any:
        server, authorization = self.server, self.headers.get("Authorization") or ""
        if path.startswith("/_"):
            with server.lock:
                return getattr(self, name)(*words)
        if server.manners.down:
            raise Refusal(503, {"message": "Service unavailable"})
        if path.startswith(("/v1/transaction", "/v1/refund")):
            if authorization != f"Bearer {server.secret}":
                raise Refusal(401, {"message": "Invalid API Key", "status": "failed", "data": None})
        elif name != "token":
            server.paypal.judge(authorization)
        with server.lock:
            answer = getattr(self, name)(*words)
            server.post()
        if name in MOVES_MONEY and server.drops_reply():
            raise NoReply
        time.sleep(server.manners.late)
        return answer

    def _json(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.body or b"{}"))
        except (ValueError, TypeError):
            raise Refusal(400, {"name": "INVALID_REQUEST", "message": "The body is no JSON object."}) from None

    # --- Chapa ----------------------------------------------------------------------------------------------------------

    def initialize(self) -> Any:
        return self.server.chapa.initialize(self._json())

    def verify(self, tx_ref: str) -> Any:
        return self.server.chapa.verify(tx_ref)

    def cancel(self, tx_ref: str) -> Any:
        return self.server.chapa.cancel(tx_ref)

    def refund_chapa(self, reference: str) -> Any:
        return self.server.chapa.refund(reference, dict(parse_qsl(self.body.decode("utf-8", "replace"))))

    def verify_refund(self, name: str) -> Any:
        return self.server.chapa.verify_refund(name)

    # --- PayPal ---------------------------------------------------------------------------------------------------------

    def token(self) -> Any:
        return self.server.paypal.token(self.headers.get("Authorization") or "")

    def create(self) -> Any:
        return self.server.paypal.create(self._json(), self.headers.get("PayPal-Request-Id") or "")

    def show(self, name: str) -> Any:
        return self.server.paypal.show(name)

    def capture(self, name: str) -> Any:
        return self.server.paypal.capture(name)

    def refund_paypal(self, capture: str) -> Any:
        return self.server.paypal.refund(capture, self._json(), self.headers.get("PayPal-Request-Id") or "")

    def show_refund(self, name: str) -> Any:
        return self.server.paypal.show_refund(name)

    def verify_webhook(self) -> Any:
        return self.server.paypal.verify(self.body)

    # --- What a test orders -----------------------------------------------------------------------------------------------

    def turn(self) -> Any:
        self.server.manners = replace(self.server.manners, **self._json())
        return asdict(self.server.manners)

    def settle(self) -> Any:
        said, paypal = self._json(), self.server.paypal
        name, approve = str(said.get("id")), said.get("approve") is True
        order = paypal.till.named(name)
        if order and order.kind == "payment" and order.status == "requires_action" and approve:
            paypal.approved.add(order.id)
            self.server.say("paypal", order)
            return {}
        for till in (self.server.chapa.till, paypal.till):
            if found := till.named(name):
                till.books.settle(found.id, approve=approve)
        self.server.post()
        return {}

    def reset(self) -> Any:
        self.server.reset()
        return {}

    def webhooks(self) -> Any:
        return {"data": self.server.sent}

    def statement(self) -> Any:
        tills = {"chapa": self.server.chapa.till, "paypal": self.server.paypal.till}
        return {"data": [{"of": of, **asdict(line)} for of, till in tills.items() for line in till.books.statement()]}

    def _say(self, status: int, answer: Any) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: Any) -> None:
        """Silent: what happened is in the books."""
