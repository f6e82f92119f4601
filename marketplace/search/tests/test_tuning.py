"""What staff say of words holds at once: synonyms, stop words and pins, in the order of hits and on every page."""

from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import timezone as tz
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.errors import DomainError, Duplicate, Invalid
from core.resources import operations, searching
from core.rules import Actor, scope
from marketplace.catalog.models import Listing
from marketplace.catalog.tests import factories
from marketplace.search import actions, tuning
from marketplace.search.models import PinnedResult, StopWord, Synonym, TuningStamp
from marketplace.search.queries import ListingIndex
from marketplace.search.resources import PinnedResults, StopWords, Synonyms
from marketplace.search.text import Asked

pytestmark = pytest.mark.django_db
Post = Callable[..., Listing]
SYSTEM = Actor.system("test")


def synonym(words: str, means: str = "", category: Any = None) -> Synonym:
    return operations.create(Synonyms, {"words": words, "means": means, "category": category}, by=SYSTEM)


def stop(*words: str) -> None:
    for word in words:
        operations.create(StopWords, {"word": word}, by=SYSTEM)


def pin(query: str, listing: Listing, **values: Any) -> PinnedResult:
    return operations.create(PinnedResults, {"query": query, "listing": listing.pk, **values}, by=SYSTEM)


def hits(text: str, place: Any = None) -> list[str]:
    """The titles on all pages of two; and that they are each row of the whole, once, backwards as forwards."""
    rows = scope(Actor.anonymous, Listing)
    found = ListingIndex().find(text, rows, place)
    if found is None:
        return []
    titles, cursor, last = [], None, None
    while True:
        page = searching.turn(rows, found, cursor=cursor, limit=2, about="test")
        titles += [row.title for row in page.rows]
        if page.next is None:
            break
        cursor, last = page.next, page
    assert sorted(titles) == sorted(rows.filter(found.whole).values_list("title", flat=True))
    back, cursor = [row.title for row in page.rows], page.prev
    while last is not None and cursor is not None:
        before = searching.turn(rows, found, cursor=cursor, limit=2, about="test")
        back = [row.title for row in before.rows] + back
        cursor = before.prev
    assert back == titles
    return titles


def test_a_group_of_synonyms_is_found_by_each_of_its_words(post: Post) -> None:
    post("Smartphone for sale")
    post("Red mobile phone")
    post("Green mobile")
    assert hits("mobile phone") == ["Red mobile phone"]
    synonym("Mobile Phone, smartphone, handset")
    for text in ("smartphone", "mobile phone", "handset", "HANDSET"):
        assert hits(text) == ["Red mobile phone", "Smartphone for sale"], text
    assert hits("red handset") == ["Red mobile phone"]
    assert hits("mobile") == ["Green mobile", "Red mobile phone"]


def test_a_synonym_of_one_way_does_not_hold_the_other_way(post: Post) -> None:
    post("Sofa")
    post("Furniture of all kinds")
    synonym("furniture", means="sofa, arm chair")
    assert hits("furniture") == ["Furniture of all kinds", "Sofa"]
    assert hits("sofa") == ["Sofa"]


def test_the_tiers_stay_apart_where_words_have_synonyms(post: Post) -> None:
    shelf = factories.category("Sofas", slug="sofas")
    post("A chair", description="goes with a couch")
    post("A cushion", category=shelf)
    post("couch")
    post("Old settee")
    post("A sofa that is a couch", category=shelf)
    synonym("sofa, couch, settee")
    synonym("sofas, sofa")
    assert hits("couch") == ["couch", "A sofa that is a couch", "Old settee", "A chair"]
    assert hits("sofas")[:2] == ["A sofa that is a couch", "A cushion"]


def test_what_a_synonym_stands_for_is_whole_and_what_is_typed_may_be_begun(post: Post) -> None:
    post("Carpet")
    post("Automobile")
    synonym("auto, car")
    assert hits("auto") == ["Automobile"]
    post("Red car")
    assert hits("auto") == ["Red car", "Automobile"]


def test_a_synonym_of_a_category_holds_there_and_below_and_nowhere_else(post: Post) -> None:
    cars = factories.cars()
    post("A big cat", category=cars)
    synonym("jaguar", means="big cat", category=cars.parent_id)
    assert hits("jaguar") == []
    assert hits("jaguar", "things") == []
    assert hits("jaguar", cars.slug) == hits("jaguar", str(cars.parent_id)) == ["A big cat"]


def test_stop_words_are_passed_over_unless_there_is_nothing_else(post: Post) -> None:
    post("Lamp of brass")
    post("The The, a record")
    post("Bed and breakfast")
    assert hits("the lamp") == []
    stop("the", "and", "of", "for")
    assert hits("the lamp") == hits("lamp of the brass") == hits("lamp for") == ["Lamp of brass"]
    assert hits("the") == ["The The, a record"]
    synonym("bed and breakfast, guesthouse")
    assert hits("guesthouse") == ["Bed and breakfast"]


def test_the_word_before_a_stop_word_is_written_to_its_end(post: Post) -> None:
    post("Lampshade")
    stop("for")
    assert hits("lamp") == ["Lampshade"]
    assert hits("lamp for") == []


def test_pins_come_first_in_their_order_and_never_twice(post: Post) -> None:
    rows = [post(f"Lamp {number}") for number in range(5)]
    odd = post("A chandelier")
    usual = hits("lamp")
    pin("Lamp", rows[1], position=2)
    pin("LAMP", odd, position=1)
    assert hits("lamp") == ["A chandelier", "Lamp 1", *[each for each in usual if each != "Lamp 1"]]
    assert hits("lamp 3") == ["Lamp 3"]


def test_a_pin_that_may_not_be_seen_or_does_not_fit_is_not_shown(post: Post) -> None:
    hidden, shown = post("Hidden lamp", status="draft"), post("Shown lamp")
    pin("lamp", hidden, position=0)
    pin("lamp", shown, position=1)
    assert hits("lamp") == ["Shown lamp"]
    rows = scope(Actor.anonymous, Listing).exclude(pk=shown.pk)
    found = ListingIndex().find("lamp", rows)
    assert found is not None
    assert not rows.filter(found.whole).exists()


def test_a_pin_holds_from_its_day_until_its_end_and_in_its_category(post: Post) -> None:
    cars = factories.cars()
    first, _second = post("Boat one"), post("Boat two", category=cars)
    now = timezone.now()
    held = pin("boat", first, ends_at=now + timedelta(hours=1))
    assert hits("boat") == ["Boat one", "Boat two"]
    operations.update(held, {"starts_at": now + timedelta(minutes=30)}, by=SYSTEM)
    assert hits("boat") == ["Boat two", "Boat one"]
    operations.update(held, {"starts_at": None, "ends_at": now - timedelta(hours=1)}, by=SYSTEM)
    assert hits("boat") == ["Boat two", "Boat one"]
    operations.update(held, {"ends_at": None, "category": cars.pk}, by=SYSTEM)
    assert hits("boat") == ["Boat two", "Boat one"]
    assert hits("boat", cars.slug) == ["Boat one", "Boat two"]


def test_answers_that_were_kept_go_when_a_pin_begins_or_ends(post: Post) -> None:
    now = timezone.now()
    pin("boat", post("Boat"), starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(minutes=1))
    before = tuning.stamp()
    assert actions.turn_pins(now - timedelta(seconds=30), by=SYSTEM, until=now) == 0
    assert tuning.stamp() == before
    assert actions.turn_pins(now - timedelta(minutes=5), by=SYSTEM, until=now) == 1
    assert actions.turn_pins(now, by=SYSTEM, until=now + timedelta(minutes=5)) == 1
    assert tuning.stamp() != before


def test_a_change_holds_at_once_and_its_end_too(post: Post) -> None:
    post("Sofa")
    made = synonym("sofa, couch")
    key = made.pk
    assert hits("couch") == ["Sofa"]
    operations.update(made, {"words": "sofa, settee"}, by=SYSTEM)
    assert (hits("couch"), hits("settee")) == ([], ["Sofa"])
    operations.delete(made, by=SYSTEM)
    assert hits("settee") == []
    assert Synonym.history.filter(id=key).count() == 3


def test_a_word_that_has_a_synonym_is_not_corrected(post: Post) -> None:
    for number in range(12):
        post(f"Mazda {number}")
    post("Automobile")
    synonym("mazdo, automobile")
    found = ListingIndex().find("mazdo", scope(Actor.anonymous, Listing))
    assert found is not None
    assert (found.meant, hits("mazdo")) == ("", ["Automobile"])


def test_corrected_words_have_synonyms_too(post: Post) -> None:
    for number in range(3):
        post(f"Bicycle {number}")
    post("Velo")
    synonym("bicycle, velo")
    assert hits("bycicle") == ["Velo", "Bicycle 2", "Bicycle 1", "Bicycle 0"]


def test_so_many_synonyms_as_may_be_are_asked_and_no_more(post: Post) -> None:
    post("n b")
    letters = "abcdefgh"
    for letter in letters:
        synonym(f"{letter}, {letter}x, {letter}y")
    heard = tuning.hear(" ".join(letters))
    assert (len(heard.variants), heard.is_cut) == (tuning.MOST_VARIANTS, True)
    assert heard.variants[0] == heard.asked == Asked(tuple(letters), begun=False)
    assert hits(" ".join(letters)) == []


@pytest.mark.parametrize(
    ("words", "means", "where"),
    [
        ("sofa", "", "/words"),
        ("!!!", "", "/words"),
        ("sofa, SOFA", "", "/words"),
        ("sofa", "sofa", "/means"),
        ("a b c d e, f", "", "/words"),
        (", ".join(f"w{n}" for n in range(13)), "", "/words"),
    ],
)
def test_what_is_no_synonym_is_refused_at_its_field(words: str, means: str, where: str, db: None) -> None:
    with pytest.raises(Invalid) as refusal:
        synonym(words, means)
    assert {each.pointer for each in refusal.value.errors} == {where}
    assert not Synonym.objects.exists()


def test_the_same_twice_and_what_cannot_be_are_refused(post: Post) -> None:
    row = post("Lamp")
    synonym("sofa, couch")
    stop("the")
    pin("lamp", row)
    for again in (lambda: synonym("Sofa,  Couch"), lambda: stop("THE"), lambda: pin("LAMP", row)):
        with pytest.raises(Duplicate):
            again()
    now = timezone.now()
    for odd in (
        lambda: stop("two words"),
        lambda: stop("?"),
        lambda: pin("?", row),
        lambda: pin("boat", row, starts_at=now, ends_at=now),
    ):
        with pytest.raises(DomainError) as refusal:
            odd()
        assert refusal.value.status in (409, 422)
    assert (Synonym.objects.count(), StopWord.objects.count(), PinnedResult.objects.count()) == (1, 1, 1)


def test_a_search_asks_the_database_as_often_with_synonyms_as_without(post: Post) -> None:
    for number in range(6):
        post(f"Lamp {number}")

    def asked() -> int:
        rows = scope(Actor.anonymous, Listing)
        with CaptureQueriesContext(connection) as queries:
            found = ListingIndex().find("lamp", rows)
            assert found is not None
            searching.turn(rows, found, cursor=None, limit=3, about="test")
        return len(queries)

    few = asked()
    synonym("lamp, light")
    stop("the")
    asked()
    assert asked() == few
    assert TuningStamp.objects.count() == 1


def test_a_moment_that_no_calendar_has_is_refused(post: Any) -> None:
    """In UTC it is of the year 10000: PostgreSQL would keep it, and nobody could read it again."""
    late = datetime(9999, 12, 31, 23, 59, tzinfo=tz(timedelta(hours=-5)))
    with pytest.raises(Invalid):
        pin("boat", post("Boat"), ends_at=late)
