"""`make bench`: the busy paths beside two plain hand-written apps, in one run, interleaved; ratios are what counts.

All three serve the same tables of one PostgreSQL from the same server with the same workers. The response cache is off; one more
column has it on, as it is shipped. Two more requests tell what server, Django and driver give at most. SOKO_BENCH_ROWS sets how many
listings there are, or several sizes with commas between (20000); SOKO_BENCH_SECONDS how long each measurement lasts (2),
SOKO_BENCH_ROUNDS how many there are of each (3), SOKO_BENCH_REPORT a file for a report in Markdown. SOKO_BENCH_DATABASE is the
server's address with a name to which the size is added; a database that has as many listings is used again.
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
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from bench_report import BARS, LIMITS, Figures, Sample, report

ROOT = Path(__file__).resolve().parent.parent
SIZES = [int(each) for each in os.environ.get("SOKO_BENCH_ROWS", "20000").split(",")]
SECONDS = float(os.environ.get("SOKO_BENCH_SECONDS", "2"))
ROUNDS = int(os.environ.get("SOKO_BENCH_ROUNDS", "3"))
DATABASE = os.environ.get("SOKO_BENCH_DATABASE", "postgres://postgres@127.0.0.1:5432/soko_bench")
CONNECTIONS = 8
PAGES_DEEP = 2_000
TICK = os.sysconf("SC_CLK_TCK")
APPS = {"soko": "core.settings", "ninja": "afternoon.settings", "drf": "afternoon.drf_settings"}
#: A seller of one vendor, signed in; and what the market is asked for.
ARRANGE = """
import json
from core.testing import writing_as_system
from marketplace.accounts import tokens
from marketplace.accounts.models import User
from marketplace.catalog.models import Category, Listing
from marketplace.demo.growing import COMMON, MISSPELT, RARE
from marketplace.vendors.models import Member, Vendor
vendor, leaf = Vendor.objects.get(slug="grown-0"), Category.objects.get(slug="shelf-0-0-0")
seller = User.objects.filter(email="bench@soko.example").first()
if seller is None:
    with writing_as_system("bench"):
        seller = User(full_name="Bench", email="bench@soko.example", password="!")
        seller.save(force_insert=True)
        Member(vendor=vendor, user=seller, is_owner=True).save(force_insert=True)
shown = Listing.objects.filter(status="approved").order_by("pk")
count = shown.count()
keys = [shown[count * part // 200].pk for part in range(200)]
print(json.dumps({"token": tokens.start(seller).access_token, "vendor": vendor.pk, "leaf": leaf.pk, "keys": keys,
    "common": COMMON, "rare": RARE, "misspelt": MISSPELT}))
"""


@dataclass
class Server:
    """One application, served."""

    name: str
    port: int
    process: subprocess.Popen
    plan: dict[str, list[bytes]] = field(default_factory=dict)

    def workers(self) -> list[int]:
        """The processes that answer."""
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(each) for each in told.split()]

    def cpu(self) -> dict[int, float]:
        """Seconds of processor time that the workers have had, and the database's processes, which work for nobody else meanwhile."""
        return {pid: cpu_of(pid) for pid in (*self.workers(), *backends())}

    def memory(self) -> float:
        """Megabytes of each worker, shared pages by halves (PSS)."""
        found = []
        for pid in self.workers():
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            found += [int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")]
        return statistics.mean(found)


def cpu_of(pid: int) -> float:
    try:
        columns = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:  # on another machine, or gone
        return 0.0
    return (int(columns[11]) + int(columns[12])) / TICK


def backends() -> list[int]:
    """The processes of PostgreSQL that serve this database, this connection's own left out."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return [pid for (pid,) in connection.execute(asked)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder: Path, settings: str, **more: str) -> dict[str, str]:
    found = os.environ | {
        "SOKO_VAR": str(folder),
        "SOKO_DEMO": "1",
        "SOKO_LIMITS_FACTOR": "1000000",
        "SOKO_UNPAID_ORDERS": "1000",
        "SOKO_ACCESS_MINUTES": "600",
    }
    found |= {"DJANGO_SETTINGS_MODULE": settings, **more}
    return found | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / '.ci'}"}


@contextmanager
def serving(folder: Path, settings: str, port: int, **more: str):
    """gunicorn with two workers of four threads, as the production profile runs it; none is replaced while it is measured."""
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "core.wsgi:application"]
    command += ["--bind", f"127.0.0.1:{port}", "--max-requests", "0"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(folder, settings, **more))
    try:
        wait(port)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)  # it lets what it has begun come to an end
        except subprocess.TimeoutExpired:
            process.kill()  # what was measured is not lost to a machine that is busy
            process.wait()


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


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n".encode()


def post(path: str, token: str, body: dict) -> bytes:
    text = json.dumps(body)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(text)}\r\n\r\n{text}".encode()


def measure(server: Server, operation: str) -> Sample:
    """Ask with eight connections for the length of a round. A wrong answer stops the bench."""
    requests = server.plan[operation]
    times: list[float] = []
    faults: list[tuple[int, bytes]] = []
    until, before = time.monotonic() + SECONDS, server.cpu()

    def client(number: int) -> None:
        connection, place = socket.create_connection(("127.0.0.1", server.port)), number
        while time.monotonic() < until and not faults:
            begun = time.perf_counter()
            status, body = ask(connection, requests[place % len(requests)])
            times.append(time.perf_counter() - begun)
            place += CONNECTIONS
            if status not in (200, 201):
                faults.append((status, body[:300]))

    begun = time.monotonic()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(CONNECTIONS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    took = time.monotonic() - begun
    if faults:
        raise SystemExit(f"{server.name}, {operation}: {faults[0]}")
    ordered = sorted(times)
    return Sample(
        rate=len(times) / took,
        p50=ordered[len(ordered) // 2] * 1000,
        p99=ordered[int(len(ordered) * 0.99)] * 1000,
        cpu=sum(max(0.0, had - before.get(pid, 0.0)) for pid, had in server.cpu().items()) / len(times) * 1e6,
    )


def manage(folder: Path, *words: str, settings: str = "core.settings") -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment(folder, settings),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def database(size: int) -> str:
    """The address of the database for so many listings; made, if it is not there."""
    server, _, name = DATABASE.rpartition("/")
    name = f"{name}_{size}"
    try:
        with psycopg.connect(f"{server}/postgres", autocommit=True, connect_timeout=3) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    except psycopg.OperationalError as fault:
        raise SystemExit(
            f"!!! NOT RUN: the bench needs PostgreSQL; say where in SOKO_BENCH_DATABASE ({fault}) !!!"
        ) from None
    return f"{server}/{name}"


def cursor_of(server: Server) -> str:
    """The cursor two thousand pages down: walked there, by hundreds of keys."""
    found = ""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        for _ in range(PAGES_DEEP * 24 // 100):
            path = f"/api/v1/listings/pick?fields=id&limit=100{f'&cursor={found}' if found else ''}"
            following = json.loads(ask(connection, get(path))[1])["next"]
            if not following:
                break
            found = following
    return found


def plan(server: Server, told: dict, deep: str) -> dict[str, list[bytes]]:
    """What each operation is, as this application takes it."""
    ours = server.name.startswith("soko")
    base = "/api/v1/listings?limit=24" if ours else "/api/listings?limit=24"
    attributes = (
        "attr.brand=simba&attr.condition=used&attr.year_min=2010"
        if ours
        else "brand=simba&condition=used&year_min=2010"
    )
    nearest = "lat=-1.286&lng=36.817&radius=10" + ("&order=distance" if ours else "")
    body = {"title": "A bench to sit on", "description": "Made of wood, for two."}
    found = {
        "list of 24": [get(f"{base}&expand=vendor,category" if ours else base)],
        "detail": [get(f"/api{'/v1' if ours else ''}/listings/{key}") for key in told["keys"]],
        "deep page": [get(f"{base}&cursor={deep}" if ours else f"{base}&offset={PAGES_DEEP * 24}")],
        "search, common": [get(f"{base}&q={told['common']}")],
        "search, rare": [get(f"{base}&q={told['rare']}")],
        "search, misspelt": [get(f"{base}&q={told['misspelt']}")],
        "subtree, price, 3 attributes": [get(f"{base}&category=hall-0&price_min=100000&{attributes}")],
        "nearest in 10 km": [get(f"{base}&{nearest}")],
    }
    if ours:
        found["facets of a subtree"] = [get("/api/v1/listings/facets?category=hall-0")]
        made = body | {"price": {"amount": 5_000, "currency": "KES"}, "modes": ["contact"]}
        made |= {"vendor_id": told["vendor"], "category_id": told["leaf"]}
        found["create"] = [post("/api/vendor/v1/listings", told["token"], made)]
    else:
        made = body | {"price_minor": 5_000, "vendor_id": told["vendor"], "category_id": told["leaf"]}
        found["create"] = [post("/api/listings", told["token"], made)]
        if server.name == "ninja":
            found["facets of a subtree"] = [get("/api/facets?category=hall-0")]
            found["limit: nothing"] = [get("/limit/nothing")]
            found["limit: a row"] = [get(f"/limit/rows/{key}") for key in told["keys"]]
    return found


def run(size: int) -> Figures:
    """All operations of one size."""
    os.environ["DATABASE_URL"] = database(size)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        manage(folder, "migrate", "--verbosity", "0")
        print(manage(folder, "grow_market", str(size)).strip(), flush=True)
        told = json.loads(manage(folder, "shell", "--no-imports", "--command", ARRANGE).strip().splitlines()[-1])
        servers = {}
        for name, settings in {**APPS, "soko, kept": "core.settings"}.items():
            port, more = free_port(), {} if name == "soko, kept" else {"SOKO_PUBLIC_CACHE_SECONDS": "0"}
            if not name.startswith("soko"):
                more["SOKO_STATEMENT_TIMEOUT_MS"] = "0"  # a plain app has none, and is given the time that it takes
            process = stack.enter_context(serving(folder, settings, port, **more))
            servers[name] = Server(name, port, process)
        deep = cursor_of(servers["soko"])
        for server in servers.values():
            server.plan = plan(server, told, deep)
        del servers["soko, kept"].plan["create"]
        idle = {name: server.memory() for name, server in servers.items()}
        found = Figures(size, SECONDS, ROUNDS)
        for number in range(ROUNDS + 1):
            for operation in (*BARS, *LIMITS):
                for name, server in servers.items():
                    if operation in server.plan:
                        sample = measure(server, operation)
                        if number:  # the first round warms up
                            found.add(operation, name, sample)
            print(f"round {number} of {ROUNDS}", flush=True)
        found.memory = {name: (idle[name], server.memory()) for name, server in servers.items()}
        return found


def main() -> None:
    found: list[Figures] = []
    for size in SIZES:
        found.append(run(size))
        if place := os.environ.get("SOKO_BENCH_REPORT"):
            Path(place).write_text(report(found))  # an hour's figures are not lost to the next size's failure
    print(report(found))


if __name__ == "__main__":
    main()
