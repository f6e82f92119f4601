"""PostgreSQL and Redis of a test's own, from the installed programs: what may be stopped, killed and started again."""

import os
import shutil
import signal
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 60.0
#: As an operator would have it, but small. What was committed is on disk: tests pull the plug.
POSTGRES = "listen_addresses=127.0.0.1", "max_connections=100", "shared_buffers=64MB", "unix_socket_directories="


def free_ports(count: int, *, first: int) -> list[int]:
    """The next so many ports in a row that nobody listens on."""
    for start in range(first, 60_000, count):
        if not any(_is_open(port) for port in range(start, start + count)):
            return list(range(start, start + count))
    raise AssertionError("no free ports")


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(port: int, *, is_open: bool = True) -> None:
    """Wait until somebody listens on the port, or nobody does."""
    deadline = time.monotonic() + PATIENCE
    while _is_open(port) is not is_open:
        assert time.monotonic() < deadline, f"port {port} is {'shut' if is_open else 'open'} after {PATIENCE} s"
        time.sleep(0.05)


def until[T](ask: Callable[[], T], *, patience: float = PATIENCE) -> T:
    """The first answer that is true; fails when none comes."""
    deadline = time.monotonic() + patience
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"not within {patience} s"
        time.sleep(0.2)
    return answer


class Cluster:
    """A PostgreSQL cluster in a folder. It refuses to run as root, so root lends it the account that its package made."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.url = f"postgres://soko@127.0.0.1:{port}"
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name))
        found = shutil.which("postgres")
        self._programs = programs[-1] if programs else Path(found or "/usr/bin/postgres").parent
        self._as: dict[str, Any] = (
            {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        )

    def create(self) -> None:
        """Make the cluster and start it."""
        self.folder.mkdir(parents=True)
        if self._as:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-U", "soko", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"
        )
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "soko", "soko")

    def start(self) -> None:
        options = " ".join(f"-c {each}" for each in (*POSTGRES, f"port={self.port}"))
        self._run(
            "pg_ctl", "start", "-w", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-o", options
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is a power cut."""
        self._run("pg_ctl", "stop", "-w", "-D", str(self.folder / "data"), "-m", mode)

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    def copy(self, name: str, to: str) -> None:
        """Make a database that holds what another one holds now, while people use that."""
        reached = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "soko")
        dump = self.folder / f"{to}.sql"
        self._run("createdb", *reached, to)
        self._run("pg_dump", *reached, "--file", str(dump), name)
        self._run("psql", *reached, "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(dump), to)
        dump.unlink()

    def destroy(self) -> None:
        """Stop it if it runs, and delete it."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), *words],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"}, check=False, timeout=PATIENCE, **self._as,
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stderr[-2000:]}"


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail and forgets it: enough of SMTP for whoever asks whether somebody is there."""

    allow_reuse_address = daemon_threads = True

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            for line in self.rfile:
                ends = line.upper().startswith(b"QUIT")
                self.wfile.write(b"221 bye\r\n" if ends else b"250 well\r\n")
                if ends:
                    return

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), self.Talk)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class RedisServer:
    """A Redis that keeps nothing on disk, as compose.yaml has it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.url = f"redis://127.0.0.1:{port}"
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        wait_for(self.port)

    def stop(self) -> None:
        """End it, and what it held with it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(PATIENCE)
            self._process = None


class OpenSearchServer:
    """An OpenSearch in memory (osmem-server) that may be silenced, and killed: started again, at the same address, it is empty."""

    def __init__(self) -> None:
        self.url = ""
        self._server: Any = None

    def start(self) -> None:
        from osmem_server import OsmemServer  # a tool of tests; nothing else here needs it

        self._server = OsmemServer.start(japanese=False, addr=self.url.removeprefix("http://") or None)
        self.url = self._server.url

    def stop(self) -> None:
        """Kill it, and lose what it held."""
        if self._server is not None:
            with self._server.process as process:  # closes what it was spoken to through
                process.kill()
            self._server = None

    def silence(self) -> None:
        """It takes connections and answers nothing."""
        self._server.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """It answers again."""
        self._server.process.send_signal(signal.SIGCONT)
