"""Redis, Celery and PostgreSQL go away while orders come in: what is answered then, and that no order once confirmed is lost."""

import os
import signal
import time
from collections.abc import Callable

import httpx
import psycopg
import pytest

from api.tests.storms.rig import Answer, Buyer, new_key, tell, words
from api.tests.storms.shop import Shop
from core.testing.production import FIRST_PORT, rehearsal_folder
from core.testing.services import Cluster, free_ports, until
from core.testing.sizes import IS_WHOLE

pytestmark = pytest.mark.storm
BUYERS = 200 if IS_WHOLE else 60
TRY_AGAIN = ("503 unavailable", "409 idempotency_key_in_progress", "409 busy", "0")
PATIENCE = 60.0


def while_trouble(
    shop: Shop, buyers: list[Buyer], do: Callable[[httpx.Client, Buyer], list[Answer]], *, breaks: Callable[[], None],
    mends: Callable[[], None] = lambda: None,
) -> list[list[Answer]]:  # fmt: skip
    """What each came to: the trouble begins after a third of them, and is mended after two."""
    moments = {len(buyers) // 3: breaks, 2 * len(buyers) // 3: mends}

    def attempt(number: int, buyer: Buyer) -> Callable[[httpx.Client], list[Answer]]:
        def run(client: httpx.Client) -> list[Answer]:
            moments.get(number, lambda: None)()
            return do(client, buyer)

        return run

    begun = time.monotonic()
    got = shop.at_once([attempt(*each) for each in enumerate(buyers)], clients=8)
    tell("orders in trouble", [answer for each in got for answer in each], took=time.monotonic() - begun)
    return got


def assert_nothing_lost(shop: Shop, confirmed: list[str], buyers: list[Buyer]) -> None:
    """Every order that was confirmed is there and paid, nobody has two, and all that was to be told has been."""
    keys = [each.user_id for each in buyers]
    shop.run("marketplace.orders.tasks.complete_orders")
    found = shop.sql("SELECT reference FROM orders_order WHERE customer_id = ANY(%s) AND payment_state = 'paid'", keys)
    assert sorted(found) == sorted(confirmed)
    assert len(confirmed) == len(set(confirmed)) == len(buyers)
    # What a queue that died was handed is offered again after five minutes.
    shop.sql("UPDATE core_outboxdelivery SET next_try_at = now() WHERE done_at IS NULL")
    untold = "SELECT count(*) FROM core_outboxevent e LEFT JOIN core_outboxdelivery d ON d.event_id = e.id"
    waits = f"{untold} WHERE e.relayed_at IS NULL OR d.id IS NOT NULL AND d.done_at IS NULL"
    until(lambda: shop.sql(waits) == [0], patience=310)  # within five minutes, says docs/deploy.md
    assert shop.broken() == set()


def buyers_of(shop: Shop) -> list[Buyer]:
    return shop.arrange({"mug": (500, 1_000)}, [{"mug": 1}] * BUYERS).buyers


def test_without_redis_people_order_and_pay_as_ever(shop: Shop) -> None:
    buyers, redis = buyers_of(shop), shop.production.redis
    got = while_trouble(
        shop, buyers, lambda client, buyer: buyer.buy(client), breaks=redis.stop, mends=redis.start
    )  # fmt: skip
    assert words(answer for each in got for answer in each) == {"201": 2 * BUYERS}
    supervise(shop)
    assert_nothing_lost(shop, [each[0].body["id"] for each in got], buyers)


def supervise(shop: Shop) -> None:
    """Start a worker again that gave up, as whoever supervises production does (compose.yaml: `restart`).

    Celery 5.7 now and then gives up for good where Redis goes while it asks it: "Unrecoverable error: 'NoneType' object has no
    attribute 'hostname'".
    """
    time.sleep(3)
    told = (shop.production.folder / "processes" / "worker.log").read_text()
    if "worker" in shop.production.processes.ended() or "Unrecoverable error" in told:
        shop.production.restart("worker")


def test_without_celery_people_order_and_pay_and_the_rest_is_told_later(shop: Shop) -> None:
    buyers, production = buyers_of(shop), shop.production
    got = while_trouble(
        shop, buyers, lambda client, buyer: buyer.buy(client), breaks=lambda: production.kill("worker"),
        mends=lambda: production.restart("worker"),
    )  # fmt: skip
    assert words(answer for each in got for answer in each) == {"201": 2 * BUYERS}
    assert_nothing_lost(shop, [each[0].body["id"] for each in got], buyers)


def test_while_postgresql_restarts_people_are_told_to_try_again_and_then_order(shop: Shop) -> None:
    """T-CRASH-5: first one of its processes is killed, upon which it ends all others and recovers, then there is a power cut.
    Everybody tries again under the same key, as the answer says, and has one order."""
    buyers, postgres = buyers_of(shop), shop.production.postgres
    keys = {buyer.user_id: new_key() for buyer in buyers}

    def persist(client: httpx.Client, buyer: Buyer) -> list[Answer]:
        heard, deadline = [], time.monotonic() + PATIENCE
        while not heard or (heard[-1].word in TRY_AGAIN and time.monotonic() < deadline):
            heard.append(buyer.order(client, key=keys[buyer.user_id]))
            if heard[-1].word == "409 idempotency_key_in_progress" and len(heard) > 1:
                break  # its first request died with the database; that is known after two minutes
            time.sleep(0.2)
        return heard

    def backend_killed() -> None:
        others = "FROM pg_stat_activity WHERE datname = 'soko' AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        os.kill(shop.sql(f"SELECT pid {others} ORDER BY backend_start DESC LIMIT 1")[0], signal.SIGKILL)

    def power_cut() -> None:
        postgres.stop("immediate")
        time.sleep(2)  # long enough for the others to notice
        postgres.start()

    got = while_trouble(shop, buyers, persist, breaks=backend_killed, mends=power_cut)
    heard = words(answer for each in got for answer in each)
    assert set(heard) <= {"201", *TRY_AGAIN}, heard
    assert heard["503 unavailable"] > 0
    log = (postgres.folder / "log").read_text()
    assert (log.count("was terminated by signal 9"), log.count("received immediate shutdown request")) == (1, 1)
    shop.sql("UPDATE core_idempotencykey SET created_at = created_at - interval '5 minutes' WHERE status IS NULL")
    confirmed = {buyer.user_id: each[-1] for buyer, each in zip(buyers, got, strict=True) if each[-1].status == 201}
    with shop.client() as client:
        for buyer in buyers:
            placed = buyer.order(client, key=keys[buyer.user_id])
            assert placed.status == 201
            told = confirmed.setdefault(buyer.user_id, placed)
            assert told.body["id"] == placed.body["id"]
            assert buyer.pay(client, placed.body["id"]).status == 201
    assert_nothing_lost(shop, [each.body["id"] for each in confirmed.values()], buyers)


@pytest.mark.parametrize(("commits", "lost"), [("on", False), ("off", True)])
def test_a_power_cut_takes_what_no_commit_waited_for(commits: str, lost: bool) -> None:
    """The positive control: it would have taken orders that were confirmed before they were written."""
    with rehearsal_folder() as folder:
        (port,) = free_ports(1, first=FIRST_PORT + 100)
        cluster = Cluster(folder / "postgres", port)
        cluster.create()
        try:
            with psycopg.connect(f"{cluster.url}/soko", autocommit=True) as connection:
                connection.execute("CREATE TABLE confirmed (id int)")
                connection.execute(f"ALTER SYSTEM SET synchronous_commit = {commits}")  # type: ignore[arg-type]
            cluster.restart()
            with psycopg.connect(f"{cluster.url}/soko", autocommit=True) as connection:
                found = connection.execute(
                    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"
                ).fetchone()
                assert found is not None
                os.kill(found[0], signal.SIGSTOP)  # else it may write what no commit waited for in time
                for number in range(20):
                    connection.execute("INSERT INTO confirmed VALUES (%s)", [number])
                cluster.stop("immediate")
            cluster.start()
            with psycopg.connect(f"{cluster.url}/soko") as connection:
                (count,) = connection.execute("SELECT count(*) FROM confirmed").fetchone()  # type: ignore[misc]
        finally:
            cluster.destroy()
    assert (count < 20) is lost
