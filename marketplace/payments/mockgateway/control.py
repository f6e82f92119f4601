"""A mock gateway in a process of its own, and the hand on its switches: for demos, tests and rehearsals."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).resolve().parents[3]
# Straight to this machine, wherever the environment says a proxy is.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Sent:
    """A webhook that went out, or would have: post `raw` with `headers` to play the gateway yourself."""

    raw: bytes
    headers: dict[str, str]
    answers: tuple[int, ...]

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.raw)


class GatewayProcess:
    """Started by `start()`, ended by `stop()`, and by the end of whoever started it. `url` is where it answers."""

    module: ClassVar[str] = "marketplace.payments.mockgateway"

    def __init__(self, *, secret: str, port: int = 0, notify: str = "", file: Path | None = None) -> None:
        self.secret, self.port, self.notify, self.file = secret, port, notify, file
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns once it listens. RuntimeError when it does not, for want of its port say."""
        words = [sys.executable, "-m", self.module, "--leash", "--port", str(self.port)]
        words += ["--notify", self.notify] if self.notify else []
        words += ["--file", str(self.file)] if self.file else []
        self._process = subprocess.Popen(
            words,
            cwd=ROOT,
            env=os.environ | {"SOKO_MOCK_GATEWAY_SECRET": self.secret},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for whoever started it, who ends it then
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline().strip()
        if not said:
            self.stop()
            raise RuntimeError("The mock gateway does not start; what it said is above.")
        self.port = int(said.rpartition(":")[2])

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.communicate()

    def kill(self) -> None:
        """At once, in the middle of whatever it does."""
        if self._process is not None:
            self._process.kill()
        self.stop()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Nobody listens within the block; afterwards it is as it was, if it has a file, with all switches off."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def switch(self, **switches: Any) -> None:
        """Turn switches: `duplicate=20`, `lost=True`, `forged="future"`. All others stay."""
        self._post("/_switches", switches)

    def reset(self) -> None:
        """Forget everything, with all switches off."""
        self._post("/_reset", {})

    def settle(self, gateway_id: str, *, approve: bool = True) -> None:
        """Decide a payment or refund that waits, as its payer or time would."""
        self._post("/_settle", {"id": gateway_id, "approve": approve})

    def dispute(self, gateway_id: str, *, reason: str = "product_not_received", amount: int = 0) -> str:
        """The payer asks their bank for a payment back, or for so much of it. Returns what the gateway calls the dispute."""
        return str(self._post("/_dispute", {"payment": gateway_id, "reason": reason, "amount": amount})["id"])

    def decide(self, dispute_id: str, *, won: bool) -> None:
        """The bank decides a dispute."""
        self._post("/_decide", {"id": dispute_id, "won": won})

    def disputes(self) -> list[dict[str, Any]]:
        """Every dispute as the gateway has it."""
        return self._get("/v1/disputes")

    def statement(self) -> list[dict[str, Any]]:
        """Every movement of money, oldest first."""
        lines: list[dict[str, Any]] = []
        while more := self._get(f"/v1/statement?after={len(lines)}"):
            lines += more
        return lines

    def webhooks(self) -> list[Sent]:
        """What went out, or would have if somebody listened, in that order."""
        return [Sent(each["raw"].encode(), each["headers"], tuple(each["answers"])) for each in self._get("/_webhooks")]

    def _get(self, path: str) -> list[dict[str, Any]]:
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {self.secret}"})
        with OPENER.open(request, timeout=10) as answer:
            return json.load(answer)["data"]

    def _post(self, path: str, said: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=json.dumps(said).encode(), headers=headers)
        with OPENER.open(request, timeout=10) as answer:
            return json.load(answer)
