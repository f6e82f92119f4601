"""Vendors near a point, over HTTP: as many, as far and in the order that reading every vendor finds."""

from math import asin, cos, radians, sin, sqrt
from random import Random
from typing import Any

import pytest

from core import globe
from core.testing import writing_as_system
from marketplace.cast import Api, Person
from marketplace.vendors.models import Vendor
from marketplace.vendors.tests.factories import make_vendor

pytestmark = pytest.mark.django_db
CIRCLES = 60


def haversine(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two points, written once more and plainly."""
    (lat, lng), (to_lat, to_lng) = [[radians(each) for each in point] for point in (one, other)]
    part = sin((to_lat - lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin((to_lng - lng) / 2) ** 2
    return 2 * globe.EARTH * asin(sqrt(min(1.0, part)))


def walked(api: Api, query: dict[str, Any]) -> list[dict[str, Any]]:
    """Every page of an answer, one after the other."""
    found: list[dict[str, Any]] = []
    while True:
        answer = api.get("/vendors", query)
        assert answer.status_code == 200, answer.content
        page = answer.json()
        found += page["items"]
        if page["next"] is None:
            return found
        query = {**query, "cursor": page["next"]}


@pytest.fixture
def shops(db: None) -> dict[int, tuple[float, float]]:
    """Verified vendors around Nairobi, along the date line, at the poles and anywhere, by key; some have no place, some wait."""
    chance, rows = Random(4), []
    for number in range(400):
        lat, lng = (
            (chance.gauss(-1.28, 0.4), chance.gauss(36.82, 0.4)),
            (chance.uniform(-80, 80), chance.choice((-1, 1)) * (180 - chance.expovariate(2.0))),
            (chance.choice((-1, 1)) * (90 - min(60.0, chance.expovariate(1.0))), chance.uniform(-180, 180)),
            (chance.uniform(-90, 90), chance.uniform(-180, 180)),
        )[number % 4]
        said: dict[str, Any] = {"name": f"Shop {number}", "slug": f"shop-{number}", "status": "verified"}
        if number % 20 == 7:
            lat, lng = None, None  # type: ignore[assignment]
        elif number % 20 == 9:
            said["status"] = "pending"
        rows.append(Vendor(**said, latitude=lat, longitude=lng))
    with writing_as_system():
        Vendor.objects.bulk_create(rows)
    return {
        row.pk: (row.latitude, row.longitude) for row in rows if row.status == "verified" and row.latitude is not None
    }  # type: ignore[misc]


def test_circles_of_vendors_hold_what_reading_every_vendor_finds(
    shops: dict[int, tuple[float, float]], nobody: Person
) -> None:
    chance, known, compared = Random(41), list(shops.values()), 0
    for _ in range(CIRCLES):
        lat, lng = chance.choice(known)
        point = max(-90.0, min(90.0, lat + chance.gauss(0, 0.2))), (lng + chance.gauss(0, 0.2) + 540) % 360 - 180
        radius = chance.choice((5, 50, 50, 500, 5_000))
        far = {key: haversine(point, place) for key, place in shops.items()}
        expected = {key for key, distance in far.items() if distance <= radius}
        query = {"lat": point[0], "lng": point[1], "radius": radius, "order": "distance", "limit": 100}
        found = walked(nobody.api(), query)
        assert [each["id"] for each in found] == sorted(expected, key=lambda key: (round(far[key], 3), key)), query
        assert all(abs(each["distance"] - far[each["id"]]) <= 0.000_501 for each in found), query
        compared += len(found)
    assert compared > 2_000


def test_half_a_point_and_a_distance_from_nowhere_are_refused(nobody: Person) -> None:
    for query in ({"lat": "1"}, {"radius": "5"}, {"order": "distance"}, {"lat": "91", "lng": "0"}, {"bbox": "1,3,2,2"}):
        answer = nobody.api().get("/vendors", query)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), query


def test_a_vendor_that_says_where_it_is_is_found_there(owner: Person, rival: Person, nobody: Person) -> None:
    assert owner.vendor is not None
    mine, here = owner.api("vendor"), {"lat": -4.05, "lng": 39.67, "radius": 3}
    assert nobody.api().get("/vendors", here).json()["items"] == []
    half = mine.patch(f"/vendors/{owner.vendor.pk}", {"latitude": -4.05}, if_match=f'"{owner.vendor.version}"')
    assert half.status_code == 422, half.content
    place = {"latitude": -4.05, "longitude": 39.68}
    theirs = rival.api("vendor").patch(f"/vendors/{owner.vendor.pk}", place, if_match=f'"{owner.vendor.version}"')
    assert theirs.status_code == 404
    done = mine.patch(f"/vendors/{owner.vendor.pk}", place, if_match=f'"{owner.vendor.version}"')
    assert done.status_code == 200, done.content
    found = nobody.api().get("/vendors", here).json()["items"]
    assert [(each["id"], each["distance"]) for each in found] == [(owner.vendor.pk, 1.109)]
    with writing_as_system():
        hidden = make_vendor(status="suspended", latitude=-4.05, longitude=39.67)
    assert hidden.pk not in [each["id"] for each in nobody.api().get("/vendors", here).json()["items"]]
