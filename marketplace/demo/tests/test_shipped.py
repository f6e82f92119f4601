"""The files that ship with the market: whole, consistent, and nobody's real number."""

from collections import Counter

import phonenumbers
import pytest

from core.resources.definitions import Kind
from marketplace.demo import edits, market, people, shipped, stockroom
from marketplace.demo.shelves import Shelf, tree


@pytest.fixture(scope="module")
def shelves() -> dict[str, Shelf]:
    return {shelf.said["slug"]: shelf for shelf in tree(shipped.document("020_categories.json"))}


def test_the_eight_roots_and_their_children_are_there_in_order(shelves: dict[str, Shelf]) -> None:
    def below(slug: str) -> list[str]:
        return [shelf.said["name"] for shelf in shelves.values() if shelf.parent == slug]

    assert below("") == [
        "Vehicles",
        "Mobile Phones & Tablets",
        "Electronics",
        "Property",
        "Home, Furniture & Garden",
        "Fashion",
        "Jobs",
        "Services",
    ]
    assert below("vehicles")[:3] == ["Cars", "Motorcycles & Scooters", "Vehicle Parts & Accessories"]
    assert below("mobile-phones-tablets") == ["Mobile Phones", "Tablets", "Accessories"]
    assert max(shelf.depth for shelf in shelves.values()) == 2
    assert all(below(slug) for slug, shelf in shelves.items() if shelf.depth == 0)


def test_attributes_come_in_every_kind_and_stand_in_categories_that_exist(shelves: dict[str, Shelf]) -> None:
    attributes = shipped.document("030_attributes.json")

    assert {each["kind"] for each in attributes} == {each.value for each in Kind}
    assert len({each["code"] for each in attributes}) == len(attributes)
    assert {slug for each in attributes for slug in [*each["categories"], *each.get("required_in", ())]} <= set(shelves)
    assert all(bool(each.get("options")) == (each["kind"] in ("choice", "multi_choice")) for each in attributes)


def test_forty_vendors_bring_fifteen_hundred_listings(shelves: dict[str, Shelf]) -> None:
    goods = market.shipped_goods()
    rows = [row for brought in goods.values() for row in brought.all]
    parents = {shelf.parent for shelf in shelves.values()}

    assert len(people.shops()) == 40
    assert len(rows) == len({row["reference"] for row in rows}) == 1500
    assert {row["category"] for row in rows} == set(shelves) - parents
    assert {shop.name for shop in people.shops()} - set(goods) == {"Best Price Everything"}, (
        "who was rejected entered nothing"
    )
    assert sum(len(brought.file) for brought in goods.values()) == 330


def test_vendors_are_in_every_state_in_several_cities_and_sell_in_their_own_currency() -> None:
    shops = {shop.name: shop for shop in people.shops()}

    assert Counter(shop.fate for shop in shops.values()) == {
        "verified": 35,
        "suspended": 2,
        "pending": 2,
        "rejected": 1,
    }
    assert len({shop.said["city"] for shop in shops.values()}) >= 10
    assert Counter(shop.said["currency"] for shop in shops.values()).most_common(1)[0][0] == "KES"
    for name, brought in market.shipped_goods().items():
        assert {row["price_currency"] for row in brought.all} <= {shops[name].said["currency"], ""}


def test_everybody_has_a_valid_number_of_an_obviously_made_up_range_and_an_example_address() -> None:
    everybody = shipped.rows("people.csv")
    numbers = [row["phone"] for row in everybody] + [shop.said["phone"] for shop in people.shops()]

    assert len(everybody) == 300
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)
    assert len(set(numbers)) == len(numbers)
    assert all(row["email"].endswith("soko.example") for row in everybody if row["email"])
    assert [row["email"] for row in everybody[:9]] == [f"{role}@soko.example" for role in people.CAST]


def test_the_members_work_for_vendors_that_are_there() -> None:
    logins = {row["email"] for row in shipped.rows("people.csv")}
    members = shipped.rows("members.csv")

    assert {row["vendor"] for row in members} <= {shop.name for shop in people.shops()}
    assert {row["email"] for row in members} <= logins
    assert people.team_of(people.shops()[0])[0] == ("member@soko.example", ["edit_listings"])


def test_the_price_list_changes_known_listings_and_has_three_faults() -> None:
    known = {row["reference"] for row in shipped.rows("listings/lakeside-auto-bazaar.csv")}
    rows = shipped.rows(f"imports/{edits.PRICE_LIST}")

    assert [row["reference"] for row in rows if row["reference"] not in known] == ["LAB-0999"]
    assert [row["price"] for row in rows if not row["price"].isdigit()] == ["ask us"]
    assert max(Counter(row["reference"] for row in rows).values()) == 2


def test_what_is_bought_by_size_has_a_variant_for_each() -> None:
    shirt = next(
        row for row in shipped.rows("listings/home-and-fashion.csv") if row["attr.clothing_sizes"] == "s|m|xxl"
    )
    found = list(stockroom.variants_of(shirt, None))  # type: ignore[arg-type]

    assert [each.title for each in found] == ["S", "M", "XXL"]
    assert [each.sku for each in found] == [f"{shirt['reference']}-{size}" for size in ("S", "M", "XXL")]
