"""T-RACE-3: many who give the same money back at the same moment, over the operations API. It goes back once.

The positive control: where what is left is looked at first and promised later, more goes back than came.
"""

import time
from collections.abc import Callable

import pytest

from api.tests.storms import controls_of_money as controls
from api.tests.storms.rig import Answer, new_key, tell, words
from api.tests.storms.shop import Shop
from core.testing.services import until
from core.testing.sizes import IS_WHOLE

pytestmark = pytest.mark.storm
PAYMENTS = 10 if IS_WHOLE else 1
REFUNDS = 20
CUPS, RUGS = (1_000, 5), (2_000, 3)  # what one costs, and how many are in the cart
CAPTURED = 11_000
WHY = "It arrived broken."


def refunding(shop: Shop, *, times: int = REFUNDS) -> tuple[str, list[Answer]]:
    """Finance presses so many times for 60 % of everything of one paid order."""
    goods = {"cup": (CUPS[0], 100), "rug": (RUGS[0], 100)}
    found = shop.arrange(goods, [{"cup": CUPS[1], "rug": RUGS[1]}], staff=["finance"])
    (buyer,), finance = found.buyers, found.staff["finance"]
    with shop.client() as client:
        placed, paid = buyer.buy(client)
        assert (paid.status, paid.body["amount"]["amount"]) == (201, CAPTURED)
        order = placed.body["id"]
        (share,) = shop.shares(order)
        (owner,), mine = found.owners, f"/api/vendor/v1/vendor-orders/{share}"
        done = [owner.does(client, f"{mine}/accept"), owner.does(client, f"{mine}/ship", carrier="G4S")]
        assert words(done) == {"200": 2}
    sixty = [
        {"variant_id": found.variants[name], "amount_minor": price * count * 6 // 10}
        for name, (price, count) in (("cup", CUPS), ("rug", RUGS))
    ]
    path, body = f"/api/operations/v1/vendor-orders/{share}/refund_lines", {"lines": sixty, "reason": WHY}
    begun = time.monotonic()
    answers = shop.at_once([lambda client: finance.ask(client, "POST", path, body, key=new_key())] * times)
    tell(f"{times} refunds of 60 %", answers, took=time.monotonic() - begun)
    return order, answers


def promised(shop: Shop, order: str) -> tuple[int, int, int]:
    """What came of a payment, what of it is to go back, and what has."""
    (row,) = shop.sql(
        "SELECT ARRAY[captured_minor, held_minor, refunded_minor] FROM payments_payment WHERE subject = %s", order
    )
    return row[0], row[1], row[2]


def test_of_twenty_refunds_of_sixty_percent_one_is_given(shop: Shop) -> None:
    before, sixty = shop.deadlocks(), CAPTURED * 6 // 10
    for _payment in range(PAYMENTS):
        order, answers = refunding(shop)
        assert words(answers) == {"200": 1, "409 refund_exceeds_line": REFUNDS - 1}
        until(lambda order=order: promised(shop, order) == (CAPTURED, sixty, sixty))  # the worker sends it
        assert shop.gone_back(order) == [sixty]
    assert shop.deadlocks() == before
    assert shop.broken() == set()


def test_with_what_is_left_looked_at_first_more_goes_back_than_came(without: Callable[..., Shop]) -> None:
    """The positive control, with no CHECK in the database behind it, at a gateway that counts nothing either."""
    shop = without(controls.RefundsLookedAtFirst, "payment_amounts_in_bounds", of="payments_payment")
    shop.gateway.switch(refund_cap_off=True)
    order, answers = refunding(shop, times=8)
    assert words(answers)["200"] >= controls.RefundsLookedAtFirst.enough
    shop.steps({"do": "send_refunds", "of": [order]})
    assert sum(shop.gone_back(order)) > CAPTURED
    assert {"I-P2", "I-P2b"} & shop.broken()
