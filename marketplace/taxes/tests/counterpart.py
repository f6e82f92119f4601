"""A tax provider to test against: answers in the shapes that Avalara and TaxJar document, and counts who asks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import orjson

RATE = 825  # hundredths of a percent


class Counterpart(BaseHTTPRequestHandler):
    """Takes 8.25 % of everything; `mode` says how it misbehaves."""

    mode: ClassVar[str] = ""
    asked: ClassVar[list[tuple[str, dict[str, str], Any]]] = []

    def do_POST(self) -> None:
        body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append((self.path, dict(self.headers), body))
        if self.mode.isdigit():
            return self._answer(int(self.mode), {"error": "no"})
        if self.mode == "nonsense":
            return self._answer(200, {"lines": [{"lineNumber": "1", "tax": -5}], "tax": {"amount_to_collect": "much"}})
        said = _avalara(body) if self.path == "/api/v2/transactions/create" else _taxjar(body)
        if self.mode == "plain":
            del said["tax"]["breakdown"]
        return self._answer(200, said)

    def _answer(self, status: int, said: Any) -> None:
        content = orjson.dumps(said)
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_said: Any) -> None:
        """Nobody reads it."""


def _tax(amount: float) -> float:
    return round(amount * RATE / 10_000, 2)


def _avalara(body: dict[str, Any]) -> dict[str, Any]:
    lines = [
        {"lineNumber": each["number"], "lineAmount": each["amount"], "tax": _tax(each["amount"])}
        for each in body["lines"]
    ]
    return {"id": 1, "status": "Temporary", "totalTax": sum(each["tax"] for each in lines), "lines": lines}


def _taxjar(body: dict[str, Any]) -> dict[str, Any]:
    items = [{"id": each["id"], "tax_collectable": _tax(each["unit_price"])} for each in body["line_items"]]
    shipping = _tax(body["shipping"])
    whole = round(sum(each["tax_collectable"] for each in items) + shipping, 2)
    breakdown = {"line_items": items, "shipping": {"tax_collectable": shipping}, "tax_collectable": whole}
    return {"tax": {"amount_to_collect": whole, "freight_taxable": True, "has_nexus": True, "breakdown": breakdown}}


@contextmanager
def serving() -> Iterator[str]:
    """One on a free port."""
    Counterpart.mode, Counterpart.asked = "", []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counterpart)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
