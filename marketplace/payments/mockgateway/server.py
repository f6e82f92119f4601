"""The mock gateway's door: an HTTP server on this machine only."""

import hmac
import json
import re
import socket
import sys
import threading
import time
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from marketplace.payments.mockgateway import pages
from marketplace.payments.mockgateway.books import Books, Dispute, KeyReused, Kind, Movement
from marketplace.payments.mockgateway.switches import BadSwitch, Switches
from marketplace.payments.mockgateway.webhooks import Postman

MOST_BYTES = 1_048_576
KINDS: dict[str, Kind] = {"payments": "payment", "refunds": "refund", "transfers": "transfer"}


class Refusal(Exception):
    """An answer other than 200: status, code, sentence."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status_code, self.code, self.sentence = status, code, sentence


class NoReply(Exception):
    """What was asked for is done, and the connection ends without a word."""


class GatewayServer(ThreadingHTTPServer):
    """The server with all it keeps. Port 0 takes a free one; `url` says which."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, *, secret: str, port: int = 0, notify: str = "", file: Path | None = None) -> None:
        super().__init__(("127.0.0.1", port), Door)
        self.secret, self.notify = secret, notify
        self.postman = Postman(secret)
        self.books = Books(file, self.postman.tell)
        self._drops = threading.Lock()
        self._flapped = 0
        self.reset()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def switches(self) -> Switches:
        return self.postman.switches

    def is_down(self) -> bool:
        """Whether this question is refused: all are, or so many in turn with as many that are answered."""
        flap = self.switches.flap
        with self._drops:
            self._flapped += 1 if flap else 0
            return self.switches.down or (flap > 0 and (self._flapped - 1) // flap % 2 == 0)

    def reset(self) -> None:
        """All switches off but for whom to notify."""
        self._flapped = 0
        self.postman.forget()
        self.postman.turn(Switches(notify=self.notify))

    def drops_reply(self) -> bool:
        """Whether this reply is one of those to be dropped; then there is one less."""
        with self._drops:
            left = self.switches.drop_replies
            if left:
                self.postman.turn(self.switches.turned({"drop_replies": left - 1}))
            return left > 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked went away: nobody is left to be told. Anything else is a fault of this server."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Door(BaseHTTPRequestHandler):
    """One connection."""

    server: GatewayServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "MockGateway/1", ""
    timeout = 60
    wbufsize, disable_nagle_algorithm = 65_536, True  # an answer is one packet, sent at once
    routes: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("POST", r"/v1/payments", "charge"),
        ("POST", r"/v1/refunds", "refund"),
        ("POST", r"/v1/transfers", "transfer"),
        ("GET", r"/v1/(payments|refunds|transfers)", "find"),
        ("GET", r"/v1/(payments|refunds|transfers)/([a-z0-9_]+)", "fetch"),
        ("POST", r"/v1/payments/([a-z0-9_]+)/cancel", "cancel"),
        ("POST", r"/v1/payments/([a-z0-9_]+)/capture", "capture"),
        ("GET", r"/v1/disputes", "list_disputes"),
        ("GET", r"/v1/disputes/([a-z0-9_]+)", "fetch_dispute"),
        ("POST", r"/v1/disputes/([a-z0-9_]+)/evidence", "evidence"),
        ("GET", r"/v1/statement", "statement"),
        ("GET", r"/", "ledger"),
        ("GET", r"/pay/([a-z0-9_]+)", "ask"),
        ("POST", r"/pay/([a-z0-9_]+)", "decide"),
        ("GET", r"/_switches", "switches"),
        ("POST", r"/_switches", "turn"),
        ("POST", r"/_settle", "settle"),
        ("POST", r"/_dispute", "dispute"),
        ("POST", r"/_decide", "decide_dispute"),
        ("POST", r"/_reset", "reset"),
        ("GET", r"/_webhooks", "webhooks"),
    )

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        try:
            self._say(200, self._asked_for())
        except Refusal as refusal:
            error = {"code": refusal.code, "message": refusal.sentence}
            self._say(refusal.status_code, {"error": error})
        except NoReply:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _asked_for(self) -> Any:
        split = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(split.query).items()}
        self.body = self._body()
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        if host not in ("127.0.0.1", "localhost"):  # a page of another site that had this name point here
            raise Refusal(421, "wrong_host", "Only this machine is answered.")
        for method, pattern, name in self.routes:
            found = re.fullmatch(pattern, split.path)
            if found and method == self.command:
                self._judge(split.path)
                answer = getattr(self, name)(*found.groups())
                if split.path.startswith("/v1/"):
                    time.sleep(self.server.switches.late)
                return answer
        raise Refusal(404, "not_found", "There is no such address.")

    def _judge(self, path: str) -> None:
        if path.startswith("/v1/"):
            if self.server.is_down():
                raise Refusal(503, "unavailable", "The gateway is down.")
            wanted = f"Bearer {self.server.secret}".encode()
            if not hmac.compare_digest((self.headers.get("Authorization") or "").encode(), wanted):
                raise Refusal(401, "unauthorized", "Send the secret as a bearer token.")
        elif path.startswith("/_") and self.command == "POST" and self.headers.get_content_type() != "application/json":
            raise Refusal(415, "wrong_media_type", "Send JSON.")  # which no page of another site can

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self.close_connection = True
            raise Refusal(413, "too_large", "The body is too large.")
        return self.rfile.read(int(length))

    def _json(self) -> dict[str, Any]:
        try:
            read = json.loads(self.body or b"{}")
        except ValueError:
            raise Refusal(400, "bad_request", "The body is no JSON.") from None
        if not isinstance(read, dict):
            raise Refusal(400, "bad_request", "Send a JSON object.")
        return read

    def _asked(self, **kinds: type) -> dict[str, Any]:
        """The fields of the body, each of its kind, and the key they came with."""
        body, key = self._json(), self.headers.get("Idempotency-Key") or ""
        if not 8 <= len(key) <= 255:
            raise Refusal(400, "key_required", "Send an Idempotency-Key of 8 to 255 characters.")
        for name, kind in kinds.items():
            if type(body.get(name)) is not kind or body[name] in (0, "") or (kind is int and body[name] < 0):
                raise Refusal(400, "bad_request", f"{name} is missing or not as it should be.")
        return {name: body[name] for name in kinds} | {
            "key": key,
            "request_id": (self.headers.get("X-Request-ID") or "")[:64],
        }

    # --- What a market asks -------------------------------------------------------------------------------------------

    def charge(self) -> dict[str, Any]:
        asked = self._asked(amount=int, currency=str, source=str, subject=str)
        if asked["source"] == "tok_down":
            raise Refusal(503, "unavailable", "The gateway is down.")
        movement = self._once(lambda: self.server.books.charge(**asked, declined=self.server.switches.decline_all))
        if asked["source"] == "tok_slow":
            time.sleep(self.server.switches.slow)
        if asked["source"] == "tok_drop_reply" or self.server.drops_reply():
            raise NoReply
        return self._document(movement)

    def refund(self) -> dict[str, Any]:
        asked, switches = self._asked(payment=str, amount=int, currency=str), self.server.switches
        movement = self._once(
            lambda: self.server.books.refund(
                **asked, pending=switches.pending_refunds, uncapped=switches.refund_cap_off
            )
        )
        if self.server.drops_reply():
            raise NoReply
        return self._document(movement)

    def transfer(self) -> dict[str, Any]:
        asked = self._asked(amount=int, currency=str, destination=str, subject=str)
        movement = self._once(lambda: self.server.books.transfer(**asked))
        if asked["destination"] == "acct_drop_reply" or self.server.drops_reply():
            raise NoReply
        return self._document(movement)

    def find(self, what: str) -> dict[str, Any]:
        found = self.server.books.find(KINDS[what], self.query.get("key", ""))
        return {"data": [self._document(found)] if found else []}

    def fetch(self, what: str, movement_id: str) -> dict[str, Any]:
        return self._document(self._known(self.server.books.fetch(KINDS[what], movement_id)))

    def cancel(self, movement_id: str) -> dict[str, Any]:
        books = self.server.books
        end = books.fetch if self.server.switches.keep_waiting else lambda _kind, known: books.cancel(known)
        return self._document(self._known(end("payment", movement_id)))

    def capture(self, movement_id: str) -> dict[str, Any]:
        movement = self._known(self.server.books.capture(movement_id))
        if self.server.drops_reply():
            raise NoReply
        return self._document(movement)

    def list_disputes(self) -> dict[str, Any]:
        since = self.query.get("since", "0")
        if not since.isdecimal():
            raise Refusal(400, "bad_request", "since is a moment in seconds.")
        return {"data": [asdict(each) for each in self.server.books.disputes(since=int(since))]}

    def fetch_dispute(self, dispute_id: str) -> dict[str, Any]:
        return self._disputed(self.server.books.fetch_dispute(dispute_id))

    def evidence(self, dispute_id: str) -> dict[str, Any]:
        return self._disputed(self.server.books.answer(dispute_id, self._asked(text=str)["text"]))

    def _disputed(self, dispute: Dispute | None) -> dict[str, Any]:
        if dispute is None:
            raise Refusal(404, "not_found", "There is no such dispute, or no such payment.")
        return asdict(dispute)

    def statement(self) -> dict[str, Any]:
        after, since = self.query.get("after", "0"), self.query.get("since", "0")
        if not (after.isdecimal() and since.isdecimal()):
            raise Refusal(400, "bad_request", "after is the number of a line, since a moment in seconds.")
        lines = self.server.books.statement(after=int(after), since=int(since))
        return {"data": [asdict(line) for line in lines]}

    def _once(self, book: Any) -> Movement:
        try:
            return book()
        except KeyReused:
            raise Refusal(409, "key_reused", "This Idempotency-Key was used before, for something else.") from None

    def _known(self, movement: Movement | None) -> Movement:
        if movement is None:
            raise Refusal(404, "not_found", "There is no such payment or refund.")
        return movement

    def _document(self, movement: Movement) -> dict[str, Any]:
        document = asdict(movement)
        del document["asked"]
        waits = movement.status == "requires_action"
        return (
            document
            | {"action_url": f"{self.server.url}/pay/{movement.id}" if waits else ""}
            | self.server.switches.lie
        )

    # --- What a person sees -------------------------------------------------------------------------------------------

    def ledger(self) -> bytes:
        return pages.ledger(self.server.books.movements())

    def ask(self, movement_id: str) -> bytes:
        return pages.decision(self._known(self.server.books.fetch("payment", movement_id)))

    def decide(self, movement_id: str) -> bytes:
        said = parse_qs(self.body.decode("utf-8", "replace")).get("decision", [""])[0]
        if said not in ("approve", "decline"):
            raise Refusal(400, "bad_request", "decision is approve or decline.")
        self._known(self.server.books.fetch("payment", movement_id))
        return pages.decision(self._known(self.server.books.settle(movement_id, approve=said == "approve")))

    # --- What a test orders -------------------------------------------------------------------------------------------

    def switches(self) -> dict[str, Any]:
        return self.server.switches.as_json()

    def turn(self) -> dict[str, Any]:
        try:
            self.server.postman.turn(self.server.switches.turned(self._json()))
        except BadSwitch as fault:
            raise Refusal(400, "bad_switch", str(fault)) from None
        return self.server.switches.as_json()

    def settle(self) -> dict[str, Any]:
        said = self._json()
        return self._document(
            self._known(self.server.books.settle(str(said.get("id")), approve=said.get("approve") is True))
        )

    def dispute(self) -> dict[str, Any]:
        said = self._json()
        reason, amount = str(said.get("reason") or "general"), said.get("amount", 0)
        if type(amount) is not int or amount < 0:
            raise Refusal(400, "bad_request", "amount is missing or not as it should be.")
        return self._disputed(self.server.books.dispute(str(said.get("payment")), reason=reason, amount=amount))

    def decide_dispute(self) -> dict[str, Any]:
        said = self._json()
        return self._disputed(self.server.books.decide(str(said.get("id")), won=said.get("won") is True))

    def reset(self) -> dict[str, Any]:
        self.server.books.forget()
        self.server.reset()
        return self.server.switches.as_json()

    def webhooks(self) -> dict[str, Any]:
        return {"data": self.server.postman.as_json()}

    def _say(self, status: int, answer: Any) -> None:
        is_page = isinstance(answer, bytes)
        content = answer if is_page else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: Any) -> None:
        """Silent: what happened is on its page, and in the books."""
