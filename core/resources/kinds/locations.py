"""Locations in a typed document: latitude and longitude, found within a box or a distance.

Tokens are cells of two degrees, which narrow by the index; the box or distance itself is compared exactly.
"""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.globe import Box
from core.resources.kinds.faults import Fault

if TYPE_CHECKING:
    from core.resources.definitions import Definition

CELL = 2
ACROSS = 360 // CELL
MOST_CELLS = 400  # beyond that the index narrows nothing worth its asking
FARTHEST_KM = 2000
BOUNDS = {"latitude": 90, "longitude": 180}
DECIMALS = 12
WRITTEN = re.compile(r"(-?\d{1,2}(?:\.\d{1,12})?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d{1,12})?)")


def checked(definition: "Definition", value: Any) -> dict[str, float]:
    """The place as it is stored. Fault for what lies on no globe."""
    if not isinstance(value, dict) or set(value) != set(BOUNDS):
        raise Fault("location", "Send latitude and longitude.")
    for name, most in BOUNDS.items():
        number = value[name]
        if isinstance(number, bool) or not isinstance(number, int | float) or not -most <= number <= most:
            raise Fault("location", f"The {name} is a number from -{most} to {most}.")
    return {name: _fine(value[name]) for name in BOUNDS}


def read_text(definition: "Definition", text: str) -> dict[str, float]:
    """What a person wrote or copied from a map: "-1.2921, 36.8219"."""
    said = WRITTEN.fullmatch(text.strip().strip("()"))
    if said is None:
        raise Fault("location", "Write latitude and longitude such as -1.2921, 36.8219.")
    return checked(definition, {"latitude": float(said[1]), "longitude": float(said[2])})


def write_text(definition: "Definition", value: dict[str, float]) -> str:
    """As `read_text` reads it, to the last decimal that is kept: never with an exponent."""
    return f"{_plain(value['latitude'])}, {_plain(value['longitude'])}"


def _plain(number: float) -> str:
    return f"{Decimal(repr(_fine(number))):f}"


def _fine(number: float) -> float:
    """To twelve decimals, which is far below any place; so many survive being written and read. Whole numbers stay whole."""
    return number if isinstance(number, int) else round(number, DECIMALS) + 0.0


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
    """Written as west,south,east,north, as GeoJSON writes a box; one whose west is east of its east crosses the date line."""
    west, south, east, north = _numbers(parts, 4, "Send west,south,east,north in degrees.")
    if not (-90 <= south <= north <= 90 and -180 <= west <= 180 and -180 <= east <= 180):
        raise Fault("box", "Send west,south,east,north in degrees, south not above north.")
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
