"""T-RACE-7: many who give the same title, move categories, keep and drop the same thing, and look at it, all at the same moment.

Slugs are unique, the tree stays one, and what is counted is exact. Each has its positive control. Reviews are not there yet.
"""

import time
from collections.abc import Callable
from itertools import permutations
from random import Random

import httpx
import pytest

from api.tests.storms import controls
from api.tests.storms.rig import Answer, Buyer, new_key, tell, words
from api.tests.storms.shop import Shop
from core.testing.sizes import IS_WHOLE

pytestmark = pytest.mark.storm
LISTINGS, SHOPS = (50, 20) if IS_WHOLE else (20, 8)
PEOPLE, TOGGLES = 100 if IS_WHOLE else 20, 5
CATEGORIES, MOVES = 8, 200 if IS_WHOLE else 56
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def told(shop: Shop, what: str, attempts: list[Callable[[httpx.Client], Answer]]) -> list[Answer]:
    begun = time.monotonic()
    answers = shop.at_once(attempts)
    tell(what, answers, took=time.monotonic() - begun)
    return answers


def of_one_title(shop: Shop, *, listings: int) -> list[str]:
    """The slugs of so many listings that a vendor makes with one title."""
    found = shop.arrange({}, [], vendors=1)
    (owner,), title = found.owners, f"Blue bicycle {new_key()[-6:]}"
    said = {"title": title, "category_id": found.category, "vendor_id": found.vendors[0]}
    make = lambda client: owner.ask(client, "POST", "/api/vendor/v1/listings", said, key=new_key())  # noqa: E731
    assert words(told(shop, f"{listings} listings of one title", [make] * listings)) == {"201": listings}
    return shop.sql("SELECT slug FROM catalog_listing WHERE title = %s", title)


def test_listings_of_one_title_and_shops_of_one_name_have_addresses_of_their_own(shop: Shop) -> None:
    before = shop.deadlocks()
    assert len(set(of_one_title(shop, listings=LISTINGS))) == LISTINGS
    name = f"Same shop {new_key()[-6:]}"
    people = shop.arrange({}, [{}] * SHOPS).buyers
    opens = [
        lambda client, each=each: each.ask(client, "POST", "/api/vendor/v1/vendors", {"name": name}, key=new_key())
        for each in people
    ]
    assert words(told(shop, f"{SHOPS} shops of one name", opens)) == {"201": SHOPS}
    slugs = shop.sql("SELECT slug FROM vendors_vendor WHERE name = %s", name)
    assert (len(slugs), len(set(slugs))) == (SHOPS, SHOPS)
    assert shop.deadlocks() == before


def test_called_by_their_titles_after_a_look_two_have_one_address(without: Callable[..., Shop]) -> None:
    """The positive control, and no unique constraint in the database behind it."""
    shop = without(controls.SlugsOfTitles, "listing_slug_unique", of="catalog_listing")
    slugs = of_one_title(shop, listings=8)
    assert len(set(slugs)) < len(slugs) == 8


def moving(shop: Shop, *, categories: int, moves: int) -> list[Answer]:
    """Each of some categories is put below each other one, in any order, at once."""
    staff = shop.arrange({}, [], staff=["super_admin"]).staff["super_admin"]
    mark = new_key()[-8:]
    with shop.client() as client:
        made = [
            staff.ask(
                client,
                "POST",
                "/api/operations/v1/categories",
                {"name": f"Shelf {mark} {number}", "slug": f"shelf-{mark}-{number}"},
            )
            for number in range(categories)
        ]
    keys = [each.body["id"] for each in made]
    pairs = list(permutations(keys, 2))
    Random(7).shuffle(pairs)
    move = [
        lambda client, one=one, other=other: staff.does(
            client, f"/api/operations/v1/categories/{one}/move", parent_id=other
        )
        for one, other in (pairs * 4)[:moves]
    ]
    return told(shop, f"{len(move)} moves of {categories} categories", move)


def in_a_ring(shop: Shop) -> list[int]:
    """The categories above which no top is reached."""
    up = "WITH RECURSIVE up AS (SELECT id, parent_id AS above, 0 AS far FROM catalog_category UNION ALL"
    one = "SELECT up.id, c.parent_id, far + 1 FROM up JOIN catalog_category c ON c.id = up.above WHERE far < 50)"
    return shop.sql(f"{up} {one} SELECT DISTINCT id FROM up WHERE far >= 50 ORDER BY 1")


def test_however_categories_are_moved_the_tree_stays_one(shop: Shop) -> None:
    before = shop.deadlocks()
    answers = moving(shop, categories=CATEGORIES, moves=MOVES)
    assert set(words(answers)) == {"200", "409 category_cycle"}
    assert in_a_ring(shop) == []
    assert shop.deadlocks() == before
    assert shop.broken() == set()


def test_with_the_tree_not_held_two_end_up_inside_each_other(without: Callable[..., Shop]) -> None:
    """The positive control."""
    shop = without(controls.TreeNotHeld)
    assert words(moving(shop, categories=2, moves=2)) == {"200": 2}
    assert len(in_a_ring(shop)) == 2
    assert "I-M3" in shop.broken()


def test_whoever_keeps_and_drops_at_once_keeps_it_once_or_not_at_all(shop: Shop) -> None:
    found = shop.arrange({"lamp": (500, 10)}, [{}] * PEOPLE)
    lamp = found.listings["lamp"]
    kept = "SELECT count(*) FROM engagement_favourite WHERE listing_id = %s"

    def keep(each: Buyer) -> Callable[[httpx.Client], Answer]:
        return lambda client: each.ask(client, "POST", "/me/favourites", {"listing": lamp})

    def drop(each: Buyer) -> Callable[[httpx.Client], Answer]:
        return lambda client: each.ask(client, "DELETE", f"/me/favourites/{lamp}")

    toggles = [verb(each) for each in found.buyers for verb in [keep, keep, drop] * TOGGLES]
    Random(7).shuffle(toggles)
    assert set(words(told(shop, f"{len(toggles)} toggles", toggles))) <= {"200", "201", "204"}
    assert shop.sql(f"{kept} GROUP BY user_id HAVING count(*) > 1", lamp) == []
    last = told(shop, "once more each", [verb(each) for each in found.buyers for verb in [keep] * 3])
    assert set(words(last)) <= {"200", "201"}
    assert shop.sql(kept, lamp) == [PEOPLE]


def test_with_nobody_held_it_is_kept_twice(without: Callable[..., Shop]) -> None:
    """The positive control."""
    shop = without(controls.PeopleNotHeld, "favourite_once", of="engagement_favourite")
    found = shop.arrange({"lamp": (500, 10)}, [{}])
    (somebody,), lamp = found.buyers, found.listings["lamp"]
    keep = [lambda client: somebody.ask(client, "POST", "/me/favourites", {"listing": lamp})] * 2
    assert words(told(shop, "kept twice", keep)) == {"201": 2}
    assert shop.sql("SELECT count(*) FROM engagement_favourite WHERE listing_id = %s", lamp) == [2]


def looked_at(shop: Shop, *, people: int) -> tuple[int, list[list[int]]]:
    """So many look at a listing, twice each; three processes count at once. How often, and what is counted."""
    found = shop.arrange({"lamp": (500, 10)}, [{}] * people)
    lamp = found.listings["lamp"]

    def look(each: Buyer) -> Callable[[httpx.Client], Answer]:
        def run(client: httpx.Client) -> Answer:
            client.headers["User-Agent"] = BROWSER
            return each.ask(client, "GET", f"/listings/{lamp}")

        return run

    assert words(told(shop, f"{2 * people} views", [look(each) for each in found.buyers] * 2)) == {"200": 2 * people}
    assert shop.steps_at_once(*[[{"do": "marketplace.engagement.tasks.flush_views"}]] * 3) == [["done"]] * 3
    of = "SELECT ARRAY[sum(valid_count), sum(all_count)]::int[] FROM engagement_viewcount WHERE listing_id = %s"
    return lamp, shop.sql(of, lamp)


def test_views_are_counted_once_however_many_count(shop: Shop) -> None:
    assert looked_at(shop, people=PEOPLE)[1] == [[PEOPLE, 2 * PEOPLE]]


def test_with_batches_not_known_they_are_counted_by_all_who_have_them_in_hand(without: Callable[..., Shop]) -> None:
    """The positive control."""
    assert looked_at(without(controls.BatchesNotKnown), people=5)[1] == [[15, 30]]
