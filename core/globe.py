"""Distances on the globe: the great circle's (haversine), on a sphere of the earth's mean radius; and the box around a circle."""

from math import asin, cos, degrees, radians, sin
from typing import Any

from django.db.models import Expression, FloatField, Value
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt

#: Kilometres; the mean radius of the earth (IUGG). The equator is 0.11 % further out and the poles 0.22 % further in.
EARTH = 6371.0088
MARGIN = 1e-7  # degrees, a centimetre: the box must not lose by rounding what the distance would keep

#: South, west, north, east, in degrees. West greater than east crosses the date line.
Box = tuple[float, float, float, float]


def kilometres(latitude: Any, longitude: Any, *, to: tuple[float, float]) -> Expression:
    """How far a place, given as two expressions in degrees, is from a point; null for a row without a place."""
    north = Power(Sin((Radians(latitude) - radians(to[0])) / 2.0), 2)
    east = Power(Sin((Radians(longitude) - radians(to[1])) / 2.0), 2)
    part = north + Cos(Radians(latitude)) * cos(radians(to[0])) * east
    return Value(2 * EARTH, FloatField()) * ASin(Sqrt(Least(Value(1.0), part, output_field=FloatField())))


def box_around(latitude: float, longitude: float, distance: float) -> Box:
    """The box that holds everything within so many kilometres. Over a pole it goes all the way round."""
    angle = distance / EARTH
    south, north = latitude - degrees(angle) - MARGIN, latitude + degrees(angle) + MARGIN
    if south <= -90 or north >= 90:
        return max(south, -90.0), -180.0, min(north, 90.0), 180.0
    wide = degrees(asin(min(1.0, sin(angle) / cos(radians(latitude))))) + MARGIN
    west, east = longitude - wide, longitude + wide
    return south, west + 360 if west < -180 else west, north, east - 360 if east > 180 else east
