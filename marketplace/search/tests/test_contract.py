"""What every backend finds: the same hits in the same order. It runs on the database of the suite, SQLite or PostgreSQL, and again
with OpenSearch in front of it, which must answer everything that it can be asked.
"""

from collections.abc import Callable
from random import Random

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from core.audiences import OPERATIONS
from core.resources import searching
from core.resources.definitions import Kind
from core.rules import Actor, scope
from core.testing import writing_as_system
from marketplace.catalog.models import Listing
from marketplace.catalog.tests import factories
from marketplace.search import actions, entries
from marketplace.search.backends import VENDORS, Clause, Part, Zone
from marketplace.search.backends.postgresql import PostgreSQL
from marketplace.search.models import Entry
from marketplace.search.queries import ListingIndex, suggestions, tiers_of
from marketplace.search.tests.conftest import BY
from marketplace.search.text import Asked, asked_of, folded_title
from marketplace.vendors.models import Vendor

pytestmark = pytest.mark.django_db
Post = Callable[..., Listing]
STAFF = Actor(user_id=9, name="staff", audience=OPERATIONS, grants=frozenset({"moderate_listings"}))


@pytest.fixture(params=("database", "opensearch"), autouse=True)
def answering(request: pytest.FixtureRequest) -> str:
    """Who answers."""
    if request.param == "opensearch":
        request.getfixturevalue("opensearch")
    return request.param


def hits(text: str, actor: Actor = Actor.anonymous) -> list[str]:
    """The titles that a text finds, the best first; and that the tiers together are what the whole is, each row once."""
    rows = scope(actor, Listing)
    found = ListingIndex().find(text, rows)
    if found is None:
        return []
    titles = [row.title for tier in found.tiers for row in searching.first(rows.filter(tier), rows, 1_000)]
    assert sorted(titles) == sorted(rows.filter(found.whole).values_list("title", flat=True))
    assert searching.count(rows.filter(found.whole), 1_000) == len(titles)
    return titles


def meant(text: str) -> str:
    found = ListingIndex().find(text, scope(Actor.anonymous, Listing))
    return found.meant if found else ""


def test_the_best_comes_first_and_the_newest_of_what_is_alike(post: Post, acme: Vendor) -> None:
    toys = factories.category("Toyota", slug="toyota-parts")
    post("A cart", description="Drawn by a Toyota")
    post("Toyota Corolla")
    post("toyota")
    post("A wheel", category=toys)
    post("Old Toyota Hilux")
    assert hits("Toyota") == ["toyota", "Old Toyota Hilux", "Toyota Corolla", "A wheel", "A cart"]
    assert hits("toyota corolla") == ["Toyota Corolla"]
    assert hits("corolla toyota") == ["Toyota Corolla"]


def test_every_word_must_be_there_and_only_the_last_may_be_begun(post: Post) -> None:
    post("Red bicycle", description="with a basket")
    post("Red car")
    assert hits("red") == ["Red car", "Red bicycle"]
    assert hits("red bic") == ["Red bicycle"]
    assert hits("red basket") == ["Red bicycle"]
    assert hits("basket red") == ["Red bicycle"]
    assert hits("bic red") == []
    assert hits("red aeroplane") == []
    assert hits("r") == []


def test_accents_case_width_and_apostrophes_do_not_matter(post: Post) -> None:
    post("Café CRÈME de Žižkov")
    post("Omar's boat")
    post("አዲስ አበባ ቤት")
    for text in ("cafe creme", "CAFE Zizkov", "ｃａｆé"):
        assert hits(text) == ["Café CRÈME de Žižkov"]
    assert hits("omars") == hits("omar’s") == hits("OMAR'S BOAT") == ["Omar's boat"]
    assert hits("አበባ አዲስ") == ["አዲስ አበባ ቤት"]


def test_what_a_public_attribute_says_is_found_and_what_staff_keep_is_not(acme: Vendor, post: Post) -> None:
    cars = factories.cars()
    factories.attach(cars, factories.attribute("plate", Kind.TEXT), visibility="staff", is_filterable=False)
    post(
        "A car",
        category=cars,
        city="Mombasa",
        attributes={
            "make": "mazda",
            "year": 2012,
            "automatic": True,
            "plate": "KDA123",
            "features": ["abs", "sunroof"],
        },
    )
    for text in ("mazda", "2012", "automatic", "sunroof", "mombasa", "vehicles", "acme", "mazda 2012 acme"):
        assert hits(text) == ["A car"], text
    for text in ("KDA123", "toyota", "airbag"):
        assert hits(text, STAFF) == [], text


def test_only_what_the_actor_may_see_is_looked_through(post: Post) -> None:
    post("Hidden unicorn", status="draft")
    post("Shown unicorn")
    assert hits("unicorn") == ["Shown unicorn"]
    assert hits("unicorn", STAFF) == ["Shown unicorn", "Hidden unicorn"]


def test_a_misspelt_word_finds_what_was_meant_and_says_so(post: Post) -> None:
    for year in (2001, 2002):
        post(f"Toyota Corolla {year}")
    post("Mountain bicycle")
    assert (hits("toyta"), meant("toyta")) == (["Toyota Corolla 2002", "Toyota Corolla 2001"], "toyota")
    assert (hits("tooyta corola"), meant("tooyta corola")) == (
        ["Toyota Corolla 2002", "Toyota Corolla 2001"],
        "toyota corolla",
    )
    assert (hits("bycicle"), meant("mountian bycicle")) == (["Mountain bicycle"], "mountain bicycle")
    assert (hits("corolla 2003"), meant("corolla 2003")) == ([], "")
    assert (hits("mount"), meant("mount")) == (["Mountain bicycle"], "")


def test_what_is_written_comes_before_what_was_meant_and_enough_of_it_is_not_corrected(post: Post) -> None:
    post("Toyta sticker")
    for number in range(10):
        post(f"Toyota {number}")
    found = hits("toyta")
    assert (found[0], len(found), meant("toyta")) == ("Toyta sticker", 11, "toyota")
    post("Toyta badge")
    post("Toyta patch")
    assert (hits("toyta"), meant("toyta")) == (["Toyta patch", "Toyta badge", "Toyta sticker"], "")


def test_a_word_of_a_hidden_listing_is_never_offered(post: Post) -> None:
    post("Zanzibar secret", status="draft")
    post("Visible zebra")
    assert (meant("zanzibr"), suggestions(Actor.anonymous, "zan").queries) == ("", ())
    row = post("Zanzibar trip")
    assert (meant("zanzibr"), suggestions(Actor.anonymous, "zan").queries) == ("zanzibar", ("zanzibar",))
    with writing_as_system():
        Listing.objects.filter(pk=row.pk).update(status="paused")  # and nobody has heard of it yet
    assert (meant("zanzibr"), suggestions(Actor.anonymous, "zan").queries) == ("", ())


def test_suggestions_complete_the_last_word_and_show_titles(post: Post) -> None:
    post("Toyota Corolla")
    post("Toyota Corona")
    post("Mazda coupe")
    found = suggestions(Actor.anonymous, "toyota cor")
    assert (found.queries, [row.title for row in found.listings]) == (
        ("toyota corolla", "toyota corona"),
        ["Toyota Corona", "Toyota Corolla"],
    )
    assert suggestions(Actor.anonymous, "co").queries == ("corolla", "corona", "coupe")
    for nothing in ("", "c", "!!"):
        assert suggestions(Actor.anonymous, nothing).queries == ()


def test_a_search_asks_as_often_for_many_hits_as_for_one(post: Post) -> None:
    post("Lamp one")

    def asked(text: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            ListingIndex().find(text, scope(Actor.anonymous, Listing))
            suggestions(Actor.anonymous, text)
        return len(queries)

    few = asked("lamp")
    for number in range(30):
        post(f"Lamp {number}")
    assert asked("lamp") <= few <= 8


WORDS = ("ash", "birch", "cedar", "date", "elm", "fig", "gum", "holly", "ivy", "jasmine")


def test_random_queries_find_what_reading_every_listing_finds(post: Post) -> None:
    chance = Random(7)
    for number in range(60):
        title, body = " ".join(chance.choices(WORDS, k=3)), " ".join(chance.choices(WORDS, k=6))
        post(f"{title} {number}", description=body, city=chance.choice(WORDS))
    held = {entry.listing_id: entry for entry in Entry.objects.all()}

    def has(words: tuple[str, ...], text: str) -> bool:
        *whole, last = words
        known = text.split()
        return all(word in known for word in whole) and any(word.startswith(last) for word in known)

    for _ in range(60):
        words = [*chance.choices(WORDS, k=chance.choice((0, 1, 2))), chance.choice(WORDS)[: chance.choice((2, 3, 9))]]
        asked = asked_of(" ".join(words))
        expected: list[list[int]] = [[], [], [], []]
        for key, entry in sorted(held.items(), reverse=True):
            zones = (entry.title, f"{entry.title} {entry.facts}", f"{entry.title} {entry.facts} {entry.body}")
            tier = next((place for place, text in enumerate(zones) if has(asked.words, text)), None)
            if tier is not None:
                expected[0 if entry.title == str(asked) else tier + 1].append(key)
        found = [
            [row.pk for row in searching.first(Listing.objects.filter(tier), Listing.objects.all(), 1_000)]
            for tier in tiers_of((asked,), folded_title(" ".join(words)))
        ]
        assert found == expected, words


def test_both_backends_speak_of_the_same_words() -> None:
    clause = Clause(Part(Asked(("red", "ca")), Zone.FACTS), lacks=Part(Asked(("red", "ca"), begun=False), Zone.TITLE))
    assert VENDORS["sqlite"].query((clause,)) == (
        '(({title facts} : ("red" AND "ca" *)) NOT ({title} : ("red" AND "ca")))'
    )
    assert VENDORS["postgresql"].query((clause,)) == "(('fred' & 'fca':*) & !('tred' & 'tca'))"


def test_only_of_words_that_are_frequent_for_certain_the_planner_may_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere it would read listing after listing for a page of a rare word."""
    postgresql = PostgreSQL()
    shares = {"ttoyota": 0.1, "ftoyota": 0.105, "fnairobi": 0.4}
    monkeypatch.setattr(postgresql, "_share", lambda lexeme: shares.get(lexeme, 0.0))
    toyota, nairobi = asked_of("toyota"), asked_of("nairobi")

    def is_fenced(*clauses: Clause) -> bool:
        return "OFFSET 0" in postgresql.condition("id", clauses, but_titled=True)

    assert not is_fenced(Clause(Part(toyota, Zone.TITLE)))
    assert not is_fenced(Clause(Part(nairobi, Zone.FACTS), lacks=Part(nairobi, Zone.TITLE)))
    assert is_fenced(Clause(Part(toyota, Zone.FACTS), lacks=Part(toyota, Zone.TITLE)))  # hardly any are left
    assert is_fenced(Clause(Part(toyota, Zone.ALL), lacks=Part(nairobi, Zone.FACTS)))
    assert is_fenced(Clause(Part(asked_of("toyota nairobi"), Zone.FACTS)))
    assert is_fenced(Clause(Part(asked_of("rare"))))


def test_an_entry_written_again_changes_nothing(post: Post) -> None:
    row = post("Same again")
    told = [*entries.FIELDS, "listing_id", "indexed_at", "is_gone"]
    before = list(Entry.objects.values(*told))
    assert actions.index([row.pk], by=BY) == 0
    assert list(Entry.objects.values(*told)) == before
    assert Entry.objects.filter(Q(listing=row.pk, listing_version=row.version, is_shown=True)).count() == 1
    assert entries.of_listings([row.pk])[row.pk].title == "same again"
