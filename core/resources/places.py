"""Near a point and inside a box: what lists take where rows have a place, and how far each row is.

A box on the two columns, which an index answers, chooses the candidates; the distance (core.globe) itself decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from django.db import connections
from django.db.models import BigIntegerField, Expression, F, FloatField, Func, Q, QuerySet, Value
from django.db.models.functions import Cast, Floor
from django.db.models.lookups import LessThanOrEqual

from core import globe
from core.errors import FieldError, Invalid
from core.resources.declaration import Resource
from core.resources.filters import Parameter
from core.resources.schemas import DISTANCE

USUAL, FURTHEST = 50.0, 20_038.0
#: So many of the rows that lie nearest on the map are looked at, to learn how far a page of them reaches.
PROBES = (200, 2_000)


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


class Apart(Func):
    """How far two places are apart in degrees, as on a flat map: what an index of points answers in its own order (PostgreSQL).

    Of use to find some rows that are near. Which are the nearest, the distance on the globe says.
    """

    output_field = FloatField()
    template = "point(%(expressions)s)"

    def __init__(self, resource: type[Resource], point: Around) -> None:
        super().__init__(F(resource.place[1]), F(resource.place[0]))
        self.point = point

    def as_sql(self, compiler: Any, connection: Any, *arguments: Any, **options: Any) -> tuple[str, tuple[Any, ...]]:
        place, parameters = super().as_sql(compiler, connection, *arguments, **options)
        return f"({place} <-> point(%s::float8, %s::float8))", (*parameters, self.point.lng, self.point.lat)


def narrowed(
    resource: type[Resource], rows: QuerySet, among: QuerySet, point: Around, *, beyond: int | None, count: int
) -> QuerySet:
    """Of rows, those that may be among their nearest `count` beyond so many metres; `among` are all that the actor may see.

    The index of points finds a few hundred of `among` in its own order, in however dense a place; if there are so many of the rows
    with them, none that is further than all of these can be nearer. Else, or without such an index, all rows.
    """
    if connections[rows.db].vendor != "postgresql":
        return rows
    among = among.annotate(**{DISTANCE: metres(resource, point)}).order_by(Apart(resource, point))
    for most in PROBES:
        some = (among.filter(**{f"{DISTANCE}__gt": beyond}) if beyond is not None else among)[:most].values("pk")
        found = sorted(rows.filter(pk__in=some).order_by().values_list(DISTANCE, flat=True))[:count]
        if len(found) == count:
            nearer = Around(point.lat, point.lng, (found[-1] + 1) / 1000)
            near = _inside(resource, globe.box_around(nearer.lat, nearer.lng, nearer.radius))
            return rows.filter(near & Q(LessThanOrEqual(kilometres(resource, nearer), Value(nearer.radius))))
    return rows


def _inside(resource: type[Resource], box: globe.Box) -> Q:
    (lat, lng), (south, west, north, east) = resource.place, box
    found = Q(**{f"{lat}__gte": south, f"{lat}__lte": north})
    if west <= east:
        return found & Q(**{f"{lng}__gte": west, f"{lng}__lte": east})
    return found & (Q(**{f"{lng}__gte": west}) | Q(**{f"{lng}__lte": east}))
