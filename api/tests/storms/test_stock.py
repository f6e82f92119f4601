"""T-RACE-9: staff add, take away and count while people buy. The movements explain every unit, and a count that is out of date is refused.

The positive control: a count that is read, and written as a number, brings back what was sold meanwhile.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.tests.storms import controls
from api.tests.storms.rig import Answer, Arranged, tell, words
from api.tests.storms.shop import Shop
from core.testing.services import until
from core.testing.sizes import IS_WHOLE

pytestmark = pytest.mark.storm
BUYERS = 300 if IS_WHOLE else 60
STOCK, PRICE = BUYERS // 2, 3_000
VARIANTS = "/api/operations/v1/variants"


def counted(shop: Shop, variant: int) -> dict[str, int]:
    """What is on hand and reserved, and what each kind of movement changed of what is on hand."""
    (stock,) = shop.sql("SELECT ARRAY[on_hand, reserved] FROM catalog_stock WHERE variant_id = %s", variant)
    moves = "SELECT ARRAY[kind, sum(on_hand_change)::text] FROM catalog_stockmove WHERE variant_id = %s GROUP BY kind"
    by_kind = {kind: int(change) for kind, change in shop.sql(moves, variant)}
    return {"on_hand": stock[0], "reserved": stock[1], "explained": sum(by_kind.values()), **by_kind}


def selling(shop: Shop, *, buyers: int, stock: int, edits: int) -> tuple[Arranged, list[Answer], list[Answer]]:
    """So many buy; meanwhile one of the staff adds five and takes two away, and another counts what the screen shows,
    and says what that was."""
    found = shop.arrange({"lamp": (PRICE, stock)}, [{"lamp": 1}] * buyers, staff=["super_admin", "moderator"])
    one, other, place = found.staff["super_admin"], found.staff["moderator"], f"{VARIANTS}/{found.variants['lamp']}"

    def add(client: httpx.Client) -> list[Answer]:
        return [one.does(client, f"{place}/adjust_stock", quantity=change, reason="Stocktake") for change in (5, -2)]

    def count(client: httpx.Client) -> list[Answer]:
        shown = other.ask(client, "GET", place)
        there = shown.body["on_hand"]
        return [shown, other.does(client, f"{place}/count_stock", on_hand=there + 1, on_hand_before=there)]

    attempts: list[Callable[[httpx.Client], list[Answer]]] = [each.buy for each in found.buyers]
    for number in range(edits):
        attempts.insert(2 + number * (len(attempts) // edits), count)
        attempts.insert(3 + number * (len(attempts) // edits), add)
    begun = time.monotonic()
    got = shop.at_once(attempts)
    tell(
        f"{buyers} buyers, {edits} edits of each kind",
        [each for some in got for each in some],
        took=time.monotonic() - begun,
    )
    bought = [some for attempt, some in zip(attempts, got, strict=True) if attempt not in (add, count)]
    edited = [each for attempt, some in zip(attempts, got, strict=True) if attempt in (add, count) for each in some]
    return found, [each for some in bought for each in some], edited


def test_while_staff_edit_stock_its_movements_explain_every_unit(shop: Shop) -> None:
    before = shop.deadlocks()
    found, bought, edited = selling(shop, buyers=BUYERS, stock=STOCK, edits=6)
    assert set(words(bought)) <= {"201", "409 not_enough_stock"}
    assert set(words(edited)) <= {"200", "409 stock_moved", "409 not_enough_stock", "409 busy"}
    sold = words(bought)["201"] // 2  # each ordered and paid
    told = until(lambda: (now := counted(shop, found.variants["lamp"]))["reserved"] == 0 and now)
    assert told["on_hand"] == told["explained"]
    assert told["sold"] == -sold
    corrections = {kind: change for kind, change in told.items() if kind in ("received", "corrected", "counted")}
    assert told["on_hand"] + sold == sum(corrections.values())
    assert shop.deadlocks() == before
    assert shop.broken() == set()


def test_a_form_that_is_out_of_date_is_refused(shop: Shop) -> None:
    """Two of the staff have the same variant open; one is faster. The other's count and the other's change are conflicts."""
    found = shop.arrange({"lamp": (PRICE, 10)}, [{"lamp": 1}], staff=["super_admin", "moderator"])
    one, other, place = found.staff["super_admin"], found.staff["moderator"], f"{VARIANTS}/{found.variants['lamp']}"
    with shop.client() as client:
        shown = one.ask(client, "GET", place)
        version = f'"{shown.body["version"]}-x"'
        assert other.ask(client, "PATCH", place, {"position": 3}, version=version).status == 200
        assert one.ask(client, "PATCH", place, {"position": 4}, version=version).word == "412 stale_version"
        assert words(found.buyers[0].buy(client)) == {"201": 2}
        late = one.does(client, f"{place}/count_stock", on_hand=10, on_hand_before=shown.body["on_hand"])
        assert late.word == "409 stock_moved"
    told = counted(shop, found.variants["lamp"])
    assert (told["on_hand"], told["explained"], told["sold"]) == (9, 9, -1)


def test_a_count_that_is_written_as_a_number_brings_back_what_was_sold(without: Callable[..., Shop]) -> None:
    """The positive control."""
    shop = without(controls.CountsWritten)
    found = shop.arrange({"lamp": (PRICE, 40)}, [{"lamp": 1}] * 4, staff=["super_admin"])
    place = f"{VARIANTS}/{found.variants['lamp']}/count_stock"

    def count() -> Answer:
        with shop.client() as client:
            return found.staff["super_admin"].does(client, place, on_hand=41)

    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(count)
        until(lambda: shop.sql("SELECT is_called FROM storm_count_looks") == [True])
        bought = [each for some in shop.at_once([each.buy for each in found.buyers]) for each in some]
        shop.sql("SELECT nextval('storm_count_looks')")
        assert counting.result().status == 200
    assert words(bought) == {"201": 8}
    told = counted(shop, found.variants["lamp"])
    assert (told["on_hand"], told["explained"]) == (41, 37)
    assert "I-S2" in shop.broken()
