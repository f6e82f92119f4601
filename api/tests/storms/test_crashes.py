"""T-CRASH-1: killed in the middle (SIGKILL, as by a power cut) at six points of ordering and paying, over HTTP.

Whoever asked tries again with the same key, and the clock does what it always does: there is one order, paid once.
"""

from collections.abc import Callable

import pytest

from api.tests.storms import controls_of_money as controls
from api.tests.storms.rig import Answer, Buyer, new_key
from api.tests.storms.shop import Shop
from core.testing.sizes import IS_WHOLE

pytestmark = pytest.mark.storm
UNAVAILABLE = "503 unavailable"
ORDERING = ["checkout.after_stock", "checkout.after_rows", "checkout.after_commit"]
#: Where, and how often the gateway had taken the money by then. After `after_claim` nobody had been asked.
PAYING = [("payment.after_claim", 0), ("payment.after_gateway", 1), ("payment.after_record", 1)]
SAMPLE = slice(None) if IS_WHOLE else slice(1)
SAMPLE_OF_PAYING = slice(None) if IS_WHOLE else slice(2)


def dies(shop: Shop, point: str, ask: object) -> None:
    """Ask of a process that dies at the point; afterwards healthy ones serve again."""
    shop.serve(SOKO_CRASH_AT=point)
    with shop.client() as client:
        answer: Answer = ask(client)  # type: ignore[operator]
    shop.serve()
    assert answer.word == UNAVAILABLE


def time_passes(shop: Shop, key: str, order: str = "", *, seconds: int) -> None:
    """So long after the request died; what is moved are the moments in the database."""
    ago = f"interval '{seconds} seconds'"
    shop.sql(f"UPDATE core_idempotencykey SET created_at = created_at - {ago} WHERE key = %s", key)
    shop.sql(f"UPDATE payments_payment SET status_since = status_since - {ago} WHERE subject = %s", order)


def charges(shop: Shop, order: str) -> int:
    """How often the gateway took money for an order, as its own statement says."""
    return sum(line["kind"] == "captured" and line["subject"] == order for line in shop.gateway.statement())


def lamp(shop: Shop) -> tuple[Buyer, int]:
    """Somebody with one of ten lamps in the cart."""
    found = shop.arrange({"lamp": (3_000, 10)}, [{"lamp": 1}])
    return found.buyers[0], found.variants["lamp"]


def assert_paid_once(shop: Shop, buyer: Buyer, variant: int) -> None:
    """One order, one charge, one lamp less; and everything else that must hold does."""
    shop.run("marketplace.payments.tasks.reconcile_payments", "marketplace.orders.tasks.complete_orders")
    ((reference, state),) = shop.sql(
        "SELECT ARRAY[reference, payment_state] FROM orders_order WHERE customer_id = %s", buyer.user_id
    )
    assert (state, charges(shop, reference)) == ("paid", 1)
    assert shop.sql("SELECT ARRAY[on_hand, reserved] FROM catalog_stock WHERE variant_id = %s", variant) == [[9, 0]]
    assert shop.broken() == set()


@pytest.mark.parametrize("point", ORDERING[SAMPLE])
def test_killed_while_ordering(shop: Shop, point: str) -> None:
    (buyer, variant), key = lamp(shop), new_key()
    dies(shop, point, lambda client: buyer.order(client, key=key))
    is_done = point == "checkout.after_commit"
    assert shop.sql("SELECT count(*) FROM orders_order WHERE customer_id = %s", buyer.user_id) == [int(is_done)]
    with shop.client() as client:
        at_once = buyer.order(client, key=key)
        assert at_once.word == ("201" if is_done else "409 idempotency_key_in_progress")
        time_passes(shop, key, seconds=300)
        placed = buyer.order(client, key=key)
        assert (placed.status, placed.is_replay) == (201, is_done)
        assert buyer.pay(client, placed.body["id"]).body["status"] == "succeeded"
    assert_paid_once(shop, buyer, variant)


@pytest.mark.parametrize(("point", "charged"), PAYING[SAMPLE_OF_PAYING])
def test_killed_while_paying(shop: Shop, point: str, charged: int) -> None:
    (buyer, variant), key = lamp(shop), new_key()
    shop.gateway.switch(lost=True)  # no webhook comes to the rescue
    with shop.client() as client:
        order = buyer.order(client).body["id"]
    dies(shop, point, lambda client: buyer.pay(client, order, key=key))
    assert charges(shop, order) == charged
    with shop.client() as client:
        assert buyer.pay(client, order, key=key).word == "409 idempotency_key_in_progress"
        time_passes(shop, key, order, seconds=25)
        again = buyer.pay(client, order, key=key)
    if (
        again.word != "409 already_paid" or not charged
    ):  # the clock may have been faster where there was something to find
        assert (again.status, again.body["status"]) == (201, "succeeded")
    (ours,) = shop.sql("SELECT key FROM payments_payment WHERE subject = %s", order)
    assert [line["key"] for line in shop.gateway.statement() if line["subject"] == order] == [ours]
    assert_paid_once(shop, buyer, variant)


def test_under_a_key_of_the_moment_whoever_tries_again_pays_twice(without: Callable[..., Shop]) -> None:
    """The positive control: whoever is asked anew does not know under which key was asked before."""
    shop = without(controls.KeysOfTheMoment)
    buyer, _variant = lamp(shop)
    with shop.client() as client:
        order = buyer.order(client).body["id"]
    assert shop.steps({"do": "pay", "of": [order], "at": "payment.after_gateway"}) == ["killed"]
    time_passes(shop, "", order, seconds=300)
    assert shop.steps({"do": "pay", "of": [order]}) == ["done"]
    assert charges(shop, order) == 2
