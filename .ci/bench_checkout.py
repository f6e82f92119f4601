"""The second half of `make bench`: from a cart to an order, beside the afternoon's plain checkout with SELECT FOR UPDATE.

Both applications have the same goods and buyers, each in a database of its own of one PostgreSQL, and the same two processes of four
threads; sixteen clients order two different things of four that everybody wants ("hot"), or of a thousand ("wide"): in three
requests (each thing into the cart, then the order), and in one, with carts that are filled already. Rounds are interleaved and ratios
are what counts. Last, all want more than there is ("scarce"). Then the books are asked: nothing sold twice, nothing lost, no deadlock, no
fault of the server's, and Soko's audit finds every invariant held; else the bench fails.

SOKO_BENCH_ORDERS sets how many orders a round has (320), SOKO_BENCH_ROUNDS how many rounds there are (3), SOKO_BENCH_REPORT a file to
which the report is appended.
"""

import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import bench
import psycopg
from bench_report import judged, number, table

sys.path.insert(0, str(bench.ROOT))

from core.testing.services import Cluster, RedisServer, free_ports

ORDERS = int(os.environ.get("SOKO_BENCH_ORDERS", "320"))
CLIENTS = 16
FIRST_PORT = int(os.environ.get("SOKO_TEST_PORTS", "8441"))
ADDRESS = {"recipient": "Amina Odhiambo", "phone": "0712345678", "street": "12 Moi Avenue", "town": "Nairobi"}
KINDS, WAYS = ("hot", "wide"), {3: "cart, cart, order", 1: "order"}
#: Of the plain app's orders a second; orders a second on a quiet machine of two cores, by requests; p99 in ms of the order itself.
BAR, RATES, P99 = 1.3, {3: 150, 1: 250}, 150
FILL = """
INSERT INTO carts_cartline (cart_id, variant_id, quantity, seen_price_minor, seen_price_currency)
VALUES (%s, %s, 1, 1000, 'KES')
"""


@dataclass
class Shop:
    """One application that takes orders, with its goods and buyers. `answers` counts what it said."""

    name: str
    port: int
    database: str
    cart: str
    order: str
    sold: str
    goods: dict[str, list[int]] = field(default_factory=dict)
    buyers: list[dict] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    found: dict[tuple[str, int], list[bench.Sample]] = field(default_factory=dict)

    def sql(self, statement: str) -> list[tuple]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(statement).fetchall()

    def fill(self, wanted: list[list[int]]) -> None:
        """Put these into the carts, past the application: a line costs what all things here do."""
        with psycopg.connect(self.database) as connection, connection.cursor() as cursor:
            rows = [(buyer["cart"], key) for buyer, keys in zip(self.buyers, wanted, strict=True) for key in keys]
            cursor.execute("DELETE FROM carts_cartline")
            cursor.executemany(FILL, rows)

    def cpu(self, process: subprocess.Popen) -> dict[int, float]:
        """Seconds of processor time that its workers and the database's processes of it have had."""
        own = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return {pid: bench.cpu_of(pid) for pid in (*map(int, own), *(pid for (pid,) in self.sql(asked)))}


def request(shop: Shop, path: str, token: str, body: dict) -> bytes:
    text = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{shop.port}\r\nAuthorization: Bearer {token}\r\n"
        f"Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


def measure(shop: Shop, process: subprocess.Popen, wanted: list[list[int]], requests: int) -> bench.Sample:
    """Sixteen clients order what each buyer wants; the times are those of the order itself."""
    waiting, times, guard = list(zip(shop.buyers, wanted, strict=True)), [], threading.Lock()
    if requests == 1:
        shop.fill(wanted)

    def ask(connection: socket.socket, path: str, token: str, body: dict) -> int:
        status, told = bench.ask(connection, request(shop, path, token, body))
        with guard:
            shop.answers[str(status) if status == 201 else f"{status} {told[:200]!r}"] += 1
        return status

    def client() -> None:
        with socket.create_connection(("127.0.0.1", shop.port)) as connection:
            while True:
                with guard:
                    if not waiting:
                        return
                    buyer, keys = waiting.pop()
                for key in keys if requests > 1 else ():
                    ask(connection, shop.cart, buyer["token"], {"variant_id": key, "quantity": 1})
                begun = time.perf_counter()
                if ask(connection, shop.order, buyer["token"], ADDRESS) == 201:
                    with guard:
                        times.append(time.perf_counter() - begun)

    before, begun = shop.cpu(process), time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    took, ordered = time.perf_counter() - begun, sorted(times)
    if not ordered:
        raise SystemExit(f"{shop.name} took no order: {shop.answers.most_common(3)}")
    work = sum(max(0.0, had - before.get(pid, 0.0)) for pid, had in shop.cpu(process).items())
    p50, p99 = (ordered[int(len(ordered) * share)] * 1000 for share in (0.5, 0.99))
    return bench.Sample(len(times) / took, p50, p99, work / len(times) * 1e6)


def proof(shop: Shop, folder: Path) -> tuple[list[tuple[str, str]], bool]:
    """What the books say afterwards, in words; and is all of it as it must be?"""
    shop.sql("SELECT pg_stat_force_next_flush()")
    sold = f"SELECT variant_id, sum(quantity) AS pieces FROM {shop.sold} GROUP BY variant_id"  # noqa: S608
    lost = f"SELECT count(*) FROM catalog_stock s LEFT JOIN ({sold}) l USING (variant_id) WHERE reserved <> coalesce(pieces, 0)"  # noqa: S608
    told: dict[str, int] = {
        "variants sold beyond their stock": shop.sql("SELECT count(*) FROM catalog_stock WHERE reserved > on_hand")[0][
            0
        ],
        "variants whose stock is not what was ordered": shop.sql(lost)[0][0],
        "scarce pieces left over": shop.sql(
            f"SELECT sum(on_hand - reserved) FROM catalog_stock WHERE variant_id IN ({','.join(map(str, shop.goods['scarce']))})"  # noqa: S608
        )[0][0],
        "deadlocks": shop.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0],
        "answers of 500 and more": sum(count for word, count in shop.answers.items() if word >= "5"),
        "answers but 201 and 409 for want of stock": sum(
            count for word, count in shop.answers.items() if word != "201" and "stock" not in word.lower()
        ),
    }
    if shop.name == "soko":
        done = bench.manage(folder, "audit", "--json", "--fail-on", "never")
        told["invariants that do not hold"] = sum(not each["holds"] for each in json.loads(done)["findings"])
    return [(word, str(count)) for word, count in told.items()], not any(told.values())


def report(shops: list[Shop], proofs: dict[str, list[tuple[str, str]]]) -> str:
    ours, plain = shops
    rows = []
    for (kind, requests), figures in ours.found.items():
        theirs = plain.found[kind, requests]
        rate, p50, p99, cpu = ([statistics.median(getattr(each, name) for each in of) for of in (figures, theirs)]
                               for name in ("rate", "p50", "p99", "cpu"))  # fmt: skip
        ratios = [a.rate / b.rate for a, b in zip(figures, theirs, strict=True)]
        rows.append(
            (
                f"{kind}: {WAYS[requests]}",
                f"{judged(statistics.median(ratios), BAR)}; {', '.join(f'{each:.2f}' for each in ratios)}",
                number(cpu[1] / cpu[0]),
                judged(rate[0], RATES[requests]),
                number(rate[1]),
                f"{number(p50[0])} / {judged(p99[0], P99, most=True)}",
                f"{number(p50[1])} / {number(p99[1])}",
            )
        )
    head = (
        "", "orders of the plain app's (bar); rounds", "its CPU of ours", "orders/s (bar)", "plain/s",
        "order's p50 / p99 ms (bar)", "plain's",
    )  # fmt: skip
    words = [word for word, _count in proofs[ours.name]]
    counted = [(word, *(dict(proofs[each.name]).get(word, "") for each in shops)) for word in words]
    return (
        f"\n### Checkout\n\n{ORDERS} orders a round by {CLIENTS} clients, medians of {bench.ROUNDS} rounds, interleaved.\n\n"
        f"{table(head, rows)}\n\nAfter {sum(ours.answers.values()):,} and {sum(plain.answers.values()):,} answers:\n\n"
        f"{table(('', 'Soko', 'plain'), counted)}\n"
    )


def migrated(folder: Path) -> None:
    """All tables. On a machine so busy that the database gives a migration up for idling, it goes on where that one ended."""
    for is_last in (False, False, True):
        try:
            bench.manage(folder, "migrate", "--verbosity", "0")
            return
        except subprocess.CalledProcessError:
            if is_last:
                raise


def main() -> int:
    if not (shutil.which("redis-server") and (shutil.which("postgres") or Path("/usr/lib/postgresql").is_dir())):
        raise SystemExit("!!! NOT RUN: checkouts are measured on PostgreSQL and Redis of their own: install both !!!")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)  # PostgreSQL's account passes through
        ports = free_ports(4, first=FIRST_PORT)
        cluster, redis = Cluster(folder / "postgres", ports[0]), RedisServer(folder / "redis", ports[1])
        stack.callback(cluster.destroy)
        cluster.create()
        stack.callback(redis.stop)
        redis.start()
        os.environ |= {"DATABASE_URL": f"{cluster.url}/soko", "REDIS_URL": f"{redis.url}/0"}
        migrated(folder)
        done = subprocess.run(
            [sys.executable, ".ci/bench_goods.py", str(ORDERS)], cwd=bench.ROOT, stdout=subprocess.PIPE, text=True, check=True,
            env=bench.environment(folder, "core.settings"),
        )  # fmt: skip
        told = json.loads(done.stdout.splitlines()[-1])
        cluster.copy("soko", "plain")
        shops = [
            Shop("soko", ports[2], f"{cluster.url}/soko", "/api/v1/cart/lines", "/api/v1/orders", "orders_orderline"),
            Shop("plain", ports[3], f"{cluster.url}/plain", "/api/cart/lines", "/api/checkout", "afternoon_orderline"),
        ]
        os.environ |= {"DATABASE_URL": shops[1].database}
        bench.manage(
            folder, "migrate", "--run-syncdb", "--skip-checks", "--verbosity", "0", settings="afternoon.settings"
        )
        processes = []
        for place, (shop, settings) in enumerate(zip(shops, ("core.settings", "afternoon.settings"), strict=True)):
            shop.goods, shop.buyers = told["variants"], told["buyers"]
            os.environ |= {"DATABASE_URL": shop.database, "REDIS_URL": f"{redis.url}/{place}"}
            processes.append(stack.enter_context(bench.serving(folder, settings, shop.port)))
        for round_number in range(bench.ROUNDS + 1):
            for kind in KINDS:
                wanted = [random.sample(told["variants"][kind], 2) for _ in range(ORDERS)]
                for requests in WAYS:
                    for shop, process in zip(shops, processes, strict=True):
                        sample = measure(shop, process, wanted, requests)
                        if round_number:  # the first round warms up
                            shop.found.setdefault((kind, requests), []).append(sample)
            print(f"round {round_number} of {bench.ROUNDS}", flush=True)
        wanted = [[random.choice(told["variants"]["scarce"])] for _ in range(ORDERS)]
        for shop, process in zip(shops, processes, strict=True):
            measure(shop, process, wanted, 1)
        os.environ |= {"DATABASE_URL": shops[0].database, "REDIS_URL": f"{redis.url}/0"}
        proofs = {shop.name: proof(shop, folder) for shop in shops}
        written = report(shops, {name: words for name, (words, _is_right) in proofs.items()})
        print(written)
        if file := os.environ.get("SOKO_BENCH_REPORT"):
            with Path(file).open("a") as told_to:
                told_to.write(written)
    if all(is_right for _words, is_right in proofs.values()):
        return 0
    print("\n".join(f"{shop.name}: {word}" for shop in shops for word, _count in shop.answers.most_common(5)))
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
