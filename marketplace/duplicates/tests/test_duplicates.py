"""Possible duplicates: what is found, what is not, what moderators are told, and that what they say is remembered."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audiences import OPERATIONS
from core.errors import Denied, Missing, WrongState
from core.rules import Actor
from core.testing import writing_as_system
from marketplace.catalog import actions as catalogue
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.tests import factories as catalog
from marketplace.contacts.tests.factories import shop
from marketplace.duplicates import actions, comparing, queries
from marketplace.duplicates.models import Band, Duplicate, Sketch
from marketplace.duplicates.tests.factories import BICYCLE, BY, copied, posted, scene, show
from marketplace.moderation.queries import facts_of

pytestmark = pytest.mark.django_db
MO = Actor(user_id=501, name="Mo", audience=OPERATIONS, grants=frozenset({"moderate_listings"}))


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def shelf(db: None) -> Category:
    return catalog.category("Bicycles", slug="bicycles")


def pairs() -> list[tuple[int, int, str]]:
    return list(Duplicate.objects.order_by("pk").values_list("original_id", "listing_id", "status"))


def hints(listing: Listing) -> list[tuple[str, str]]:
    row = Listing.objects.select_related("vendor").get(pk=listing.pk)
    return [(each.code, each.sentence) for each in facts_of([row])[row.pk].hints if "duplicate" in each.code]


def test_the_same_words_posted_again_are_found_of_the_same_vendor_and_of_another(shelf: Category) -> None:
    acme, globex = shop(), shop()
    first = posted("Cargo bicycle", BICYCLE, vendor=acme, category=shelf, price=900_00)
    again = posted("Cargo bicycle", BICYCLE.replace("Hardly", "Barely"), vendor=acme, category=shelf, price=900_00)
    stolen = posted("CARGO BICYCLE!!", BICYCLE + " Call me any time.", vendor=globex, category=shelf, price=700_00)
    assert pairs() == [
        (first.pk, again.pk, "open"),
        (first.pk, stolen.pk, "open"),
        (again.pk, stolen.pk, "open"),
    ]
    own, other = Duplicate.objects.get(listing=again), Duplicate.objects.get(original=first, listing=stolen)
    assert (own.is_same_vendor, own.is_same_price, other.is_same_vendor, other.is_same_price) == (
        True,
        True,
        False,
        False,
    )
    assert own.why() == f"{own.score} % alike, of the same vendor: words {own.words_score} %, the price."
    assert 85 <= other.score <= 97


def test_what_merely_stands_in_the_same_category_is_not_alike(shelf: Category) -> None:
    posted("Cargo bicycle", BICYCLE, vendor=shop(), category=shelf)
    posted("Race bicycle", "Carbon frame, eleven gears, two wheels of aluminium and a saddle that was replaced in May. "
           "Ridden in the rain, and washed after it. Comes with a pump.", vendor=shop(), category=shelf)  # fmt: skip
    posted("Toyota Corolla 2015", vendor=shop(), category=shelf, price=1_000_00)
    posted("Toyota Corolla 2015", vendor=shop(), category=shelf, price=2_000_00)
    assert pairs() == []


def test_a_dealer_who_describes_all_cars_in_the_same_words_is_left_alone(shelf: Category) -> None:
    dealer = shop()
    for number in range(3):
        car = posted(
            f"Estate car number {number}", BICYCLE, vendor=dealer, category=shelf, price=(number + 1) * 1_000_00
        )
        show(car, scene(number))
    open_ones = [pair for pair in pairs() if pair[2] == "open"]
    assert open_ones == []


def test_copied_pictures_are_found_whatever_was_done_to_them(shelf: Category) -> None:
    first = posted("Cargo bicycle", BICYCLE, vendor=shop(), category=shelf)
    second = posted(
        "Great family bike", "Carries two children and the shopping, up every hill.", vendor=shop(), category=shelf
    )
    for number in range(3):
        show(first, scene(number), quality=90)
        show(second, copied(scene(number)), quality=40)
    (pair,) = Duplicate.objects.all()
    assert (pair.pictures_alike, pair.score, pair.words_score) == (3, 80, 0)
    assert pair.why() == "80 % alike, of another vendor: words 0 %, 3 pictures, the price."
    earlier, later = comparing.sides(pair)
    assert [each.is_shared for side in (earlier, later) for each in side.pictures] == [True] * 6


def test_plain_grounds_and_other_pictures_are_not_alike(shelf: Category) -> None:
    first, second = (
        posted(f"Thing {number}", f"Words of its own, {name}.", vendor=shop(), category=shelf)
        for number, name in enumerate(("the first of them all", "and the second one here"))
    )
    for number in range(4):
        show(first, scene(number))
        show(second, scene(number + 100))
        for row in (first, second):
            show(row, scene(0).resize((8, 8)).resize((640, 480)).point(lambda _value: 255))
    assert pairs() == []


def test_what_differs_in_a_number_of_its_title_is_another_thing(shelf: Category) -> None:
    words = "Five-hole alloy rims without bends or welds. Cleaned, balanced and ready to fit. Fitted while you wait in town."
    for inches in (14, 15, 16):
        posted(f"Alloy rims {inches} inch, set of four", words, vendor=shop(), category=shelf)
    assert pairs() == []
    posted("ALLOY rims 14 inch, set of four", words, vendor=shop(), category=shelf)
    assert len(pairs()) == 1


def test_a_picture_that_many_have_is_the_makers_and_says_nothing(shelf: Category) -> None:
    begun = "Sealed tablet with a cover and a pen, ten inches wide, charges in an hour and lasts for days."
    rows = [posted("Tablet with pen", f"{begun} {'Own words here. ' * number}{number} of mine", vendor=shop(), category=shelf)
            for number in range(6)]  # fmt: skip
    for row in rows:
        show(row, scene(7))
    assert max(Duplicate.objects.filter(listing=rows[-1]).values_list("pictures_alike", flat=True), default=0) == 0


def test_a_pair_called_different_is_never_raised_again(shelf: Category) -> None:
    first = posted("Cargo bicycle", BICYCLE, vendor=shop(), category=shelf)
    second = posted("Cargo bicycle", BICYCLE + " Red.", vendor=shop(), category=shelf)
    assert [code for code, _sentence in hints(second)] == ["duplicate_likely"]
    pair = Duplicate.objects.get()
    actions.mark_different(pair, by=MO)
    assert (hints(first), hints(second)) == ([], [])
    with writing_as_system():
        second.description = BICYCLE
        second.save()
    actions.compare([first.pk, second.pk], by=BY)
    assert pairs() == [(first.pk, second.pk, "different")]
    with pytest.raises(WrongState):
        actions.mark_different(pair.pk, by=MO)
    assert Duplicate.objects.get().judged_by == "Mo"


def test_a_pair_called_the_same_is_told_with_who_said_so(shelf: Category) -> None:
    first = posted("Cargo bicycle", BICYCLE, vendor=shop(), category=shelf)
    second = posted("Cargo bicycle", BICYCLE, vendor=shop(), category=shelf)
    actions.mark_same(Duplicate.objects.get(), by=MO)
    ((code, sentence),) = hints(second)
    assert code == "duplicate_said"
    assert sentence == f"Mo said that it is the same as “Cargo bicycle” of {first.vendor}."
    actions.mark_different(Duplicate.objects.get(), by=MO)
    assert pairs() == [(first.pk, second.pk, "different")]


def test_a_pair_that_is_no_longer_alike_goes_and_comes_back_when_it_is(shelf: Category) -> None:
    first = posted("Cargo bicycle", BICYCLE, vendor=shop(), category=shelf)
    second = posted("Cargo bicycle", BICYCLE, vendor=shop(), category=shelf)
    here = [(first.pk, second.pk, "open")]
    for words, expected in (("Something quite different, in a few words of my own now.", []), (BICYCLE, here)):
        with writing_as_system():
            second.description = words
            second.save()
        actions.compare([second.pk], by=BY)
        assert pairs() == expected
    catalogue.archive(first.pk, by=MO)
    actions.compare([first.pk], by=BY)
    assert pairs() == []
    assert not Band.objects.filter(listing=first).exists()


def test_only_moderators_judge_and_nobody_else_sees_them(shelf: Category) -> None:
    posted("Cargo bicycle", BICYCLE, vendor=shop(), category=shelf)
    posted("Cargo bicycle", BICYCLE, vendor=shop(), category=shelf)
    pair = Duplicate.objects.get()
    for actor in (Actor.anonymous, Actor(user_id=9, audience=OPERATIONS, grants=frozenset({"edit_listings"}))):
        with pytest.raises((Missing, Denied)):
            actions.mark_same(pair.pk, by=actor)
    assert Duplicate.objects.get().status == "open"


def test_comparing_again_what_has_not_changed_costs_three_queries_for_all(shelf: Category) -> None:
    keys = [posted(f"Thing {number}", BICYCLE, vendor=shop(), category=shelf).pk for number in range(5)]
    with CaptureQueriesContext(connection) as made:
        assert actions.compare(keys, by=BY) == 0
    assert len(made) == 3


def test_one_listing_costs_as_many_queries_however_many_others_there_are(shelf: Category) -> None:
    def spent(number: int) -> int:
        row = catalog.listing(
            title=f"Own {number}", description=f"{number} " * 40, status="pending", vendor=shop(), category=shelf
        )
        with CaptureQueriesContext(connection) as made:
            actions.compare([row.pk], by=BY)
        return len(made)

    few, vendor = spent(1), shop()
    for number in range(30):
        posted(
            f"Thing {number}",
            f"Number {number} of many things, {number} in words and {number} in deed.",
            vendor=vendor,
            category=shelf,
        )
    assert spent(2) == few


def test_bands_find_the_alike_among_many_without_reading_the_others(shelf: Category) -> None:
    vendor = shop()
    for number in range(60):
        posted(
            f"Thing {number}", " ".join(f"word{number}x{place}" for place in range(30)), vendor=vendor, category=shelf
        )
    first = posted("Cargo bicycle", BICYCLE, vendor=shop(), category=shelf)
    traits = queries.traits_of([first.pk])[first.pk]
    near = posted("Cargo bicycle", BICYCLE.replace("New tyres in March, ", ""), vendor=shop(), category=shelf)
    assert queries.candidates(near.pk, queries.bands_of(traits)) == [first.pk]


def test_the_job_compares_what_was_there_before(shelf: Category) -> None:
    rows = [
        catalog.listing(title="Cargo bicycle", description=BICYCLE, status="approved", vendor=shop(), category=shelf)
        for _ in range(3)
    ]
    catalog.listing(title="Cargo bicycle", description=BICYCLE, status="draft", vendor=shop(), category=shelf)
    call_command("duplicates", verbosity=0)
    assert (Sketch.objects.count(), len(pairs())) == (3, 3)
    assert {key for pair in pairs() for key in pair[:2]} == {row.pk for row in rows}


def test_what_both_say_is_marked_word_by_word() -> None:
    theirs = comparing.shingles(comparing.words_of("Stored in a dry cellar, never ridden"))
    said = comparing.pieces("It was STORED in a  dry cellar — and ridden daily", theirs)
    assert [(each.text, each.is_shared) for each in said] == [
        ("It was", False),
        ("STORED in a dry cellar", True),
        ("— and ridden daily", False),
    ]
