"""The nearest first, page by page: as a calculation over all listings says it, also where the index of points is no guide."""

from math import asin, cos, radians, sin, sqrt
from random import Random

import pytest

from core.audiences import STOREFRONT
from core.globe import EARTH
from core.resources import places
from marketplace.cast import Api
from marketplace.catalog.models import Listing
from marketplace.demo.growing import grow

pytestmark = pytest.mark.django_db
COUNT = 700


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    (a, b), (c, d) = one, other
    part = sin(radians(c - a) / 2) ** 2 + cos(radians(a)) * cos(radians(c)) * sin(radians(d - b) / 2) ** 2
    return 2 * EARTH * asin(sqrt(min(1.0, part)))


@pytest.fixture
def scattered() -> list[Listing]:
    """Everywhere; a third of them by the date line, a third round a pole, a third in one town."""
    grow(COUNT)
    chance, rows = Random(7), list(Listing.objects.order_by("pk"))
    for number, row in enumerate(rows):
        kind = number % 3
        if kind == 0:
            row.latitude, row.longitude = (
                chance.uniform(-5, 5),
                chance.choice((chance.uniform(178, 180), chance.uniform(-180, -178))),
            )
        elif kind == 1:
            row.latitude, row.longitude = chance.uniform(86, 90), chance.uniform(-180, 180)
        else:
            row.latitude, row.longitude = 60 + chance.gauss(0, 0.2), 25 + chance.gauss(0, 0.4)
    Listing.objects.bulk_update(rows, ["latitude", "longitude"])
    return rows


@pytest.mark.parametrize(
    ("point", "radius"),
    [
        ((0.0, 179.9), 900.0),
        ((0.0, -179.9), 900.0),
        ((89.5, 10.0), 600.0),
        ((60.0, 25.0), 60.0),
        ((60.0, 25.0), 20_000.0),
    ],
)
def test_pages_outwards_are_those_of_a_calculation(
    scattered: list[Listing], point: tuple[float, float], radius: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "PROBES", (60, 200))  # so few that some pages find enough by the index and some do not
    stranger = Api(STOREFRONT)
    asked = {"lat": str(point[0]), "lng": str(point[1]), "radius": str(radius), "order": "distance", "limit": "20"}
    found, cursor = [], None
    while cursor is not None or not found:
        page = stranger.get("/listings", asked | ({"cursor": cursor} if cursor else {})).json()
        found += [(round(each["distance"] * 1000), each["id"]) for each in page["items"]]
        cursor = page["next"]
    expected = sorted(
        (int(away * 1000 + 0.5), row.pk)
        for row in scattered
        if row.status == "approved" and (away := kilometres((row.latitude or 0, row.longitude or 0), point)) <= radius
    )
    assert len(expected) > 100
    assert [key for _away, key in found] == [key for _away, key in expected]
    assert all(abs(a[0] - b[0]) <= 1 for a, b in zip(found, expected, strict=True))


def test_the_same_distance_is_paged_without_loss() -> None:
    grow(120)
    Listing.objects.update(latitude=1.0, longitude=1.0)
    stranger, found, cursor = Api(STOREFRONT), [], None
    asked = {"lat": "1.1", "lng": "1.1", "order": "distance", "limit": "10"}
    while cursor is not None or not found:
        page = stranger.get("/listings", asked | ({"cursor": cursor} if cursor else {})).json()
        found += [each["id"] for each in page["items"]]
        cursor = page["next"]
    assert found == list(Listing.objects.filter(status="approved").order_by("pk").values_list("pk", flat=True))
