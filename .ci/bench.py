"""`make bench`: the busy paths beside plain hand-written ones, in one run, interleaved; ratios are what counts.

Both applications serve the same tables from the same server with the same workers. SOKO_BENCH_ROWS sets how many
listings there are (20,000), SOKO_BENCH_SECONDS how long each round lasts (5), SOKO_BENCH_ROUNDS how many (3).
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = int(os.environ.get("SOKO_BENCH_ROWS", "20000"))
SECONDS = float(os.environ.get("SOKO_BENCH_SECONDS", "5"))
ROUNDS = int(os.environ.get("SOKO_BENCH_ROUNDS", "3"))
CONNECTIONS = 16


@dataclass(frozen=True)
class Target:
    """One path of one application."""

    name: str
    port: int
    path: str


@dataclass
class Figures:
    """What a round measured: requests a second and the latencies in milliseconds."""

    rate: float
    p50: float
    p99: float


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder: Path, settings: str) -> dict[str, str]:
    found = os.environ | {
        "SOKO_VAR": str(folder),
        "SOKO_DEMO": "1",
        "SOKO_LIMITS_FACTOR": "1000000",
        "SOKO_UNPAID_ORDERS": "1000",
    }
    return found | {"DJANGO_SETTINGS_MODULE": settings, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / '.ci'}"}


@contextmanager
def serving(folder: Path, settings: str, port: int):
    """gunicorn with two workers of four threads, as the production profile runs it."""
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "core.wsgi:application",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "2",
    ]
    command += ["--threads", "4", "--worker-class", "gthread", "--log-level", "warning", "--keep-alive", "30"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(folder, settings))
    try:
        wait(port)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait(port: int) -> None:
    for _ in range(240):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.25)
    raise SystemExit("a server did not start")


def ask(connection: socket.socket, request: bytes) -> tuple[int, bytes]:
    """One request on a kept connection: status and body."""
    connection.sendall(request)
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return int(head.split()[1]), body


def measure(target: Target) -> Figures:
    """Ask with sixteen connections for the length of a round. A wrong answer stops the bench."""
    request = f"GET {target.path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\nConnection: keep-alive\r\n\r\n".encode()
    until, times, faults = time.monotonic() + SECONDS, [], []

    def client() -> None:
        connection = socket.create_connection(("127.0.0.1", target.port))
        while time.monotonic() < until:
            begun = time.perf_counter()
            status, body = ask(connection, request)
            times.append(time.perf_counter() - begun)
            if status != 200:
                faults.append((status, body[:300]))
                return

    threads = [threading.Thread(target=client) for _ in range(CONNECTIONS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if faults:
        raise SystemExit(f"{target.name}: {faults[0]}")
    ordered = sorted(times)
    return Figures(len(times) / SECONDS, ordered[len(ordered) // 2] * 1000, ordered[int(len(ordered) * 0.99)] * 1000)


def manage(folder: Path, *words: str, settings: str = "core.settings") -> None:
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment(folder, settings), check=True)


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        manage(folder, "migrate", "--verbosity", "0")
        manage(folder, "grow_market", str(ROWS))
        ours, plain = free_port(), free_port()
        stack.enter_context(serving(folder, "core.settings", ours))
        stack.enter_context(serving(folder, "afternoon.settings", plain))
        pair = (
            Target("soko list of 24", ours, "/api/v1/listings?limit=24&expand=vendor,category"),
            Target("afternoon list of 24", plain, "/api/listings?limit=24"),
        )
        for target in pair:
            with socket.create_connection(("127.0.0.1", target.port)) as probe:
                status, body = ask(probe, f"GET {target.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
                assert status == 200, body[:300]
                assert len(json.loads(body)["items"]) == 24, target.name
                print(f"{target.name}: {len(body):,} bytes")
        found: dict[str, list[Figures]] = {target.name: [] for target in pair}
        for _ in range(ROUNDS):
            for target in pair:
                found[target.name].append(measure(target))
        print(f"\n{ROWS:,} listings, {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS:g} s, medians")
        print(f"{'':24}{'requests/s':>12}{'p50 ms':>10}{'p99 ms':>10}")
        for name, figures in found.items():
            middle = [statistics.median(getattr(each, column) for each in figures) for column in ("rate", "p50", "p99")]
            print(f"{name:24}{middle[0]:12.0f}{middle[1]:10.1f}{middle[2]:10.1f}")
        ratios = [a.rate / b.rate for a, b in zip(found[pair[0].name], found[pair[1].name], strict=True)]
        print(f"ratio: {statistics.median(ratios):.2f} (rounds: {', '.join(f'{each:.2f}' for each in ratios)})")


if __name__ == "__main__":
    main()
