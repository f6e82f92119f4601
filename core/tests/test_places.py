"""Near a point and inside a box: the bounds of a circle hold it, also across the date line and over the poles."""

from math import asin, atan2, cos, degrees, radians, sin, sqrt
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import globe
from core.errors import Invalid
from core.resources import places

HERE = SimpleNamespace(place=("lat", "lng"))


def haversine(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two points, written once more and plainly."""
    (lat, lng), (to_lat, to_lng) = [[radians(each) for each in point] for point in (one, other)]
    part = sin((to_lat - lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin((to_lng - lng) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(min(1.0, part)))


def holds(condition: Any, lat: float, lng: float) -> bool:
    """Does a condition on `lat` and `lng` hold of a point?"""
    if isinstance(condition, tuple):
        name, bound = condition
        value = lat if name.startswith("lat") else lng
        return value >= bound if name.endswith("gte") else value <= bound
    found = [holds(each, lat, lng) for each in condition.children]
    return any(found) if condition.connector == "OR" else all(found)


lats, lngs = st.floats(-90, 90), st.floats(-180, 180)


@settings(max_examples=400, deadline=None)
@given(lats, lngs, st.floats(0.01, 20_038), st.floats(0, 1), st.floats(0, 360))
def test_the_box_around_a_circle_loses_nothing_of_it(
    lat: float, lng: float, radius: float, share: float, bearing: float
) -> None:
    angle, course = radius * share / globe.EARTH, radians(bearing)
    north = asin(max(-1.0, min(1.0, sin(radians(lat)) * cos(angle) + cos(radians(lat)) * sin(angle) * cos(course))))
    east = atan2(sin(course) * sin(angle) * cos(radians(lat)), cos(angle) - sin(radians(lat)) * sin(north))
    point = (degrees(north), (lng + degrees(east) + 540) % 360 - 180)
    if haversine((lat, lng), point) <= radius:
        assert holds(places._inside(HERE, globe.box_around(lat, lng, radius)), *point)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("36,-2,37,-1", [(-1.3, 36.8)], [(-1.3, 37.2), (-3, 36.8)]),
        ("170,-20,-170,-10", [(-18, 178), (-14, -171)], [(-18, 169), (-14, -169), (-18, 0)]),
        ("-180,-90,180,90", [(90, 180), (-90, -180), (0, 0)], []),
    ],
)
def test_a_box_may_cross_the_date_line(text: str, inside: list[Any], outside: list[Any]) -> None:
    west, south, east, north = places.box_of(text)
    box = places._inside(HERE, (south, west, north, east))  # type: ignore[arg-type]
    assert all(holds(box, *point) for point in inside)
    assert not any(holds(box, *point) for point in outside)


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "1,2,3,4,5", "1,3,2,2", "a,b,c,d", "181,0,2,1", "0,-91,1,1", "nan,0,1,1", "1_0,0,1,1"]
)
def test_what_is_no_box_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Send|South"):
        places.box_of(text)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999", "٣", "", "1,5", "0x1", "1_0", "90.1"])
def test_what_is_no_latitude_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Send"):
        places.latitude(text)


@pytest.mark.parametrize("values", [{"lat": 1.0}, {"lng": 1.0}, {"radius": 5.0}, {"order": ["price", "-distance"]}])
def test_half_a_point_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        places.around(values)


def test_a_point_without_a_radius_is_fifty_kilometres_wide() -> None:
    assert places.around({"lat": 0.0, "lng": 0.0}) == places.Around(0.0, 0.0, 50.0)
    assert places.around({"order": ["price"]}) is None
