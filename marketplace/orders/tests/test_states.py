"""The word for a whole order."""

import pytest

from marketplace.orders import states


@pytest.mark.parametrize(
    ("payment", "shares", "word"),
    [
        ("pending", ["waiting", "waiting"], "pending"),
        ("expired", ["expired"], "expired"),
        ("cancelled", ["cancelled"], "cancelled"),
        ("paid", ["to_accept", "to_accept"], "paid"),
        ("paid", ["to_accept", "to_ship"], "processing"),
        ("paid", ["to_accept", "cancelled"], "paid"),
        ("part_refunded", ["to_ship", "cancelled"], "processing"),
        ("paid", ["to_ship", "shipped"], "part_shipped"),
        ("paid", ["to_ship", "delivered"], "part_shipped"),
        ("paid", ["shipped", "delivered"], "shipped"),
        ("part_refunded", ["delivered", "cancelled"], "delivered"),
        ("paid", ["cancelled", "cancelled"], "cancelled"),
        ("paid", ["expired"], "cancelled"),
        ("refunded", ["delivered"], "refunded"),
        ("refunded", ["cancelled"], "refunded"),
    ],
)
def test_an_order_is_called_by_its_payment_and_its_shares(payment: str, shares: list[str], word: str) -> None:
    assert states.overall(payment, shares) == word


def test_every_word_is_known() -> None:
    found = {
        states.overall(payment, shares)
        for payment in states.ORDER.states
        for shares in ([one, other] for one in states.SHARE.states for other in states.SHARE.states)
    }
    assert found == set(states.OVERALL)
