"""A mock carrier in a process of its own, and the hand on its switches: for tests and rehearsals."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
# Straight to this machine, wherever the environment says a proxy is.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class CarrierProcess:
    """Started by `start()`, ended by `stop()`, and by the end of whoever started it. `url` is where it answers."""

    def __init__(self, *, secret: str, port: int = 0) -> None:
        self.secret, self.port = secret, port
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns once it listens. RuntimeError when it does not, for want of its port say."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "marketplace.shipping.mockcarrier", "--leash", "--port", str(self.port)],
            cwd=ROOT,
            env=os.environ | {"SOKO_MOCK_CARRIER_SECRET": self.secret},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for whoever started it, who ends it then
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline().strip()
        if not said:
            self.stop()
            raise RuntimeError("The mock carrier does not start; what it said is above.")
        self.port = int(said.rpartition(":")[2])

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.communicate()

    def reset(self) -> None:
        """Forget everything, with all switches off."""
        self._tell("/_reset", {})

    def switch(self, **switches: Any) -> None:
        """Turn switches: `status=500`, `drop=True`, `lost=True` (a label is made and not told), `nonsense=True`, `slow=3`. All
        others stay."""
        self._tell("/_switches", switches)

    def happens(self, number: str, *events: dict[str, str]) -> None:
        """Let things happen to a parcel: `at`, `code` (the carrier's), `sentence`, `town`, `country`."""
        self._tell("/_parcels", {"number": number, "events": list(events)})

    def asked(self) -> list[str]:
        """The paths that were asked for, in their order."""
        return [each["path"] for each in self._tell("/_asked", {})["asked"]]

    def _tell(self, path: str, said: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=json.dumps(said).encode(), headers=headers)
        with OPENER.open(request, timeout=10) as answer:
            return json.load(answer)
