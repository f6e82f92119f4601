"""Real places: 144,563 of them, and 200 circles around points anywhere, compared with reading every place."""

import csv
import os
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core import globe
from core.resources import parameters, places, reading
from core.rules import Actor
from core.testing import writing_as_system
from marketplace.cast import Answering, Person
from marketplace.catalog.models import Listing
from marketplace.catalog.resources import Listings
from marketplace.catalog.tests import factories
from marketplace.search import flows
from marketplace.search.mirror import mirror
from marketplace.search.models import Entry

pytestmark = [pytest.mark.realdata, pytest.mark.django_db]
QUERIES = 200
CIRCLES = 20
SELDOM = 7


def haversine(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two points, written once more and plainly."""
    (lat, lng), (to_lat, to_lng) = [[radians(each) for each in point] for point in (one, other)]
    part = sin((to_lat - lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin((to_lng - lng) / 2) ** 2
    return 2 * globe.EARTH * asin(sqrt(min(1.0, part)))


@pytest.fixture
def points(owner: Person) -> dict[int, tuple[float, float]]:
    """A listing on show at each place, and some at the line and at the poles, by key."""
    return shown_at(owner)


@pytest.fixture
def some_points(owner: Person) -> dict[int, tuple[float, float]]:
    """The same at every seventh place: enough for an engine that is told of each by a document."""
    return shown_at(owner, every=SELDOM)


def shown_at(owner: Person, *, every: int = 1) -> dict[int, tuple[float, float]]:
    with (Path(os.environ["REAL_DATA"]) / "places.csv").open(newline="") as file:
        read = [(float(row["lat"]), float(row["lon"])) for row in csv.DictReader(file)]
    assert len(read) == 144_563
    read = read[::every]
    chance = Random(1)
    for _ in range(2_000):
        read.append((chance.uniform(-90, 90), chance.choice((-1, 1)) * (180 - chance.expovariate(1.0))))
        read.append((chance.choice((-1, 1)) * (90 - chance.expovariate(1.0)), chance.uniform(-180, 180)))
    shelf = factories.category("Places", slug="places")
    common = {"vendor": owner.vendor, "category": shelf, "status": "approved", "title": "Here", "tokens": []}
    with writing_as_system():
        rows = [
            Listing(**common, latitude=lat, longitude=lng, slug=f"here-{number}", handle=f"h{number}")
            for number, (lat, lng) in enumerate(read)
        ]
        Listing.objects.bulk_create(rows, batch_size=2_000)
    return {row.pk: point for row, point in zip(rows, read, strict=True)}


def asked_of(chance: Random, points: list[tuple[float, float]]) -> places.Around:
    """A point near a place or anywhere, with a radius of a village or of a continent."""
    lat, lng = chance.choice(points) if chance.random() < 0.7 else (chance.uniform(-90, 90), chance.uniform(-180, 180))
    lat = max(-90.0, min(90.0, lat + chance.gauss(0, 0.2)))
    lng = (lng + chance.gauss(0, 0.2) + 540) % 360 - 180
    return places.Around(lat, lng, chance.choice((0.5, 5, 50, 50, 50, 200, 1_000, 5_000)))


def test_two_hundred_circles_hold_what_reading_every_place_finds(points: dict[int, tuple[float, float]]) -> None:
    chance, known, compared = Random(20261121), list(points.values()), 0
    for _ in range(QUERIES):
        around = asked_of(chance, known)
        far = {key: haversine((around.lat, around.lng), point) for key, point in points.items()}
        expected = {key for key, distance in far.items() if distance <= around.radius}
        values: dict[str, Any] = {"lat": around.lat, "lng": around.lng, "radius": around.radius}
        wanted = reading.wanted(Listings, Actor.anonymous, parameters.Asked(values, {}))
        rows = wanted.rows.annotate(metres=places.metres(Listings, around)).values_list("pk", "metres")
        found = dict(rows)
        assert set(found) == expected, around
        assert all(abs(found[key] - far[key] * 1000) <= 0.5001 for key in found), around
        nearest = list(rows.order_by("metres", "pk").values_list("pk", flat=True)[:50])
        assert nearest == sorted(found, key=lambda key: (found[key], key))[:50]
        compared += len(found)
    assert compared > 100_000


def test_opensearch_draws_the_same_circles(
    some_points: dict[int, tuple[float, float]], opensearch: Answering, settings: Any
) -> None:
    settings.OPENSEARCH_SECONDS = 30
    entries = [Entry(listing_id=key, title="here", is_shown=True, revision=1) for key in some_points]
    Entry.objects.bulk_create(entries, batch_size=2_000)
    while flows.send():
        pass
    chance, known, counted, left = Random(21112026), list(some_points.values()), 0, 0
    for _ in range(CIRCLES):
        around = asked_of(chance, known)
        far = (haversine((around.lat, around.lng), point) for point in some_points.values())
        expected = sum(distance <= around.radius for distance in far)
        values: dict[str, Any] = {"lat": around.lat, "lng": around.lng, "radius": around.radius}
        rows = reading.wanted(Listings, Actor.anonymous, parameters.Asked(values, {})).rows
        told = mirror.count(rows)
        if told is None:  # too many stand at its edge to be looked at one by one
            assert {each.split(":")[0] for each in opensearch.taken()} == {"untold"}
            assert expected > 10_000 / SELDOM
            left += 1
        else:
            assert told == expected, around
            counted += told
    assert counted > 500
    assert left < CIRCLES / 2
