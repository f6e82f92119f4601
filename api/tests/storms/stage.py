"""A process in which Django stands ready: whatever a storm asks for is done by a child of it, a copy made in a moment.

`python -m api.tests.storms.stage SOCKET` in the environment of a market. Each connection is one child. It reads `{"do": …, "with": {…}}`,
says "ready", waits for a line, so that several begin at the same moment, and answers with what came of it, as JSON: "arrange"
(arrange.py), "steps" (steps.py), "audit" (the invariants that do not hold). Whoever gets no answer finds the fault in the stage's log.
It ends when its standard input does, so with whoever started it.
"""

import io
import json
import os
import select
import signal
import socket
import socketserver
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Self

import django

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 240


def _audit() -> list[str]:
    from django.core.management import call_command

    told = io.StringIO()
    call_command("audit", "--json", "--fail-on", "never", stdout=told)
    return [each["name"] for each in json.loads(told.getvalue())["findings"] if not each["holds"]]


def _known() -> dict[str, Callable[..., Any]]:
    """What can be asked for; importing it here once is what makes the children quick."""
    from api.tests.storms import arrange, steps

    import_module("api.urls")
    return {"arrange": arrange.arrange, "steps": steps.take_all, "audit": _audit}


class Child(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        signal.alarm(PATIENCE)
        asked = json.loads(self.rfile.readline())
        self.wfile.write(b"ready\n")
        self.rfile.readline()
        told = _known()[asked["do"]](**asked["with"])
        self.wfile.write(json.dumps(told).encode() + b"\n")


def serve(place: str) -> None:
    django.setup()
    _known()
    with socketserver.ForkingUnixStreamServer(place, Child) as stage:
        sys.stdout.write("open\n")
        sys.stdout.flush()
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what children print belongs in the log
        while sys.stdin.buffer not in select.select([stage, sys.stdin.buffer], [], [])[0]:
            stage.handle_request()
            stage.service_actions()


class Stage:
    """A stage seen from outside: `do("audit")`, or `at_once(("steps", {…}), …)`."""

    def __init__(self, place: Path, log: Path) -> None:
        self._place, self._log = place, log

    def do(self, what: str, **given: Any) -> Any:
        return self.at_once((what, given))[0]

    def at_once(self, *asked: tuple[str, Mapping[str, Any]]) -> list[Any]:
        """Each is done by a child of its own, and none begins before all are ready."""
        with ExitStack() as open_ones:
            lines = [open_ones.enter_context(self._child(*each)) for each in asked]
            for each in lines:
                assert each.readline() == b"ready\n", self._log.read_text()[-4000:]
            for each in lines:
                each.write(b"go\n")
                each.flush()
            told = [each.readline() for each in lines]
        assert all(told), self._log.read_text()[-4000:]
        return [json.loads(each) for each in told]

    @contextmanager
    def _child(self, what: str, given: Mapping[str, Any]) -> Iterator[Any]:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PATIENCE + 10)
            line.connect(str(self._place))
            with line.makefile("rwb") as spoken:
                spoken.write(json.dumps({"do": what, "with": given}).encode() + b"\n")
                spoken.flush()
                yield spoken


@contextmanager
def staged(ground: Mapping[str, str]) -> Iterator[Stage]:
    """A stage in this environment until the block ends."""
    environment = {"DJANGO_SETTINGS_MODULE": "core.settings", **ground, "SOKO_STATEMENT_TIMEOUT_MS": "60000"}
    with TemporaryDirectory(prefix="soko-stage-") as folder, (Path(folder) / "log").open("w") as log:
        place = Path(folder) / "socket"
        process = subprocess.Popen(
            [sys.executable, "-m", "api.tests.storms.stage", str(place)],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"open\n", Path(log.name).read_text()[-4000:]
            yield Stage(place, Path(log.name))
        finally:
            process.communicate(timeout=60)


class Stages:
    """Stages that are started when they are first asked for, one for each environment, and end together."""

    def __init__(self) -> None:
        self._all: dict[frozenset[tuple[str, str]], Stage] = {}
        self._end, self._lock = ExitStack(), Lock()

    def of(self, ground: Mapping[str, str]) -> Stage:
        with self._lock:
            known = frozenset(ground.items())
            if known not in self._all:
                self._all[known] = self._end.enter_context(staged(ground))
            return self._all[known]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        self._end.close()


if __name__ == "__main__":
    serve(sys.argv[1])
