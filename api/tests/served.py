"""A demo market served in a folder of its own by the very command that people use: for browsers, generated clients and fuzzers."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 480  # seconds for migrations and the demo market on a slow machine


@dataclass
class Served:
    """A running market: its address, and tokens by role."""

    base: str
    password: str
    log: Path
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, role: str) -> str:
        """An access token of one of the cast."""
        if role not in self.tokens:
            answer = httpx.post(
                f"{self.base}/api/v1/auth/login",
                json={"login": f"{role}@soko.example", "password": self.password},
                timeout=30,
            )
            assert answer.status_code == 200, answer.text
            self.tokens[role] = answer.json()["access_token"]
        return self.tokens[role]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(folder: Path, **environment: str) -> Iterator[Served]:
    """Serve the demo market of the folder (a new one where there is none) until the block ends."""
    port = free_port()
    log = folder / "demo.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=ROOT,
            env=os.environ | {"SOKO_VAR": str(folder), "SOKO_DEMO": "1", "SOKO_PROFILE": "embedded"} | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(base, process, log)
            yield Served(base, password_of(log), log)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait(base: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the demo stopped:\n{log.read_text()[-4000:]}"
        try:
            if httpx.get(f"{base}/healthz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise AssertionError(f"the demo did not answer in {PATIENCE} s:\n{log.read_text()[-4000:]}")


def password_of(log: Path) -> str:
    """The one password that the command prints."""
    for line in log.read_text().splitlines():
        if "password" in line.lower() and ":" in line:
            return line.rsplit(":", 1)[1].strip()
    raise AssertionError(f"the demo printed no password:\n{log.read_text()[-2000:]}")
