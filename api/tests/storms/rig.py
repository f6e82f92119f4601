"""What storms are made of: people who are signed in, many of them at once, and what is arranged for them."""

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from threading import local
from typing import Any
from uuid import uuid4

import httpx

from api.tests.storms.stage import Stage

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
    """Somebody who is signed in, most of them with a cart. Each request is made with the client that is handed in."""

    token: str
    user_id: int

    def does(self, client: httpx.Client, path: str, **said: Any) -> Answer:
        """Press a button: a POST of a path, with a key of its own."""
        return self.ask(client, "POST", path, said, key=new_key())

    def ask(
        self, client: httpx.Client, method: str, path: str, body: Any = None, *, key: str = "", version: str = ""
    ) -> Answer:
        """A path of the storefront's API, or a whole one (`/api/operations/v1/…`). A request that got no answer at all is 0."""
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        headers |= {"If-Match": version} if version else {}
        begun = time.perf_counter()
        try:
            place = path if path.startswith("/api/") else f"/api/v1{path}"
            got = client.request(method, place, json=body, headers=headers)
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
    """What a storm finds: what can be bought, who has it in the cart, and who sells and rules."""

    variants: dict[str, int]
    listings: dict[str, int]
    buyers: list[Buyer]
    staff: dict[str, Buyer]
    owners: list[Buyer]
    vendors: list[int]
    category: int


def new_key() -> str:
    return f"storm-{uuid4().hex}"


def at_once[T](attempts: Sequence[Callable[[httpx.Client], T]], open_client: Callable[[], httpx.Client], *,
               clients: int = CLIENTS) -> list[T]:  # fmt: skip
    """Make all attempts, so many at any moment, each client with one connection that it keeps."""
    mine = local()
    opened = ExitStack()

    def run(attempt: Callable[[httpx.Client], T]) -> T:
        if not hasattr(mine, "client"):
            mine.client = opened.enter_context(open_client())
        return attempt(mine.client)

    with opened, ThreadPoolExecutor(clients) as pool:
        return list(pool.map(run, attempts))


def arrange(
    stage: Stage, goods: Mapping[str, tuple[int, int]], carts: Sequence[Mapping[str, int]], **more: Any
) -> Arranged:
    """Put goods (name → price, stock), people with these carts, and what else `arrange.py` knows into the database of a stage."""
    told = stage.do("arrange", goods=goods, carts=carts, **more)
    people = {name: [Buyer(*each) for each in told[name]] for name in ("buyers", "owners")}
    return Arranged(**told | people | {"staff": {role: Buyer(*each) for role, each in told["staff"].items()}})


def tell(what: str, answers: Sequence[Answer], *, took: float) -> None:
    """Say how a storm went, for whoever reads its output."""
    times = sorted(each.seconds * 1000 for each in answers)
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99) - 1]
    sys.stdout.write(
        f"{what}: {len(answers)} answers in {took:.1f} s ({len(answers) / took:.0f}/s), p50 {p50:.0f} ms, p99 {p99:.0f} ms; "
        f"{dict(words(answers))}\n"
    )
