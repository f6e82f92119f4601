"""The second half of `make bench`: checkouts of a few hot products, beside the afternoon's plain one with SELECT FOR UPDATE.

Both applications order the same carts of the same tables from one PostgreSQL, with the same two processes of four threads;
rounds are interleaved and ratios are what counts. SOKO_BENCH_ORDERS sets how many orders a round has (320),
SOKO_BENCH_ROUNDS how many rounds there are (3).
"""

import json
import os
import random
import shutil
import socket
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import bench

sys.path.insert(0, str(bench.ROOT))

from api.tests.storms.rig import ADDRESS, Arranged, arrange
from core.testing.services import Cluster, RedisServer, free_ports

ORDERS = int(os.environ.get("SOKO_BENCH_ORDERS", "320"))
CLIENTS = 16
HOT = ("bowl", "cup", "jug", "pan")
FIRST_PORT = int(os.environ.get("SOKO_TEST_PORTS", "8441"))


@dataclass(frozen=True)
class Shop:
    """One application that takes orders."""

    name: str
    port: int
    path: str


def carts(folder: Path) -> Arranged:
    """As many carts as a round has orders, each with two of the four products, in any order."""
    wanted = [dict.fromkeys(random.sample(HOT, 2), 1) for _ in range(ORDERS)]
    return arrange(dict.fromkeys(HOT, (500, 1_000_000)), wanted, bench.environment(folder, "core.settings"))


def measure(shop: Shop, found: Arranged) -> bench.Sample:
    """Sixteen clients order all carts. An answer other than 201 stops the bench."""
    waiting, body, times = list(found.buyers), json.dumps(ADDRESS).encode(), []

    def client() -> None:
        connection = socket.create_connection(("127.0.0.1", shop.port))
        while waiting:
            try:
                buyer = waiting.pop()
            except IndexError:
                return
            head = (
                f"POST {shop.path} HTTP/1.1\r\nHost: 127.0.0.1:{shop.port}\r\nAuthorization: Bearer {buyer.token}\r\n"
                f"Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            begun = time.perf_counter()
            status, told = bench.ask(connection, head.encode() + body)
            times.append(time.perf_counter() - begun)
            if status != 201:
                raise SystemExit(f"{shop.name}: {status} {told[:300]!r}")

    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        for each in [pool.submit(client) for _ in range(CLIENTS)]:
            each.result()
    took, ordered = time.perf_counter() - begun, sorted(times)
    return bench.Sample(
        len(times) / took, ordered[len(ordered) // 2] * 1000, ordered[int(len(ordered) * 0.99)] * 1000, cpu=0
    )


def report(found: dict[str, list[bench.Sample]]) -> None:
    print(f"\n{ORDERS} orders of {len(HOT)} hot products, {CLIENTS} clients, {bench.ROUNDS} rounds, medians")
    print(f"{'':24}{'orders/s':>12}{'p50 ms':>10}{'p99 ms':>10}")
    for name, figures in found.items():
        middle = [statistics.median(getattr(each, column) for each in figures) for column in ("rate", "p50", "p99")]
        print(f"{name:24}{middle[0]:12.1f}{middle[1]:10.1f}{middle[2]:10.1f}")
    ours, plain = found.values()
    ratios = [a.rate / b.rate for a, b in zip(ours, plain, strict=True)]
    print(f"ratio: {statistics.median(ratios):.2f} (rounds: {', '.join(f'{each:.2f}' for each in ratios)})")


def main() -> None:
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
        bench.manage(folder, "migrate", "--verbosity", "0")
        bench.manage(
            folder, "migrate", "--run-syncdb", "--skip-checks", "--verbosity", "0", settings="afternoon.settings"
        )
        stack.enter_context(bench.serving(folder, "core.settings", ports[2]))
        stack.enter_context(bench.serving(folder, "afternoon.settings", ports[3]))
        shops = (
            Shop("soko checkout", ports[2], "/api/v1/orders"),
            Shop("afternoon checkout", ports[3], "/api/checkout"),
        )
        found: dict[str, list[bench.Sample]] = {shop.name: [] for shop in shops}
        for number in range(bench.ROUNDS + 1):
            for shop in shops:
                figures = measure(shop, carts(folder))
                if number:  # the first round warms up
                    found[shop.name].append(figures)
        report(found)


if __name__ == "__main__":
    main()
