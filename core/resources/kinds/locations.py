"""Locations in a typed document: latitude and longitude, found within a box or a distance.

Tokens are cells of two degrees, which narrow by the index; the box or distance itself is compared exactly.
"""

import math
import re
from typing import TYPE_CHECKING, Any

from core.resources.kinds.faults import Fault

if TYPE_CHECKING:
    from core.resources.definitions import Definition

CELL = 2
ACROSS = 360 // CELL
MOST_CELLS = 400  # beyond that the index narrows nothing worth its asking
EARTH_KM = 6371.0088
FARTHEST_KM = 2000
BOUNDS = {"latitude": 90, "longitude": 180}
WRITTEN = re.compile(r"(-?\d{1,2}(?:\.\d{1,12})?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d{1,12})?)")

Box = tuple[float, float, float, float]


def checked(definition: "Definition", value: Any) -> dict[str, float]:
    """The place as it is stored. Fault for what lies on no globe."""
    if not isinstance(value, dict) or set(value) != set(BOUNDS):
        raise Fault("location", "Send latitude and longitude.")
    for name, most in BOUNDS.items():
        number = value[name]
        if isinstance(number, bool) or not isinstance(number, int | float) or not -most <= number <= most:
            raise Fault("location", f"The {name} is a number from -{most} to {most}.")
    return {name: value[name] for name in BOUNDS}


def read_text(definition: "Definition", text: str) -> dict[str, float]:
    """What a person wrote or copied from a map: "-1.2921, 36.8219"."""
    said = WRITTEN.fullmatch(text.strip().strip("()"))
    if said is None:
        raise Fault("location", "Write latitude and longitude such as -1.2921, 36.8219.")
    return checked(definition, {"latitude": float(said[1]), "longitude": float(said[2])})


def write_text(definition: "Definition", value: dict[str, float]) -> str:
    return f"{value['latitude']}, {value['longitude']}"


def shown_text(definition: "Definition", value: dict[str, float]) -> str:
    return f"{value['latitude']:.5f}, {value['longitude']:.5f}"


def property_of(definition: "Definition") -> dict[str, Any]:
    """Its JSON Schema."""
    ends = {name: {"type": "number", "minimum": -most, "maximum": most} for name, most in BOUNDS.items()}
    return {"type": "object", "properties": ends, "required": list(BOUNDS), "additionalProperties": False}


def cell(latitude: float, longitude: float) -> int:
    """The number of the cell it lies in."""
    row = min(int((latitude + 90) // CELL), 180 // CELL - 1)
    return row * ACROSS + int((longitude + 180) // CELL) % ACROSS


def read_box(parts: list[str]) -> Box:
    """South, west, north, east. West may be greater than east: then it spans the date line."""
    south, west, north, east = _numbers(parts, 4, "Send south,west,north,east in degrees.")
    if not (-90 <= south <= north <= 90 and -180 <= west <= 180 and -180 <= east <= 180):
        raise Fault("box", "Send south,west,north,east in degrees, south not above north.")
    return south, west, north, east


def read_near(parts: list[str]) -> tuple[float, float, float]:
    """Latitude, longitude and kilometres."""
    latitude, longitude, distance = _numbers(parts, 3, "Send latitude,longitude,kilometres.")
    if not (abs(latitude) <= 90 and abs(longitude) <= 180 and 0 < distance <= FARTHEST_KM):
        raise Fault("near", f"Send latitude,longitude,kilometres; at most {FARTHEST_KM} km.")
    return latitude, longitude, distance


def _numbers(parts: list[str], count: int, sentence: str) -> list[float]:
    if len(parts) != count or not all(re.fullmatch(r"-?\d{1,6}(\.\d{1,12})?", each.strip()) for each in parts):
        raise Fault("location", sentence)
    return [float(each) for each in parts]


def around(latitude: float, longitude: float, distance: float) -> Box:
    """The box that holds everything within the distance; whole rows of it near a pole."""
    high = math.degrees(distance / EARTH_KM)
    south, north = max(latitude - high, -90), min(latitude + high, 90)
    widest = math.cos(math.radians(max(abs(south), abs(north))))
    if south == -90 or north == 90 or widest < 0.01 or high / widest >= 180:
        return south, -180, north, 180
    wide = math.degrees(math.asin(min(1, math.sin(distance / EARTH_KM) / math.cos(math.radians(latitude)))))
    return south, (longitude - wide + 540) % 360 - 180, north, (longitude + wide + 540) % 360 - 180


def cells(box: Box) -> list[int] | None:
    """The cells that a box touches; None where they are too many to ask for."""
    south, west, north, east = box
    rows = range(int((south + 90) // CELL), min(int((north + 90) // CELL), 180 // CELL - 1) + 1)
    first, last = int((west + 180) // CELL) % ACROSS, int((east + 180) // CELL) % ACROSS
    if (west, east) == (-180, 180):
        columns = list(range(ACROSS))
    elif west <= east:
        columns = list(range(first, last + 1)) if first <= last else [*range(first, ACROSS), *range(last + 1)]
    else:
        columns = [*range(first, ACROSS), *range(last + 1)]
    if len(rows) * len(columns) > MOST_CELLS:
        return None
    return sorted({min(row, 180 // CELL - 1) * ACROSS + column for row in rows for column in columns})
