"""T-CRASH-2 to T-CRASH-4: killed (SIGKILL) while money goes back, while an order is called off, while a vendor is paid.

Whatever died is gone on with by other processes: nothing goes back or out twice, no goods come back twice, nothing is lost. No worker and
no clock runs meanwhile, so that who does what is known. Each has its positive control: a shop that keeps what it needs to know elsewhere,
killed at the same point.
"""

from collections.abc import Callable, Iterator

import pytest

from api.tests.storms import controls_of_money as controls
from api.tests.storms.rig import Arranged
from api.tests.storms.shop import Shop
from core.testing.services import until

pytestmark = pytest.mark.storm
PRICE, STOCK = 3_000, 10
CLOCK = [
    {"do": f"marketplace.{task}"}
    for task in (
        "payments.tasks.reconcile_payments", "orders.tasks.complete_orders", "payments.tasks.tidy_payments",
        "ledger.tasks.catch_up", "payouts.tasks.send_payouts", "payments.tasks.reconcile_payments",
        "orders.tasks.complete_orders", "ledger.tasks.catch_up",
    )
]  # fmt: skip
REFUNDING = ["refund.after_promise", "refund.after_claim", "refund.after_gateway", "refund.after_record"]
PAYING_OUT = ["payout.after_claim", "payout.after_gateway", "ledger.after_postings", "payout.after_record"]


@pytest.fixture(scope="module", autouse=True)
def _nobody_else(_open_shop: Shop) -> Iterator[None]:
    """Nothing happens in the background."""
    waits = "SELECT count(*) FROM core_outboxevent WHERE relayed_at IS NULL"
    until(lambda: _open_shop.sql(waits) == [0])
    _open_shop.production.end("scheduler", "worker")
    yield
    for each in ("worker", "scheduler"):
        _open_shop.production.restart(each)


def paid_orders(shop: Shop, count: int, *, vendors: int = 1) -> tuple[Arranged, list[str]]:
    """Orders of a lamp each, paid; with several vendors, one of each."""
    names = [f"lamp{number}" for number in range(vendors)]
    carts = [{names[number % vendors]: 1} for number in range(count)]
    found = shop.arrange(dict.fromkeys(names, (PRICE, STOCK)), carts, vendors=vendors, accounts=True)
    got = shop.at_once([each.buy for each in found.buyers], clients=4)
    assert {answer.status for each in got for answer in each} == {201}
    return found, [each[0].body["id"] for each in got]


def time_passes(shop: Shop, *orders: str) -> None:
    """Whoever was at it is taken for dead by now; what is moved are the moments in the database."""
    of = "payment_id IN (SELECT id FROM payments_payment WHERE subject = ANY(%s))"
    shop.sql(f"UPDATE payments_refund SET status_since = status_since - interval '5 minutes' WHERE {of}", list(orders))
    shop.sql("UPDATE payouts_payout SET status_since = status_since - interval '5 minutes'")


def killed_while(shop: Shop, do: str, points: list[str], of: list) -> None:
    """Each of these is done by a process that dies at its point."""
    steps = [{"do": do, "of": [each], "at": point} for each, point in zip(of, points, strict=True)]
    assert shop.steps(*steps) == ["killed"] * len(points)


def goods(shop: Shop, found: Arranged) -> list[list[int]]:
    """What is on hand and reserved of each thing, in the order of their keys."""
    keys = sorted(found.variants.values())
    return shop.sql(
        "SELECT ARRAY[on_hand, reserved] FROM catalog_stock WHERE variant_id = ANY(%s) ORDER BY variant_id", keys
    )


def broken(shop: Shop) -> set[str]:
    """The invariants that do not hold, but for those of the clock and the outbox: nobody looks after them here."""
    return {each for each in shop.broken() if not each.startswith("I-T")}


def states(shop: Shop, orders: list[str]) -> set[str]:
    return set(shop.sql("SELECT payment_state FROM orders_order WHERE reference = ANY(%s)", orders))


def test_killed_while_money_goes_back_it_goes_back_once(shop: Shop) -> None:
    """T-CRASH-2: after the promise, after the claim, after the gateway, after its answer was recorded; and in the books."""
    points = [*REFUNDING, "ledger.after_postings"]
    found, orders = paid_orders(shop, len(points))
    shop.steps({"do": "marketplace.ledger.tasks.catch_up"})
    killed_while(shop, "refund", points[:1], orders[:1])
    assert shop.sql(
        "SELECT count(*) FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id WHERE subject = %s",
        orders[0],
    ) == [0]
    assert shop.steps(*({"do": "refund", "of": [each]} for each in orders)) == ["done"] * len(orders)
    killed_while(shop, "send_refunds", points[1:4], orders[1:4])
    assert sorted(shop.gone_back(*orders)) == [PRICE] * 2  # of those who had asked
    time_passes(shop, *orders)
    shop.steps(
        {"do": "send_refunds", "of": [orders[4]]}, {"do": "marketplace.ledger.tasks.catch_up", "at": points[4]}, *CLOCK
    )
    assert shop.gone_back(*orders) == [PRICE] * len(orders)
    assert states(shop, orders) == {"refunded"}
    assert goods(shop, found) == [[STOCK, 0]]
    assert shop.books(*found.vendors) == {}
    assert broken(shop) == set()


def test_under_a_key_of_the_moment_it_goes_back_twice(without: Callable[..., Shop]) -> None:
    """The positive control of T-CRASH-2, at a gateway that counts nothing either."""
    shop = without(controls.KeysOfTheMoment)
    shop.gateway.switch(refund_cap_off=True)
    _found, (order,) = paid_orders(shop, 1)
    shop.steps({"do": "refund", "of": [order]})
    killed_while(shop, "send_refunds", ["refund.after_gateway"], [order])
    time_passes(shop, order)
    shop.steps({"do": "send_refunds", "of": [order]})
    assert shop.gone_back(order) == [PRICE] * 2


def test_called_off_and_killed_midway_goods_and_money_come_back_once(shop: Shop) -> None:
    """T-CRASH-3: an order is cancelled; nothing of what a killed process did stays, so it is done again as a whole."""
    points = ["refund.after_promise", "goods.after_stock"]
    found, orders = paid_orders(shop, len(points))
    killed_while(shop, "cancel", points, orders)
    assert goods(shop, found) == [[STOCK - 2, 0]]
    assert states(shop, orders) == {"paid"}
    again = [{"do": "cancel", "of": [each]} for each in orders]
    assert shop.steps(*again, *again) == ["done", "done", "cannot_cancel", "cannot_cancel"]
    time_passes(shop, *orders)
    shop.steps(*CLOCK)
    assert shop.gone_back(*orders) == [PRICE] * 2
    assert goods(shop, found) == [[STOCK, 0]]
    assert broken(shop) == set()


def test_money_that_came_too_late_goes_back_once_whoever_dies_on_the_way(shop: Shop) -> None:
    """T-CRASH-3: the goods of an expired order are gone, its money comes, and each step of giving it back is interrupted."""
    shop.gateway.switch(keep_waiting=True, lost=True)
    found = shop.arrange({"lamp": (PRICE, 1)}, [{"lamp": 1}, {"lamp": 1}], vendors=1)
    first, second = found.buyers
    with shop.client() as client:
        late = first.order(client).body["id"]
        assert first.pay(client, late, source="tok_processing").status == 202
        shop.sql("UPDATE orders_order SET expires_at = now() - interval '1 minute' WHERE reference = %s", late)
        shop.run("marketplace.orders.tasks.expire_orders")
        taken, paid = second.buy(client)
        assert (taken.status, paid.status) == (201, 201)
    for each in shop.sql("SELECT gateway_id FROM payments_payment WHERE subject = %s", late):
        shop.gateway.settle(each)
    shop.sql("UPDATE payments_payment SET status_since = status_since - interval '1 minute' WHERE subject = %s", late)
    shop.run("marketplace.payments.tasks.reconcile_payments")
    killed_while(shop, "complete", ["refund.after_promise"], [late])
    assert states(shop, [late]) == {"expired"}
    shop.run("marketplace.orders.tasks.complete_orders")
    for point in REFUNDING[1:]:
        killed_while(shop, "send_refunds", [point], [late])
        assert len(shop.gone_back(late)) == int(point != "refund.after_claim")
        time_passes(shop, late)
        if point == "refund.after_gateway":
            break  # what is found there ends it
    shop.steps(*CLOCK)
    assert (shop.gone_back(late), states(shop, [late])) == ([PRICE], {"refunded"})
    assert goods(shop, found) == [[0, 0]]
    assert broken(shop) == set()


def test_with_goods_put_back_in_a_step_of_their_own_they_come_back_twice(without: Callable[..., Shop]) -> None:
    """The positive control of T-CRASH-3."""
    shop = without(controls.GoodsBackAtOnce)
    found, (order,) = paid_orders(shop, 1)
    killed_while(shop, "cancel", ["goods.after_stock"], [order])
    assert shop.steps({"do": "cancel", "of": [order]}) == ["done"]
    assert goods(shop, found) == [[STOCK + 1, 0]]
    assert "I-S2" in shop.broken()


def paid_out(shop: Shop, vendors: list[int]) -> list[list]:
    return shop.sql(
        "SELECT ARRAY[status, amount_minor::text] FROM payouts_payout WHERE vendor_id = ANY(%s) ORDER BY vendor_id",
        vendors,
    )


def test_killed_while_vendors_are_paid_each_is_paid_once(shop: Shop) -> None:
    """T-CRASH-4: after the claim, after the gateway, in the books, after its answer was recorded; and while they are prepared."""
    found, orders = paid_orders(shop, len(PAYING_OUT), vendors=len(PAYING_OUT))
    ready = [{"do": "arrived", "of": orders}, {"do": "marketplace.ledger.tasks.release_due"}]
    assert set(shop.steps(*ready)) == {"done"}
    killed_while(shop, "prepare", ["ledger.after_postings"], [found.vendors[0]])
    assert paid_out(shop, found.vendors) == []
    assert shop.steps({"do": "prepare"}) == ["done"]
    killed_while(shop, "send_payout", PAYING_OUT, found.vendors)
    assert [len(shop.sent(each)) for each in found.vendors] == [0, 1, 1, 1]
    time_passes(shop)
    shop.steps(*CLOCK)
    assert paid_out(shop, found.vendors) == [["paid", str(PRICE)]] * len(found.vendors)
    assert [shop.sent(each) for each in found.vendors] == [[PRICE]] * len(found.vendors)
    assert shop.books(*found.vendors) == {}
    assert broken(shop) == set()


@pytest.mark.parametrize(
    ("guard", "point", "sent"),
    [
        (controls.PaidBeforeAsked, "payout.after_record", []),
        (controls.KeysOfTheMoment, "payout.after_gateway", [PRICE] * 2),
    ],
    ids=["recorded first", "keys of the moment"],
)
def test_paid_before_it_is_asked_for_a_vendor_gets_nothing_and_under_new_keys_twice(
    without: Callable[..., Shop], guard: type, point: str, sent: list[int]
) -> None:
    """The positive controls of T-CRASH-4."""
    shop = without(guard)
    found, orders = paid_orders(shop, 1)
    shop.steps({"do": "arrived", "of": orders}, {"do": "marketplace.ledger.tasks.release_due"}, {"do": "prepare"})
    killed_while(shop, "send_payout", [point], found.vendors)
    time_passes(shop)
    shop.steps({"do": "send_payout", "of": found.vendors})
    assert paid_out(shop, found.vendors) == [["paid", str(PRICE)]]
    assert shop.sent(found.vendors[0]) == sent
