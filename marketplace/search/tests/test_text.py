"""Folding, splitting and likeness of words."""

import pytest

from marketplace.search.text import asked_of, distance, folded, folded_title, may_differ_by, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Toyota Corolla 2015", ["toyota", "corolla", "2015"]),
        ("CAFÉ crème, Žižkov", ["cafe", "creme", "zizkov"]),
        ("Straße Ⅳ ﬁne", ["strasse", "iv", "fine"]),
        ("Omar's & O’Neill", ["omars", "oneill"]),
        ("T-shirt 2.0 (new)", ["t", "shirt", "2", "0", "new"]),
        ("አዲስ አበባ", ["አዲስ", "አበባ"]),
        ("كِتَاب", ["كتاب"]),
        ("東京 ＮＹＣ", ["東京", "nyc"]),
        ("!!! --- ***", []),
        ("x" * 50, ["x" * 40]),
    ],
)
def test_words_are_folded_alike_wherever_they_come_from(text: str, words: list[str]) -> None:
    assert words_of(text) == words
    assert words_of(text.upper()) == words


def test_a_text_keeps_each_word_once_and_a_title_its_order() -> None:
    assert folded("Red car", "red bicycle") == "red car bicycle"
    assert folded_title("New York, New York") == "new york new york"
    assert len(folded_title("ﷺ" * 120)) <= 500


def test_a_query_has_eight_distinct_words_and_its_last_one_may_be_begun() -> None:
    asked = asked_of("a b c d e f g h i j")
    assert asked.words == tuple("abcdefgh")
    assert (asked.begun, asked_of("red ca").begun) == (False, True)
    assert not asked_of(" ?! ")
    assert str(asked_of("Red  RED Cár")) == "red car"


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [("pixel", "pixel", 0), ("pxiel", "pixel", 1), ("pixl", "pixel", 1), ("pixxel", "pixel", 1), ("pizel", "pixel", 1),
     ("corola", "toyota", 3), ("bycicle", "bicycle", 2), ("motorcyle", "motorcycle", 1), ("abc", "abcdefgh", 3)],
)  # fmt: skip
def test_the_distance_counts_wrong_missing_needless_and_swapped_letters(one: str, other: str, found: int) -> None:
    assert distance(one, other, 2) == found
    assert distance(other, one, 2) == found


def test_short_words_and_numbers_are_not_corrected() -> None:
    assert [may_differ_by(word) for word in ("car", "2015", "px9x", "cars", "bicycles")] == [0, 0, 0, 1, 2]
