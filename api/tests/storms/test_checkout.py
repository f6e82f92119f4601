"""T-RACE-1, 6 and 8: many who order at the same moment, over HTTP: nothing is sold twice, nothing gets stuck.

Each storm has a positive control: with its guard taken away from the web processes, the same storm breaks the same rule.
"""

import time
from collections import Counter
from collections.abc import Callable

import pytest

from api.tests.storms import controls
from api.tests.storms.rig import Answer, Arranged, new_key, tell, words
from api.tests.storms.shop import Shop
from core.testing.sizes import IS_WHOLE

pytestmark = pytest.mark.storm
BUYERS, UNITS = (500, 50) if IS_WHOLE else (150, 15)
PAIRS = 200 if IS_WHOLE else 60
REPEATS = 50


def last_units(shop: Shop, *, buyers: int, units: int) -> tuple[Arranged, list[Answer]]:
    """So many people want the last few of one thing; who gets one pays at once."""
    found = shop.arrange({"lamp": (3_000, units)}, [{"lamp": 1}] * buyers)
    begun = time.monotonic()
    got = shop.at_once([each.buy for each in found.buyers])
    answers = [answer for each in got for answer in each]
    tell(f"{buyers} buyers of {units}", answers, took=time.monotonic() - begun)
    return found, [each[0] for each in got]


def stock_of(shop: Shop, variant: int) -> tuple[int, int]:
    """On hand and reserved."""
    (row,) = shop.sql("SELECT ARRAY[on_hand, reserved] FROM catalog_stock WHERE variant_id = %s", variant)
    return row[0], row[1]


def test_of_many_who_want_the_last_units_so_many_get_one_as_there_are(shop: Shop) -> None:
    before, taken = shop.deadlocks(), len(shop.gateway.statement())
    found, placed = last_units(shop, buyers=BUYERS, units=UNITS)
    assert words(placed) == {"201": UNITS, "409 not_enough_stock": BUYERS - UNITS}
    lamp = found.variants["lamp"]
    assert stock_of(shop, lamp) == (0, 0)
    moved = shop.sql("SELECT kind FROM catalog_stockmove WHERE variant_id = %s", lamp)
    assert Counter(moved) == {"received": 1, "reserved": UNITS, "sold": UNITS}
    charged = [line for line in shop.gateway.statement()[taken:] if line["kind"] == "captured"]
    assert sorted(line["subject"] for line in charged) == sorted(
        each.body["id"] for each in placed if each.status == 201
    )
    assert shop.deadlocks() == before
    assert shop.broken() == set()


def test_with_stock_looked_at_first_more_are_sold_than_there_are(without: Callable[..., Shop]) -> None:
    """The positive control, and no CHECK in the database behind it."""
    checks = ("stock_on_hand_not_negative", "stock_reserved_not_negative", "stock_reserved_on_hand")
    shop = without(controls.StockLookedAtFirst, *checks, of="catalog_stock")
    _found, placed = last_units(shop, buyers=16, units=controls.StockLookedAtFirst.enough - 1)
    assert words(placed)["201"] >= controls.StockLookedAtFirst.enough
    assert {"I-S1"} <= shop.broken()


def opposite(shop: Shop, *, pairs: int) -> list[Answer]:
    """People with the same four things in their carts, every other one in the opposite order."""
    names = ["bowl", "cup", "jug", "pan"]
    carts = [dict.fromkeys(names if number % 2 else reversed(names), 1) for number in range(2 * pairs)]
    found = shop.arrange(dict.fromkeys(names, (500, 1_000)), carts)
    begun = time.monotonic()
    answers = shop.at_once([each.order for each in found.buyers])
    tell(f"{2 * pairs} carts with lines in opposite order", answers, took=time.monotonic() - begun)
    return answers


def test_carts_with_their_lines_in_opposite_order_never_deadlock(shop: Shop) -> None:
    before = shop.deadlocks()
    assert words(opposite(shop, pairs=PAIRS)) == {"201": 2 * PAIRS}
    assert shop.deadlocks() == before
    assert shop.broken() == set()


def test_taken_as_they_lie_in_the_cart_they_do(without: Callable[..., Shop]) -> None:
    """The positive control."""
    shop = without(controls.LinesAsTheyLie)
    before = shop.deadlocks()
    answers = opposite(shop, pairs=4)
    assert shop.deadlocks() > before
    assert words(answers)["409 busy"] > 0


def repeated(shop: Shop) -> tuple[str, Arranged, list[Answer]]:
    """One person presses many times; the client sends the same key each time."""
    found, key = shop.arrange({"rug": (12_000, 100)}, [{"rug": 1}]), new_key()
    (buyer,) = found.buyers
    begun = time.monotonic()
    answers = shop.at_once([lambda client: buyer.order(client, key=key)] * REPEATS)
    tell(f"one key {REPEATS} times", answers, took=time.monotonic() - begun)
    return key, found, answers


def unexplained(answers: list[Answer]) -> list[str]:
    """Answers that are neither the order, nor a word that it is being made."""
    return [each.word for each in answers if each.word not in ("201", "409 idempotency_key_in_progress")]


def test_one_key_many_times_is_one_order_and_another_body_is_refused(shop: Shop) -> None:
    key, found, answers = repeated(shop)
    (buyer,) = found.buyers
    assert unexplained(answers) == []
    done = [each for each in answers if each.status == 201]
    assert [each.is_replay for each in done].count(False) == 1
    assert len({each.body["id"] for each in done}) == 1
    assert shop.sql("SELECT count(*) FROM orders_order WHERE customer_id = %s", buyer.user_id) == [1]
    assert stock_of(shop, found.variants["rug"]) == (100, 1)
    with shop.client() as client:
        assert buyer.order(client, key=key).is_replay
        assert buyer.order(client, key=key, note="To the back door").word == "422 idempotency_key_reused"
    assert shop.broken() == set()


def test_without_a_look_at_the_key_who_repeats_hears_nothing_of_the_order(without: Callable[..., Shop]) -> None:
    """The positive control: the cart is empty by then, and the buyer would order again."""
    _key, _found, answers = repeated(without(controls.KeysNotLookedAt))
    assert Counter(unexplained(answers))["409 cart_empty"] > 0
    assert not any(each.is_replay for each in answers)
