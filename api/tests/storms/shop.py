"""The shop that storms go through: a production with a mock gateway of its own, and what is asked of it afterwards."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from api.tests.rehearsal import MarketRehearsal
from api.tests.storms.rig import CLIENTS, Arranged, arrange, at_once
from api.tests.storms.stage import Stage, Stages
from core.testing.production import ROOT
from core.testing.services import free_ports, until
from marketplace.payments.mockgateway.switches import Switches


class Shop:
    """A production that takes payments, seen from outside; `database` is the one that its web processes use."""

    def __init__(self, production: MarketRehearsal, stages: Stages, database: str = "soko", **changed: str) -> None:
        self.production, self.gateway, self.database = production, production.gateway, database
        self.stages = stages
        self.base_url = production.base_url
        self.ground = production.processes.ground() | {"DATABASE_URL": self.address} | changed

    def lacking(self, guard: type) -> "Shop":
        """This shop, whose steps are taken by processes that lack a guard."""
        found = copy(self)
        found.ground = self.ground | {"SOKO_APPS": f"{guard.__module__}.{guard.__qualname__}"}
        return found

    @property
    def stage(self) -> Stage:
        return self.stages.of(self.ground)

    def client(self) -> httpx.Client:
        straight = {} if self.base_url == self.production.base_url else {"X-Forwarded-Proto": "https"}
        return httpx.Client(base_url=self.base_url, headers=straight, timeout=30, trust_env=False)

    def arrange(
        self, goods: Mapping[str, tuple[int, int]], carts: Sequence[Mapping[str, int]], **more: Any
    ) -> Arranged:
        return arrange(self.stage, goods, carts, **more)

    def at_once[T](self, attempts: Sequence[Callable[[httpx.Client], T]], *, clients: int = CLIENTS) -> list[T]:
        return at_once(attempts, self.client, clients=clients)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database itself: the first column of each row."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return [row[0] for row in cursor.fetchall()] if cursor.description else []

    def shares(self, order: str) -> list[str]:
        """The references of an order's shares."""
        of = "SELECT s.reference FROM orders_vendororder s JOIN orders_order o ON o.id = s.order_id"
        return self.sql(f"{of} WHERE o.reference = %s ORDER BY s.id", order)

    def gone_back(self, *orders: str) -> list[int]:
        """What the gateway gave back for orders, by its own statement."""
        lines = [line for line in self.gateway.statement() if line["subject"] in orders]
        return [line["amount"] for line in lines if line["kind"] == "refunded"]

    def sent(self, vendor: int) -> list[int]:
        """What the gateway sent to a vendor."""
        payouts = set(self.sql("SELECT reference FROM payouts_payout WHERE vendor_id = %s", vendor))
        lines = (self.production.folder / "gateway.json").read_text().splitlines()
        moved = [line["movement"] for line in map(json.loads, lines) if "movement" in line]
        return [each["amount"] for each in moved if each["kind"] == "transfer" and each["subject"] in payouts]

    def books(self, *vendors: int) -> dict[str, int]:
        """What vendors have in the books, by kind of account: what is theirs is below zero. Without a vendor, what all have."""
        of = "FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id"
        whose = "WHERE a.vendor_id = ANY(%s)" if vendors else ""
        rows = self.sql(
            f"SELECT ARRAY[a.kind, sum(p.amount_minor)::text] {of} {whose} GROUP BY a.kind",
            *([list(vendors)] if vendors else []),
        )
        return {kind: int(minor) for kind, minor in rows if int(minor)}

    def deadlocks(self) -> int:
        """How many the database has seen since it was made."""
        self.sql("SELECT pg_stat_force_next_flush()")
        return self.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0]

    def broken(self) -> set[str]:
        """The invariants that do not hold, as `manage.py audit` finds them."""
        return set(self.stage.do("audit"))

    def run(self, *functions: str) -> None:
        """Call functions by their paths, as the clock would."""
        assert set(self.steps(*({"do": each} for each in functions))) <= {"done"}

    def steps(self, *steps: Mapping[str, Any]) -> list[str]:
        """Take steps (see steps.py) in a process of their own: what each came to."""
        return self.steps_at_once(steps)[0]

    def steps_at_once(self, *sequences: Sequence[Mapping[str, Any]]) -> list[list[str]]:
        """The same with as many processes as there are sequences, which begin at the same moment."""
        return self.stage.at_once(*(("steps", {"steps": each}) for each in sequences))

    def serve(self, **changed: str) -> None:
        """Start the web processes anew, with changes to their environment, and wait until they answer."""
        self.production.restart("web", **changed)
        until(lambda: self.client().get("/healthz").status_code == 200)

    @property
    def address(self) -> str:
        return f"{self.production.postgres.url}/{self.database}"


@contextmanager
def unguarded(shop: Shop, guards: type) -> Iterator[Shop]:
    """The same market once more, in a copy of its database and by web processes of its own from which guards are taken away."""
    database, folder = f"control_{uuid4().hex[:8]}", shop.production.folder
    shop.production.postgres.copy(shop.database, database)
    redis = shop.production.redis.url
    apart = {"REDIS_URL": f"{redis}/2", "SOKO_BROKER_URL": f"{redis}/3"}
    control = Shop(shop.production, shop.stages, database, **apart).lacking(guards)
    (port,) = free_ports(1, first=shop.production.spare_port + 1)
    control.base_url = f"http://127.0.0.1:{port}"
    words = [
        "-m",
        "gunicorn",
        "--config",
        "deploy/gunicorn.conf.py",
        "--bind",
        f"127.0.0.1:{port}",
        "core.wsgi:application",
    ]
    with (folder / "control.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, env=control.ground, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        until(lambda: process.poll() is not None or _answers(control), patience=180)
        assert process.poll() is None, (folder / "control.log").read_text()[-3000:]
        yield control
    finally:
        process.terminate()
        process.wait(60)


def _answers(shop: Shop) -> bool:
    try:
        return shop.client().get("/healthz").status_code == 200
    except httpx.HTTPError:
        return False


def calm(shop: Shop) -> None:
    """All switches of the gateway off; it notifies the shop."""
    told = {"notify": f"{shop.base_url}/api/hooks/mock", "headers": {"X-Forwarded-Proto": "https"}}
    shop.gateway.switch(**Switches(**told).as_json())  # type: ignore[arg-type]
