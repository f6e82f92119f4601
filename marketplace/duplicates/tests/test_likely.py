"""How often the sums are wrong: over the texts of the demo market, and over real vehicles where they are at hand."""

import csv
import os
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from django.conf import settings

from marketplace.demo import shipped
from marketplace.duplicates.sketches import Likeness, Traits, likeness, shingles, text_bands
from marketplace.search.text import words_of


def traits(title: str, description: str, vendor: int = 1) -> Traits:
    numbers = tuple(sorted({each for each in words_of(title) if any(map(str.isdigit, each))}))
    return Traits((*words_of(title), *words_of(description)), numbers, (), None, vendor)


def candidates(texts: dict[int, Traits]) -> set[tuple[int, int]]:
    """The pairs that share a band."""
    standing: dict[int, list[int]] = defaultdict(list)
    for key, each in texts.items():
        for band in text_bands(shingles(each.words)):
            standing[band].append(key)
    return {pair for keys in standing.values() for pair in combinations(sorted(keys), 2)}


def shown(texts: dict[int, Traits], pairs: set[tuple[int, int]]) -> dict[tuple[int, int], Likeness]:
    found = {pair: likeness(texts[pair[0]], texts[pair[1]]) for pair in pairs}
    return {pair: each for pair, each in found.items() if each.score >= settings.DUPLICATE_PERCENT}


@pytest.fixture(scope="module")
def demo() -> dict[int, Traits]:
    """Every text of the demo market: a thousand goods described in the few ways in which dealers do it."""
    rows = [row for some in shipped.goods().values() for row in some]
    return {key: traits(row["title"], row.get("description", ""), key) for key, row in enumerate(rows)}


def test_few_of_the_demo_markets_pairs_are_shown_and_those_say_nearly_the_same(demo: dict[int, Traits]) -> None:
    found = shown(demo, candidates(demo))
    strange = [pair for pair in found if demo[pair[0]].words[:2] != demo[pair[1]].words[:2]]
    every = len(demo) * (len(demo) - 1) // 2
    sys.stdout.write(
        f"{len(demo)} texts, {every:,} pairs: {len(found)} shown, {len(strange)} of them of another name\n"
    )
    assert len(found) < every / 5_000
    assert len(strange) < every / 20_000
    assert all(each.words >= 70 for each in found.values())


def test_edited_copies_are_found_and_bands_lose_next_to_none_of_them(demo: dict[int, Traits]) -> None:
    """Each text with a word in fifteen replaced, and with a sentence put behind it: what people do who post again."""
    chance, told, lost, below = Random(1), 0, 0, 0
    long = [each for each in demo.values() if len(each.words) >= 20]
    for original in long:
        title, rest = original.words[:4], list(original.words[4:])
        for place in chance.sample(range(len(rest)), max(1, len(rest) // 15)):
            rest[place] = "otherwise"
        copy = Traits((*title, *rest, "call", "any", "time"), original.numbers, (), None, 0)
        one, other = (set(text_bands(shingles(each.words))) for each in (original, copy))
        if likeness(original, copy).score < settings.DUPLICATE_PERCENT:
            below += 1
        else:
            told += 1
            lost += not one & other
    sys.stdout.write(f"{len(long)} copies: {told} alike, {below} too different, {lost} of those alike share no band\n")
    assert told > len(long) * 0.3
    assert lost <= told * 0.02


@pytest.mark.realdata
def test_of_real_vehicles_only_the_very_same_are_shown() -> None:
    """Cars that differ in year, engine or gears are other cars, though their descriptions are made of the same few words."""
    with (Path(os.environ["REAL_DATA"]) / "vehicles.csv").open(newline="") as file:
        rows = Random(1).sample(list(csv.DictReader(file)), 6_000)
    texts = {}
    for key, row in enumerate(rows):
        words = (
            f"{row['class']} with {row['drive']}, {row['trans']}, {row['cyl']} cylinders of {row['displ']} litres, "
            f"takes {row['fuel']}, {row['hwy']} on the highway and {row['cty']} in the city"
        )
        texts[key] = traits(f"{row['make']} {row['model']} {row['year']}", words, key)
    found = shown(texts, candidates(texts))
    other = [
        pair
        for pair in found
        if len({tuple(rows[key][name] for name in ("make", "model", "year")) for key in pair}) > 1
    ]
    every = len(texts) * (len(texts) - 1) // 2
    sys.stdout.write(
        f"{len(texts)} vehicles, {every:,} pairs: {len(found)} shown, {len(other)} of them another make, model or year\n"
    )
    assert len(other) < every / 5_000
