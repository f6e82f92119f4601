"""T-RACE-2: many who use one coupon at the same moment, over HTTP: it is used as often as it may be, and each order says so.

The positive control: with the count looked at first in the web processes, the same storm uses it too often.
"""

import time
from collections.abc import Callable
from uuid import uuid4

import pytest

from api.tests.storms import controls
from api.tests.storms.rig import Answer, Arranged, tell, words
from api.tests.storms.shop import Shop

pytestmark = pytest.mark.storm
BUYERS = 40


def with_coupon(shop: Shop, *, buyers: int, **limits: int) -> tuple[str, Arranged]:
    """So many people with a cup and a coupon in their carts."""
    code = f"STORM-{uuid4().hex[:8].upper()}"
    found = shop.arrange(
        {"cup": (1_000, 1_000)}, [{"cup": 1}] * buyers, coupon={"code": code, "basis_points": 2_500, **limits}
    )
    with shop.client() as client:
        put = [each.ask(client, "POST", "/cart/coupons", {"code": code}) for each in found.buyers]
    assert words(put) == {"201": buyers}
    return code, found


def ordering(shop: Shop, found: Arranged, *, limit: int) -> list[Answer]:
    begun = time.monotonic()
    answers = shop.at_once([each.order for each in found.buyers], clients=40)
    tell(f"{len(found.buyers)} orders with a coupon for {limit}", answers, took=time.monotonic() - begun)
    return answers


def counted(shop: Shop, code: str) -> tuple[int, int]:
    """What the coupon counts, and how many uses there are."""
    (used,) = shop.sql(
        "SELECT used FROM coupons_coupontally t JOIN coupons_coupon c ON c.id = t.coupon_id WHERE code = %s", code
    )
    (rows,) = shop.sql(
        "SELECT count(*) FROM coupons_redemption r JOIN coupons_coupon c ON c.id = r.coupon_id WHERE code = %s", code
    )
    return used, rows


@pytest.mark.parametrize("limit", [1, 10])
def test_a_coupon_is_used_as_often_as_it_may_be(shop: Shop, limit: int) -> None:
    before = shop.deadlocks()
    code, found = with_coupon(shop, buyers=BUYERS, limit=limit, per_user_limit=1)
    told = words(ordering(shop, found, limit=limit))
    assert (told["201"], told["409 coupon_used_up"] + told["409 cart_changed"]) == (limit, BUYERS - limit)
    assert counted(shop, code) == (limit, limit)
    assert shop.sql("SELECT reserved FROM catalog_stock WHERE variant_id = %s", found.variants["cup"]) == [limit]
    assert shop.deadlocks() == before
    assert shop.broken() == set()


def test_with_the_count_looked_at_first_it_is_used_too_often(without: Callable[..., Shop]) -> None:
    """The positive control, and no CHECK in the database behind it."""
    enough = controls.CouponsLookedAtFirst.enough
    shop = without(controls.CouponsLookedAtFirst, "coupon_used_within_limit", of="coupons_coupontally")
    code, found = with_coupon(shop, buyers=8, limit=enough - 1)
    assert words(ordering(shop, found, limit=enough - 1))["201"] >= enough
    assert counted(shop, code)[0] >= enough
    assert "I-C1" in shop.broken()
