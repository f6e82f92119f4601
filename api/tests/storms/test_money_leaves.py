"""T-RACE-4: of one order the bank, finance, support and the clock that pays vendors all want the money at once. It leaves once.

Orders of several vendors, some of them sent and arrived long ago, some not yet accepted. Of each, at the same moment: its buyer's bank
takes the money back (told by the gateway's webhooks), finance refunds it, support cancels it; meanwhile what is due becomes available and
is paid out. A vendor who was paid for what went back owes it. The positive control: a shop that gives money back without a look at what
banks took.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import pytest

from api.tests.storms import controls_of_money as controls
from api.tests.storms.rig import Answer, Arranged, tell, words
from api.tests.storms.shop import Shop
from core.testing.services import until
from core.testing.sizes import IS_WHOLE

pytestmark = pytest.mark.storm
ROUNDS, VENDORS, PRICE = 200 if IS_WHOLE else 24, 4, 3_000
#: What finance and support may hear; `disputed` is the bank's having been faster.
HEARD = {"200", "409 disputed", "409 cannot_cancel", "409 nothing_to_refund"}


@dataclass(frozen=True)
class Fought:
    """The orders that were fought over, each with its vendor, and what finance and support heard."""

    found: Arranged
    vendors: Mapping[str, int]
    heard: Counter[str]


def paid_orders(shop: Shop, rounds: int) -> tuple[Arranged, list[str]]:
    """So many orders of a lamp each, in turn of every vendor; half of them have arrived long ago."""
    names = [f"lamp{number}" for number in range(VENDORS)]
    carts = [{names[number % VENDORS]: 1} for number in range(rounds)]
    found = shop.arrange(
        dict.fromkeys(names, (PRICE, rounds)), carts, vendors=VENDORS, accounts=True, staff=["finance", "support"]
    )
    got = shop.at_once([each.buy for each in found.buyers], clients=8)
    assert words(answer for each in got for answer in each) == {"201": 2 * rounds}
    orders = [each[0].body["id"] for each in got]
    assert shop.steps({"do": "told"}, {"do": "arrived", "of": orders[: rounds // 2]})[1] == "done"
    return found, orders


def fought_over(shop: Shop, *, rounds: int, hear: Callable[[], object]) -> Fought:
    """All of it at once, but for every third order, which the bank has taken before: of that nobody else gets anything."""
    found, orders = paid_orders(shop, rounds)
    finance, support = found.staff["finance"], found.staff["support"]
    paid = dict(
        zip(
            orders,
            (shop.sql("SELECT gateway_id FROM payments_payment WHERE subject = %s", each)[0] for each in orders),
            strict=True,
        )
    )
    for each in orders[::3]:
        shop.gateway.decide(shop.gateway.dispute(paid[each]), won=False)
    hear()
    lost = "SELECT count(*) FROM orders_dispute WHERE state = 'lost' AND vendor_order_id IN (SELECT s.id FROM orders_vendororder s"
    of = f"{lost} JOIN orders_order o ON o.id = s.order_id WHERE o.reference = ANY(%s))"
    until(lambda: shop.sql(of, orders) == [len(orders[::3])])

    def bank(order: str) -> Callable[[httpx.Client], Answer | None]:
        return lambda _client: shop.gateway.decide(shop.gateway.dispute(paid[order]), won=False)

    def press(who, order: str, verb: str) -> Callable[[httpx.Client], Answer | None]:
        return lambda client: who.does(client, f"/api/operations/v1/orders/{order}/{verb}", reason="It takes too long.")

    attempts = []
    for number, each in enumerate(orders):
        attempts += [press(finance, each, "refund"), press(support, each, "cancel")]
        if number % 3 == 1:
            attempts.insert(-1 - number % 2, bank(each))
    begun = time.monotonic()
    with ThreadPoolExecutor(1) as other:
        clock = other.submit(
            shop.steps,
            {"do": "marketplace.ledger.tasks.release_due"},
            {"do": "prepare"},
            {"do": "marketplace.payouts.tasks.send_payouts"},
        )
        answers = [each for each in shop.at_once(attempts, clients=16) if each is not None]
        assert clock.result() == ["done"] * 3
    tell(f"{rounds} orders fought over", answers, took=time.monotonic() - begun)
    vendors = dict(zip(orders, (found.vendors[number % VENDORS] for number in range(rounds)), strict=True))
    return Fought(found, vendors, words(answers))


def taken_by_banks(shop: Shop, orders: list[str]) -> dict[str, int]:
    """What the books say that banks took of each order's vendor; what had gone back before is the market's own loss."""
    of = "FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id JOIN ledger_journal j ON j.id = p.journal_id"
    rows = shop.sql(
        f"SELECT ARRAY[j.subject, (-sum(p.amount_minor))::text] {of} WHERE j.kind = 'chargeback' AND a.kind = 'gateway'"
        " AND j.cause_model = 'orders.dispute' AND j.subject = ANY(%s) GROUP BY j.subject",
        orders,
    )
    return {subject: int(minor) for subject, minor in rows}


def left_twice(shop: Shop, fought: Fought) -> list[str]:
    """Orders of which more went back to the buyer, by refund and by bank, than came."""
    orders = list(fought.vendors)
    back = Counter(taken_by_banks(shop, orders))
    for line in shop.gateway.statement():
        if line["kind"] == "refunded" and line["subject"] in fought.vendors:
            back[line["subject"]] += line["amount"]
    return [order for order, minor in back.items() if minor > PRICE]


def settled(shop: Shop) -> None:
    """The clock does what it does, until nothing is on its way."""
    waits = "SELECT count(*) FROM core_outboxevent e LEFT JOIN core_outboxdelivery d ON d.event_id = e.id"
    until(
        lambda: shop.sql(f"{waits} WHERE e.relayed_at IS NULL OR d.id IS NOT NULL AND d.done_at IS NULL") == [0],
        patience=120,
    )
    shop.sql("UPDATE payments_refund SET status_since = status_since - interval '1 minute' WHERE status <> 'succeeded'")
    shop.run(
        "marketplace.payments.tasks.reconcile_payments",
        "marketplace.orders.tasks.complete_orders",
        "marketplace.ledger.tasks.catch_up",
    )


def test_whoever_wants_the_money_of_an_order_it_leaves_once(shop: Shop) -> None:
    before = shop.deadlocks()
    fought = fought_over(shop, rounds=ROUNDS, hear=lambda: None)
    assert set(fought.heard) <= HEARD
    assert fought.heard["409 disputed"] >= len(list(fought.vendors)[::3])
    settled(shop)
    assert left_twice(shop, fought) == []
    back = Counter(taken_by_banks(shop, list(fought.vendors)))
    for line in shop.gateway.statement():
        if line["kind"] == "refunded" and line["subject"] in fought.vendors:
            back[line["subject"]] += line["amount"]
    for vendor in fought.found.vendors:
        sold = [order for order, whose in fought.vendors.items() if whose == vendor]
        kept = sum(PRICE - back[order] for order in sold)
        # What a vendor has and what it was sent is what it sold and was not given back: what it was sent too much it owes.
        assert sum(shop.sent(vendor)) - sum(shop.books(vendor).values()) == kept
        assert set(shop.books(vendor)) <= {"vendor_available", "vendor_pending"}
    assert sum(shop.books().values()) == 0
    assert shop.deadlocks() == before
    assert shop.broken() == set()


def test_with_no_look_at_what_banks_took_it_leaves_twice(without: Callable[..., Shop]) -> None:
    """The positive control."""
    shop = without(controls.BanksNotAsked)
    fought = fought_over(shop, rounds=6, hear=lambda: shop.steps({"do": "told"}))
    assert "409 disputed" not in fought.heard
    shop.steps({"do": "told"}, *({"do": "send_refunds", "of": [each]} for each in fought.vendors))
    assert len(left_twice(shop, fought)) >= 2
