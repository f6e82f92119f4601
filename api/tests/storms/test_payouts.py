"""T-RACE-5: the clock that prepares payouts runs three times at the same moment. Each vendor has one payout for its period.

The positive control: where no vendor is held while its money is counted, the same money is set aside by all three.
"""

from collections.abc import Callable

import pytest

from api.tests.storms import controls_of_money as controls
from api.tests.storms.shop import Shop
from core.testing.sizes import IS_WHOLE

pytestmark = pytest.mark.storm
VENDORS = 20 if IS_WHOLE else 4
PRICE = 3_000


def earned(shop: Shop, *, vendors: int) -> list[int]:
    """So many vendors, each with what one lamp brings available and a place to be paid to."""
    names = [f"lamp{number}" for number in range(vendors)]
    found = shop.arrange(dict.fromkeys(names, (PRICE, 10)), [dict.fromkeys(names, 1)], vendors=vendors, accounts=True)
    with shop.client() as client:
        placed, paid = found.buyers[0].buy(client)
    assert paid.status == 201
    assert set(
        shop.steps({"do": "arrived", "of": [placed.body["id"]]}, {"do": "marketplace.ledger.tasks.release_due"})
    ) == {"done"}
    assert shop.books(*found.vendors) == {"vendor_available": -PRICE * vendors}
    return found.vendors


def prepared_thrice(shop: Shop) -> None:
    answers = shop.steps_at_once(*[[{"do": "marketplace.payouts.tasks.run_payouts"}]] * 3)
    assert answers == [["done"]] * 3, answers


def payouts_of(shop: Shop, vendors: list[int]) -> list[list[int]]:
    """Each payout: its vendor, and of how much."""
    return shop.sql(
        "SELECT ARRAY[vendor_id, amount_minor] FROM payouts_payout WHERE vendor_id = ANY(%s) ORDER BY 1", vendors
    )


def test_three_schedulers_at_the_same_minute_prepare_one_payout_for_each_vendor(shop: Shop) -> None:
    vendors = earned(shop, vendors=VENDORS)
    prepared_thrice(shop)
    assert payouts_of(shop, vendors) == [[vendor, PRICE] for vendor in vendors]
    assert shop.books(*vendors) == {"vendor_paying": -PRICE * VENDORS}
    assert shop.broken() == set()


def test_with_no_vendor_held_the_same_money_is_set_aside_thrice(without: Callable[..., Shop]) -> None:
    """The positive control, and no unique constraint in the database behind it."""
    shop = without(controls.VendorsNotHeld, "payout_once_a_period", of="payouts_payout")
    (vendor,) = earned(shop, vendors=1)
    prepared_thrice(shop)
    assert payouts_of(shop, [vendor]) == [[vendor, PRICE]] * 3
    assert shop.books(vendor) == {"vendor_paying": -3 * PRICE, "vendor_available": 2 * PRICE}
    assert "I-Y1" in shop.broken()
