"""What storms are made of: a production with a mock gateway of its own, many clients at once, and what is asked afterwards."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import local
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from api.tests.rehearsal import MarketRehearsal
from core.testing.production import ROOT
from core.testing.services import until
from marketplace.payments.mockgateway.switches import Switches

#: Large figures by `make storm`, a sample of them in `make test`.
IS_WHOLE = os.environ.get("SOKO_STORM") == "whole"
CLIENTS = 32
ADDRESS = {"recipient": "Amina Odhiambo", "phone": "0712345678", "street": "12 Moi Avenue", "town": "Nairobi"}


@dataclass(frozen=True)
class Answer:
    """What one request came to. `word` is its status, and the code of a refusal: "201", "409 not_enough_stock"."""

    status: int
    body: Any
    seconds: float
    is_replay: bool = False

    @property
    def word(self) -> str:
        code = self.body.get("code") if isinstance(self.body, dict) and self.status >= 400 else None
        return f"{self.status} {code}" if code else str(self.status)


def words(answers: Iterable[Answer]) -> Counter[str]:
    return Counter(each.word for each in answers)


@dataclass(frozen=True)
class Buyer:
    """Somebody with a cart. Each request is made with the client that is handed in."""

    token: str
    user_id: int

    def ask(self, client: httpx.Client, method: str, path: str, body: Any = None, *, key: str = "") -> Answer:
        """A request that got no answer at all is 0."""
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        begun = time.perf_counter()
        try:
            got = client.request(method, f"/api/v1{path}", json=body, headers=headers)
        except httpx.HTTPError as fault:
            return Answer(0, repr(fault), time.perf_counter() - begun)
        told = got.json() if "json" in got.headers.get("Content-Type", "") else got.text
        return Answer(got.status_code, told, time.perf_counter() - begun, "Idempotent-Replayed" in got.headers)

    def order(self, client: httpx.Client, *, key: str = "", **said: Any) -> Answer:
        return self.ask(client, "POST", "/orders", ADDRESS | said, key=key or new_key())

    def pay(self, client: httpx.Client, order: str, *, source: str = "tok_ok", key: str = "") -> Answer:
        return self.ask(client, "POST", "/payments", {"order": order, "source": source}, key=key or new_key())

    def buy(self, client: httpx.Client) -> list[Answer]:
        """Order, and pay at once for what was got."""
        placed = self.order(client)
        return [placed] if placed.status != 201 else [placed, self.pay(client, placed.body["id"])]


@dataclass(frozen=True)
class Arranged:
    """What a storm finds: what can be bought, and who has it in the cart."""

    variants: dict[str, int]
    buyers: list[Buyer]


def new_key() -> str:
    return f"storm-{uuid4().hex}"


def at_once[T](attempts: Sequence[Callable[[httpx.Client], T]], open_client: Callable[[], httpx.Client], *,
               clients: int = CLIENTS) -> list[T]:  # fmt: skip
    """Make all attempts, so many at any moment, each client with one connection that it keeps."""
    mine = local()

    def run(attempt: Callable[[httpx.Client], T]) -> T:
        if not hasattr(mine, "client"):
            mine.client = open_client()
        return attempt(mine.client)

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(run, attempts))


def arrange(
    goods: Mapping[str, tuple[int, int]], carts: Sequence[Mapping[str, int]], ground: Mapping[str, str]
) -> Arranged:
    """Put goods (name → price, stock) and people with these carts into the database that the ground names."""
    done = subprocess.run(
        [sys.executable, "-m", "api.tests.storms.arrange", json.dumps({"goods": goods, "carts": carts})],
        cwd=ROOT, env={"DJANGO_SETTINGS_MODULE": "core.settings", **ground}, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    return Arranged(told["variants"], [Buyer(*each) for each in zip(told["tokens"], told["users"], strict=True)])


class Shop:
    """A production that takes payments, seen from outside; `database` is the one that its web processes use now."""

    def __init__(self, production: MarketRehearsal) -> None:
        self.production, self.gateway, self.database = production, production.gateway, "soko"

    def client(self) -> httpx.Client:
        return self.production.client()

    def arrange(self, goods: Mapping[str, tuple[int, int]], carts: Sequence[Mapping[str, int]]) -> Arranged:
        return arrange(goods, carts, self.production.processes.ground() | {"DATABASE_URL": self._address})

    def at_once[T](self, attempts: Sequence[Callable[[httpx.Client], T]], *, clients: int = CLIENTS) -> list[T]:
        return at_once(attempts, self.client, clients=clients)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database itself: the first column of each row."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return [row[0] for row in cursor.fetchall()] if cursor.description else []

    def deadlocks(self) -> int:
        """How many the database has seen since it was made."""
        self.sql("SELECT pg_stat_force_next_flush()")
        return self.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0]

    def broken(self) -> set[str]:
        """The invariants that do not hold, as `manage.py audit` finds them."""
        done = self.production.manage("audit", "--json", "--fail-on", "never", DATABASE_URL=self._address)
        return {each["name"] for each in json.loads(done.stdout)["findings"] if not each["holds"]}

    def run(self, *functions: str) -> None:
        """Call functions by their paths, as the clock would."""
        lines = [f"from {path.rpartition('.')[0]} import {path.rpartition('.')[2]} as f; f()" for path in functions]
        self.production.manage("shell", "--no-imports", "-c", "\n".join(lines), DATABASE_URL=self._address)

    def serve(self, **changed: str) -> None:
        """Start the web processes anew, with changes to their environment, and wait until they answer."""
        self.production.restart("web", **{"DATABASE_URL": self._address, **changed})
        until(lambda: self.client().get("/healthz").status_code == 200)

    @contextmanager
    def without(self, guard: type) -> Iterator[None]:
        """Serve from a copy of the database, with a guard taken away, until the block ends."""
        cluster, copy = self.production.postgres, f"control_{uuid4().hex[:8]}"
        cluster.copy("soko", copy)
        self.database = copy
        try:
            self.serve(SOKO_APPS=f"{guard.__module__}.{guard.__qualname__}")
            yield
        finally:
            self.database = "soko"
            self.serve()

    @property
    def _address(self) -> str:
        return f"{self.production.postgres.url}/{self.database}"


def calm(shop: Shop) -> None:
    """All switches of the gateway off; it notifies the shop."""
    shop.gateway.switch(**Switches(notify=f"{shop.production.base_url}/api/hooks/mock").as_json())


def tell(what: str, answers: Sequence[Answer], *, took: float) -> None:
    """Say how a storm went, for whoever reads its output."""
    times = sorted(each.seconds * 1000 for each in answers)
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99) - 1]
    sys.stdout.write(
        f"{what}: {len(answers)} answers in {took:.1f} s ({len(answers) / took:.0f}/s), p50 {p50:.0f} ms, p99 {p99:.0f} ms; "
        f"{dict(words(answers))}\n"
    )
