"""Two stand-ins for Stripe that others made, each a process of its own: localstripe, and stripe-stateful-mock."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Self

import httpx

from core.money import Money
from marketplace.payments.gateways import stripe_words as words
from marketplace.payments.gateways.signing import hexdigest
from marketplace.payments.gateways.stripe import StripeGateway
from marketplace.payments.mockgateway.control import Sent
from marketplace.payments.tests.counterparts import Counterpart

ROOT = Path(__file__).resolve().parents[3]
SECRET = "whsec_of_the_stand_in"
#: localstripe listens on every address and keeps its store in a file that all share: neither here.
LOCALSTRIPE = """
from aiohttp import web
from localstripe.resources import Store
Store.dump_to_disk = Store.try_load_from_disk = lambda self: None
from localstripe.server import app
web.run_app(app, host="127.0.0.1", port=%d, print=None)
"""
#: No two clients of a run have the same.
LIVES = count(1)
STATEFUL = 'require("stripe-stateful-mock").createExpressApp().listen(%d, "127.0.0.1");'


class Process:
    """A stand-in at an address, within a `with`."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def words(self) -> list[str]:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self.words(), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        latest = time.monotonic() + 60
        while time.monotonic() < latest and self._process.poll() is None:
            with socket.socket() as door:
                if door.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.1)
        self.__exit__()
        raise RuntimeError(f"{type(self).__name__} does not start.")

    def __exit__(self, *_seen: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Nobody listens within the block."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()

    def ask(self, method: str, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {body.pop('key', 'sk_test_of_the_stand_in')}"}
        answer = httpx.request(method, self.url + path, headers=headers, trust_env=False, timeout=30, **body)
        return answer.json() if answer.content else None


class Localstripe(Process):
    """With an ear for its webhooks, which come a second late."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Sent] = []

    def words(self) -> list[str]:
        return [sys.executable, "-c", LOCALSTRIPE % self.port]

    def __enter__(self) -> Self:
        super().__enter__()
        self._listen()
        return self

    def _listen(self) -> None:
        heard = self.heard

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                heard.append(Sent(raw, dict(self.headers), ()))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_words: Any) -> None:
                pass

        ear = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        threading.Thread(target=ear.serve_forever, daemon=True).start()
        asked = {"url": f"http://127.0.0.1:{ear.server_port}/", "secret": SECRET}
        self.ask("POST", "/_config/webhooks/ear", json=asked)

    def told(self) -> list[Sent]:
        """What it has told once nothing more comes for a while."""
        before = -1
        while before != len(self.heard):
            before = len(self.heard)
            time.sleep(1.3)
        return list(self.heard)

    def forget(self) -> None:
        self.told()
        self.ask("DELETE", "/_config/data")
        self.heard.clear()


class StatefulMock(Process):
    """It has charges, and no intents."""

    def words(self) -> list[str]:
        return ["node", "-e", STATEFUL % self.port]


class OverCharges(StripeGateway):
    """The same client, which asks for charges as Stripe did before intents."""

    path: ClassVar[str] = "/v1/charges"
    paid_as: ClassVar[str] = "charge"

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._life = next(LIVES)

    def _post(self, call: str, path: str, key: str, form: dict[str, str]) -> dict[str, Any]:
        return super()._post(call, path, f"{self._life}-{key}", form)  # it forgets no key between two tests

    def _asked(self, key: str, amount: Money, source: str, subject: str) -> dict[str, str]:
        return {
            "amount": str(words.units(amount)),
            "currency": amount.currency.lower(),
            "source": source,
            "metadata[key]": key,
            "metadata[subject]": subject,
        }


@dataclass
class Mangling:
    """What becomes of a genuine webhook on its way: forged by whoever does not know the secret, or comes too late or early."""

    how: str = ""

    def turn(self, how: str) -> None:
        self.how = how

    def change(self, sent: Sent) -> Sent:
        at = int(time.time()) + {"old": -360, "future": 24 * 3600}.get(self.how, 0)
        key = "whsec_of_somebody_else" if self.how == "secret" else SECRET
        named = {"v0": "v0"}.get(self.how, "v1")
        signed = f"t={at},{named}={hexdigest(f'{at}.'.encode() + sent.raw, key)}"
        if self.how == "both":
            signed += f",v1={hexdigest(f'{at}.'.encode() + sent.raw, 'whsec_that_comes_next')}"
        headers = {name: value for name, value in sent.headers.items() if name.lower() != "stripe-signature"}
        if self.how != "header":
            headers["Stripe-Signature"] = signed
        raw = sent.raw.replace(b'"object"', b'"objecT"', 1) if self.how == "body" else sent.raw
        return Sent(raw, headers, ())


def localstripe_counterpart(process: Localstripe) -> Counterpart:
    """Stripe's client with localstripe: intents, their payer's authentication, refunds, and signatures."""
    process.forget()
    mangling = Mangling()
    card = {"type": "card", "card": {"number": "4000002500003155", "exp_month": 12, "exp_year": 2030, "cvc": "123"}}
    asks = process.ask("POST", "/v1/payment_methods", json=card)["id"]

    def settle(gateway_id: str, *, approve: bool = True) -> None:
        intent = process.ask("GET", f"/v1/payment_intents/{gateway_id}")
        asked = {"client_secret": intent["client_secret"], "success": "true" if approve else "false"}
        process.ask("POST", f"/v1/payment_intents/{gateway_id}/_authenticate", data=asked)

    def moved() -> list[tuple[str, Money]]:
        came = [each for each in _listed(process, "charges") if each["status"] == "succeeded" and each["captured"]]
        return _as_moves(came, _listed(process, "refunds"))

    return Counterpart(
        gateway=StripeGateway(url=process.url, secret="sk_test_of_the_stand_in", webhook_secret=SECRET),
        sources={"good": "pm_card_visa", "declined": "pm_card_chargeCustomerFail", "asks": asks},
        misbehave=lambda _manner: mangling.turn("both"),
        settle=settle,
        webhooks=lambda: [mangling.change(each) if mangling.how else each for each in process.told()],
        forge=mangling.turn,
        stopped=process.stopped,
        moved=moved,
        stranger="pi_0123456789abcdef",
        kinds={"payment.succeeded": "payment_intent.succeeded"},
    )


def stateful_counterpart(process: StatefulMock) -> Counterpart:
    """Stripe's client, asking for charges, with stripe-stateful-mock: keys, declines, and how much may go back."""
    before = {each["id"] for what in ("charges", "refunds") for each in _listed(process, what)}  # it forgets nothing

    def moved() -> list[tuple[str, Money]]:
        came = [each for each in _listed(process, "charges") if each["status"] == "succeeded"]
        gone = _listed(process, "refunds")
        return _as_moves(*([each for each in rows if each["id"] not in before] for rows in (came, gone)))

    return Counterpart(
        gateway=OverCharges(url=process.url, secret="sk_test_of_the_stand_in", webhook_secret=SECRET),
        sources={
            "good": "tok_visa",
            "declined": "tok_chargeDeclined",
            "poor": "tok_chargeDeclinedInsufficientFunds",
            "down": "tok_500",
        },
        misbehave=_never,
        settle=_never,
        webhooks=list,
        forge=_never,
        stopped=process.stopped,
        moved=moved,
        forgeries=(),
        stranger="ch_0123456789abcdef",
    )


def _listed(process: Process, what: str) -> list[dict[str, Any]]:
    return process.ask("GET", f"/v1/{what}?limit=100")["data"]


def _as_moves(came: list[dict[str, Any]], gone: list[dict[str, Any]]) -> list[tuple[str, Money]]:
    moved = [("captured", words.money(each["amount"], each["currency"])) for each in came]
    back = sorted((words.money(each["amount"], each["currency"]) for each in gone), key=lambda each: each.amount)
    return moved + [("refunded", each) for each in back]


def _never(*_asked: Any, **_words: Any) -> None:
    raise AssertionError("This counterpart cannot do that: it is excused from the case.")
