"""The mock gateway's webhooks: signed, sent at least once with backoff, and as badly as the switches say."""

import hashlib
import hmac
import http.client
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from marketplace.payments.mockgateway.books import Dispute, Movement
from marketplace.payments.mockgateway.switches import Switches

ATTEMPTS = 10
FIRST_PAUSE = 1  # seconds; each next pause is twice as long
PATIENCE = 10
DAY = 24 * 3600


@dataclass
class Webhook:
    """One body on its way, with all that happened to it: 0 stands for an answer that never came."""

    raw: bytes
    headers: dict[str, str]
    answers: list[int] = field(default_factory=list)


def body_of(movement: Movement | Dispute, *, at: int) -> bytes:
    """What happened at a moment, and to what; who wants to know more asks."""
    event = {
        "id": f"evt_{secrets.token_hex(12)}",
        "type": f"{movement.kind}.{movement.status}",
        "created": at,
        "data": {"id": movement.id, "key": movement.key},
    }
    return json.dumps(event, indent=2).encode()


def signature(raw: bytes, secret: str, *, at: int) -> str:
    """The hexadecimal HMAC-SHA256 of the moment, a full stop and the raw body."""
    return hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()


def signed(raw: bytes, secret: str, switches: Switches, *, at: int) -> tuple[bytes, dict[str, str]]:
    """The body and headers as they go out: genuine, or forged in the way that is switched on."""
    forged = switches.forged
    at = at - 6 * 60 if forged == "old" else at + DAY if forged == "future" else at
    keys = ["whsec_of_somebody_else"] if forged == "secret" else [secret]
    keys = [*keys, switches.other_secret] if switches.other_secret else keys
    scheme = "v0" if forged == "v0" else "v1"
    values = [f"t={at}", *(f"{scheme}={signature(raw, key, at=at)}" for key in keys)]
    headers = {"Content-Type": "application/json", "User-Agent": "MockGateway/1"} | switches.headers
    if forged != "header":
        headers["Mock-Signature"] = ",".join(values)
    if forged == "body":  # one byte of it, and it is still JSON
        raw = raw.replace(b'"data"', b'"dato"', 1)
    return raw, headers


class Postman:
    """Carries webhooks in threads of its own. What is forgotten meanwhile is not sent any more."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.switches = Switches()
        self._sent: list[Webhook] = []
        self._held: list[Movement | Dispute] = []
        self._lock = threading.Lock()
        self._round = 0
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="webhook")
        # Not through a proxy, wherever the environment says one is: the receiver is on this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)

    def tell(self, movement: Movement | Dispute) -> None:
        """Say that a movement has come to be, or has changed."""
        with self._lock:
            if self.switches.out_of_order:
                self._held.append(movement)
                return
        self._post(movement)

    def turn(self, switches: Switches) -> None:
        """Take new switches. Webhooks that were held back go out, the newest first, once they are no longer to be."""
        with self._lock:
            self.switches = switches
            released = [] if switches.out_of_order else self._held[::-1]
            self._held = self._held if switches.out_of_order else []
        for movement in released:
            self._post(movement)

    def forget(self) -> None:
        """Begin anew, with all switches off."""
        with self._lock:
            self._round += 1
            self._sent, self._held, self.switches = [], [], Switches()

    def as_json(self) -> list[dict[str, Any]]:
        """What went out, or would have if somebody listened, in that order."""
        with self._lock:
            return [
                {"raw": each.raw.decode(), "headers": each.headers, "answers": list(each.answers)}
                for each in self._sent
            ]

    def _post(self, movement: Movement | Dispute) -> None:
        with self._lock:
            switches, current = self.switches, self._round
            if switches.lost:
                return
            now = int(time.time())
            raw, headers = signed(body_of(movement, at=now), self.secret, switches, at=now)
            copies = [Webhook(raw, headers) for _ in range(switches.duplicate)]
            self._sent += copies
        for webhook in copies if switches.notify else ():
            self._later(switches.delay, webhook, switches.notify, current)

    def _later(self, pause: int | float, webhook: Webhook, address: str, current: int) -> None:
        if not pause:
            self._pool.submit(self._carry, webhook, address, current)
            return
        timer = threading.Timer(pause, self._pool.submit, (self._carry, webhook, address, current))
        timer.daemon = True
        timer.start()

    def _carry(self, webhook: Webhook, address: str, current: int) -> None:
        if current != self._round:
            return
        answer = self._ask(webhook, address)
        webhook.answers.append(answer)
        if not 200 <= answer < 300 and len(webhook.answers) < ATTEMPTS:
            self._later(FIRST_PAUSE * 2 ** (len(webhook.answers) - 1), webhook, address, current)

    def _ask(self, webhook: Webhook, address: str) -> int:
        request = urllib.request.Request(address, data=webhook.raw, headers=webhook.headers, method="POST")
        try:
            with self._opener.open(request, timeout=PATIENCE) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code
        except (OSError, http.client.HTTPException, ValueError):
            return 0


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        return None
