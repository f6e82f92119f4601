"""The mock carrier's door: an HTTP server on this machine only. `/dhl` and `/fedex` are the carriers, `/_…` the hand on it."""

import base64
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from marketplace.shipping.mockcarrier import dhl, fedex
from marketplace.shipping.mockcarrier.books import Books


class CarrierServer(ThreadingHTTPServer):
    """The server with all it knows. Port 0 takes a free one; `url` says which."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *, secret: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Door)
        self.secret, self.books = secret, Books()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Door(BaseHTTPRequestHandler):
    """One request: user and client id are "soko", their secret is the server's."""

    server: CarrierServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _serve(self, raw: bytes) -> None:
        address, books = urlsplit(self.path), self.server.books
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        if address.path.startswith("/_"):
            return self._answer(*self._told(address.path, json.loads(raw or b"{}")))
        books.asked.append({"method": self.command, "path": address.path})
        switches = books.switches
        if switches["slow"]:
            time.sleep(switches["slow"])
        if switches["drop"]:
            self.close_connection = True
            return None
        if switches["status"]:
            return self._answer(switches["status"], {"title": "It does not answer now."})
        if switches["nonsense"] and address.path != "/fedex/oauth/token":
            return self._answer(200, {"products": [{}], "output": 7, "shipments": "none"})
        status, said = self._carrier(address.path, query, raw)
        if switches["lost"] and address.path.endswith("/shipments"):
            self.close_connection = True
            return None
        return self._answer(status, said)

    def _told(self, path: str, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        books = self.server.books
        if path == "/_reset":
            books.reset()
        elif path == "/_switches":
            books.switches |= said
        elif path == "/_parcels":
            books.note(said["number"], said["events"])
        elif path != "/_asked":
            return 404, {}
        return 200, {"asked": books.asked, "tokens": books.tokens}

    def _carrier(self, path: str, query: dict[str, str], raw: bytes) -> tuple[int, dict[str, Any]]:
        books = self.server.books
        if path == "/fedex/oauth/token":
            return self._token(dict(parse_qsl(raw.decode())))
        if not self._is_known(path):
            return 401, {"title": "Unauthorized"}
        body = json.loads(raw or b"{}", parse_float=str)
        if path == "/dhl/rates":
            return dhl.rates(query)
        if path == "/dhl/shipments":
            return dhl.ship(body, books)
        if path == "/dhl/tracking":
            return dhl.find(query, books)
        if path.startswith("/dhl/shipments/") and path.endswith("/tracking"):
            return dhl.track(path.split("/")[3], books)
        if path == "/fedex/rate/v1/rates/quotes":
            return fedex.rates(body)
        if path == "/fedex/ship/v1/shipments":
            return fedex.ship(body, books)
        if path == "/fedex/track/v1/referencenumbers":
            return fedex.find(body, books)
        if path == "/fedex/track/v1/trackingnumbers":
            return fedex.track(body, books)
        return 404, {"title": "Not Found"}

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if (form.get("client_id"), form.get("client_secret")) != ("soko", self.server.secret):
            return 401, {"errors": [{"code": "NOT.AUTHORIZED.ERROR"}]}
        self.server.books.tokens += 1
        return 200, {
            "access_token": f"token-{self.server.secret}",
            "token_type": "bearer",
            "expires_in": 3599,
            "scope": "CXS",
        }

    def _is_known(self, path: str) -> bool:
        said = self.headers.get("Authorization", "")
        if path.startswith("/dhl/"):
            return said == "Basic " + base64.b64encode(f"soko:{self.server.secret}".encode()).decode()
        return said == f"Bearer token-{self.server.secret}"

    def _answer(self, status: int, said: dict[str, Any]) -> None:
        content = _written(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_said: Any) -> None:
        """Nobody reads it."""


def _written(said: Any) -> str:
    """As JSON; a Number as it stands, so that 10.00 is told with both its noughts."""
    if isinstance(said, dhl.Number):
        return str(said)
    if isinstance(said, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{_written(each)}" for name, each in said.items()) + "}"
    if isinstance(said, list):
        return "[" + ",".join(_written(each) for each in said) + "]"
    return json.dumps(said)
