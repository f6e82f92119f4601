"""Which method each share is sent by and what it costs: by hand, without a database."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.errors import Invalid
from core.money import Money
from marketplace.carts.bills import Bill, LineBill, ShareBill
from marketplace.carts.sending import Wish, load_of, parcel_of, with_shipping
from marketplace.shipping.carriers import Place
from marketplace.shipping.errors import ShippingUnavailable
from marketplace.shipping.models import ShippingMethod, Zone
from marketplace.shipping.queries import Way
from marketplace.shipping.rating import Load

NAIROBI = Place("KE", "Nairobi")


def kes(amount: int) -> Money:
    return Money(amount, "KES")


def share(vendor: int, *lines: tuple[int, int, int]) -> ShareBill:
    """Lines of a vendor: grams and price of a piece, and how many. Of the goods 1.00 is taken off each line."""
    of = SimpleNamespace(pk=vendor, name=f"Shop {vendor}", country="KE", city="Kiambu")
    bills = tuple(
        LineBill(
            cast("Any", SimpleNamespace(offer=SimpleNamespace(variant=SimpleNamespace(weight_grams=grams)),
                                        quantity=count, total=kes(price * count))),
            kes(100), kes(0), kes(0),
        )
        for grams, price, count in lines
    )  # fmt: skip
    whole = cast("Any", SimpleNamespace(vendor=of, total=kes(sum(price * count for _g, price, count in lines))))
    return ShareBill(whole, bills, kes(0), kes(0), kes(0), kes(0), tax_is_included=True)


def way(pk: int, price: int, *, kind: str = "flat", currency: str = "KES", **said: Any) -> Way:
    method = ShippingMethod(pk=pk, kind=kind, name=f"Way {pk}", **said)
    method.price = Money(price, currency)
    return Way(method)


def sent(
    ways: dict[int, Sequence[Way]], *shares: ShareBill, wishes: Sequence[Wish] = ()
) -> list[tuple[int, int | None]]:
    """Of each share what sending it costs, and the key of the method."""
    found = with_shipping(Bill(shares), ways, to=NAIROBI, wishes=wishes)
    return [(each.shipping.amount, each.sent_by.method.pk if each.sent_by else None) for each in found.shares]


MUGS = share(7, (400, 1_000, 3), (50, 200, 2))


def test_a_load_is_all_pieces_and_what_is_paid_for_them() -> None:
    assert load_of(MUGS) == Load(1_300, kes(3_200))


def test_free_shipping_does_not_make_goods_worth_less() -> None:
    """What is taken off the shipping is in the share's discount and not in that of its goods."""
    assert load_of(replace(MUGS, shipping=kes(300), shipping_discount=kes(300))) == Load(1_300, kes(3_200))


def test_a_parcel_goes_from_where_the_vendor_is_to_the_buyer() -> None:
    found = parcel_of(MUGS, NAIROBI)
    assert (found.weight_grams, found.value) == (1_300, kes(3_200))
    assert (found.sender, found.recipient) == (Place("KE", "Kiambu"), NAIROBI)


def test_the_cheapest_is_chosen_and_all_are_offered_by_price() -> None:
    ways = [way(1, 500), way(2, 300), way(3, 400)]
    found = with_shipping(Bill((MUGS,)), {7: ways}, to=NAIROBI).shares[0]
    assert found.sent_by is not None
    assert (found.sent_by.method.pk, found.shipping) == (2, kes(300))
    assert [each.method.pk for each in found.choices] == [2, 3, 1]


def test_collecting_is_chosen_only_where_there_is_nothing_else() -> None:
    collect = way(1, 0, kind="pickup")
    assert sent({7: [collect, way(2, 500)]}, MUGS) == [(500, 2)]
    assert sent({7: [collect]}, MUGS) == [(0, 1)]


def test_collecting_may_be_wished_for() -> None:
    ways = [way(1, 0, kind="pickup"), way(2, 500)]
    assert sent({7: ways}, MUGS, wishes=[Wish(7, 1)]) == [(0, 1)]


def test_each_vendor_sends_its_own_by_its_own_wish() -> None:
    theirs = share(8, (100, 900, 1))
    ways = {7: [way(1, 500), way(2, 300)], 8: [way(3, 100), way(4, 900)]}
    assert sent(ways, MUGS, theirs) == [(300, 2), (100, 3)]
    assert sent(ways, MUGS, theirs, wishes=[Wish(8, 4)]) == [(300, 2), (900, 4)]
    assert sent(ways, MUGS, theirs, wishes=[Wish(8, 4), Wish(7, 1)]) == [(500, 1), (900, 4)]


def test_a_vendor_without_methods_sends_for_nothing() -> None:
    assert sent({7: []}, MUGS) == [(0, None)]


def test_methods_of_another_currency_are_none() -> None:
    assert sent({7: [way(1, 20_000, currency="UGX")]}, MUGS) == [(0, None)]
    assert sent({7: [way(1, 20_000, currency="UGX"), way(2, 300)]}, MUGS) == [(300, 2)]


@pytest.mark.parametrize(("to", "place"), [(NAIROBI, "Nairobi"), (Place("KE", ""), "KE")])
def test_what_no_method_takes_is_refused_with_the_vendor_and_the_place(to: Place, place: str) -> None:
    with pytest.raises(ShippingUnavailable) as refusal:
        with_shipping(Bill((MUGS,)), {7: [way(1, 500, most_grams=1_299)]}, to=to)
    assert refusal.value.facts == {"vendor": "Shop 7", "place": place}


@pytest.mark.parametrize(
    ("wishes", "pointer", "code", "sentence"),
    [
        ([Wish(7, 2), Wish(9, 2)], "/shipping/1/vendor_id", "unknown", "Nothing in the cart is this vendor's."),
        ([Wish(7, 2), Wish(7, 1)], "/shipping/1/vendor_id", "duplicate", "Choose one method for each vendor."),
        ([Wish(7, 3)], "/shipping/0/method_id", "unknown", "This vendor does not send it so."),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_at_its_field(
    wishes: list[Wish], pointer: str, code: str, sentence: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        sent({7: [way(1, 500), way(2, 300)]}, MUGS, wishes=wishes)
    assert [(each.pointer, each.code, each.message) for each in refusal.value.errors] == [(pointer, code, sentence)]


def test_a_wish_for_a_vendor_who_has_no_method_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        sent({7: []}, MUGS, wishes=[Wish(7, 1)])
    assert [each.pointer for each in refusal.value.errors] == ["/shipping/0/method_id"]


def test_a_method_counts_where_its_zone_has_the_place() -> None:
    coast = way(1, 100)
    coast.method.zone = Zone(countries="KE", towns="Mombasa")
    assert sent({7: [coast, way(2, 500)]}, MUGS) == [(500, 2)]
    found = with_shipping(Bill((MUGS,)), {7: [coast, way(2, 500)]}, to=Place("KE", "Mombasa")).shares[0]
    assert (found.shipping, len(found.choices)) == (kes(100), 2)
