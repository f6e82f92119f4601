"""Near a point and inside a box: what lists take where rows have a place, and how far each row is.

A box on the two columns, which an index answers, chooses the candidates; the distance (core.globe) itself decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from django.db.models import BigIntegerField, Expression, F, FloatField, Q, Value
from django.db.models.functions import Cast, Floor
from django.db.models.lookups import LessThanOrEqual

from core import globe
from core.errors import FieldError, Invalid
from core.resources.declaration import Resource
from core.resources.filters import Parameter
from core.resources.schemas import DISTANCE

USUAL, FURTHEST = 50.0, 20_038.0


def number_between(least: float, most: float, *, above: bool = False) -> Any:
    """Reads a decimal number within bounds; `above` leaves out the least itself."""

    def read(text: str) -> float:
        try:
            number = float(text) if text.isascii() and "_" not in text and len(text) <= 30 else float("nan")
        except ValueError:
            number = float("nan")
        if not isfinite(number):
            raise ValueError("Send a decimal number.")
        if not least <= number <= most or (above and number == least):
            raise ValueError(f"Send a number {'above' if above else 'from'} {least:g}, to {most:g} at most.")
        return number

    return read


latitude, longitude = number_between(-90, 90), number_between(-180, 180)


def box_of(text: str) -> tuple[float, float, float, float]:
    """Reads `west,south,east,north`, as GeoJSON writes a box; one whose west is east of its east crosses the date line."""
    parts = text.split(",")
    if len(parts) != 4:
        raise ValueError("Send west,south,east,north in degrees.")
    west, south, east, north = longitude(parts[0]), latitude(parts[1]), longitude(parts[2]), latitude(parts[3])
    if south > north:
        raise ValueError("South lies north of north.")
    return west, south, east, north


PARAMETERS = (
    Parameter("lat", {"type": "number", "minimum": -90, "maximum": 90}, "Latitude of a point to be near, with `lng`.", latitude),
    Parameter("lng", {"type": "number", "minimum": -180, "maximum": 180}, "Longitude of that point.", longitude),
    Parameter(
        "radius",
        # No `default` in the schema: a generated client would send it without a point.
        {"type": "number", "exclusiveMinimum": 0, "maximum": FURTHEST},
        f"Kilometres around that point; {USUAL:g} unless said.",
        number_between(0, FURTHEST, above=True),
    ),
    Parameter(
        "bbox",
        {"type": "string", "maxLength": 120, "pattern": r"^-?[0-9.]+(,-?[0-9.]+){3}$"},
        "Inside a box: west,south,east,north in degrees. It crosses the date line where west is greater than east.",
        box_of,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Around:
    """A point and so many kilometres around it."""

    lat: float
    lng: float
    radius: float = USUAL


class Within(LessThanOrEqual):
    """A distance is no more than the radius of `around`: a condition that others than the database can read, too."""

    def __init__(self, distance: Expression, around: Around) -> None:
        super().__init__(distance, Value(around.radius))
        self.around = around


def around(values: Mapping[str, Any]) -> Around | None:
    """The point that was asked for. Refuses with 422 half a point, and a radius or an order by distance without one."""
    lat, lng = values.get("lat"), values.get("lng")
    if lat is not None and lng is not None:
        return Around(lat, lng, values.get("radius") or USUAL)
    by_distance = any(name.lstrip("-") == DISTANCE for name in values.get("order") or ())
    needy = {
        "lat": lat is not None,
        "lng": lng is not None,
        "radius": values.get("radius") is not None,
        "order": by_distance,
    }
    if any(needy.values()):
        name = next(name for name, is_there in needy.items() if is_there)
        raise Invalid(errors=[FieldError(name, "parameter", "Send lat and lng with it: near which point?")])
    return None


def condition(resource: type[Resource], values: Mapping[str, Any]) -> Q:
    """The rows near the point and inside the box that were asked for; all rows where neither was."""
    if not resource.place:
        return Q()
    found, point = Q(), around(values)
    if values.get("bbox") is not None:
        west, south, east, north = values["bbox"]
        found &= _inside(resource, (south, west, north, east))
    if point is not None:
        found &= _inside(resource, globe.box_around(point.lat, point.lng, point.radius))
        found &= Q(Within(kilometres(resource, point), point))
    return found


def kilometres(resource: type[Resource], point: Around) -> Expression:
    """How far a row is from the point; null for a row without a place."""
    lat, lng = resource.place
    return globe.kilometres(F(lat), F(lng), to=(point.lat, point.lng))


def metres(resource: type[Resource], point: Around) -> Expression:
    """The same in whole metres: what a page is ordered by, so that a cursor's place is exact."""
    return Cast(Floor(kilometres(resource, point) * 1000.0 + 0.5, output_field=FloatField()), BigIntegerField())


def _inside(resource: type[Resource], box: globe.Box) -> Q:
    (lat, lng), (south, west, north, east) = resource.place, box
    found = Q(**{f"{lat}__gte": south, f"{lat}__lte": north})
    if west <= east:
        return found & Q(**{f"{lng}__gte": west, f"{lng}__lte": east})
    return found & (Q(**{f"{lng}__gte": west}) | Q(**{f"{lng}__lte": east}))
