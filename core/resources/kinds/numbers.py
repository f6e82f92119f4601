"""Numbers of a typed document: with bounds, whole or not, in the unit they are kept in or in another of the same quantity."""

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.resources.kinds.faults import Fault
from core.resources.units import converted, convertible, unit_of

if TYPE_CHECKING:
    from core.resources.definitions import Definition

LARGEST = 2**53
WRITTEN = re.compile(r"(-?\d[\d,\s]{0,30}(?:\.\d{1,12})?)\s*(.{0,16})")
MOST_DIGITS = 30


def whole_if_whole(number: float) -> int | float:
    """2020.0 reads 2020."""
    return int(number) if number == int(number) else number


def checked(definition: "Definition", value: Any) -> int | float:
    """The number as it is stored. Fault for what is no number, and for one out of bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Fault("number", "Send a number.")
    if abs(value) > LARGEST:
        raise Fault("too_large", "That number is too large.")
    if definition.is_integer:
        if value != int(value):
            raise Fault("integer", "Send a whole number.")
        value = int(value)
    within(definition, value)
    return value


def within(definition: "Definition", value: float) -> None:
    """Fault for a number below the minimum or above the maximum, said with its unit."""
    unit = f" {definition.unit}" if definition.unit else ""
    if definition.minimum is not None and value < definition.minimum:
        raise Fault("minimum", f"At least {whole_if_whole(definition.minimum)}{unit}.")
    if definition.maximum is not None and value > definition.maximum:
        raise Fault("maximum", f"At most {whole_if_whole(definition.maximum)}{unit}.")


def read(definition: "Definition", text: str) -> int | float:
    """The number that a person wrote, in the kept unit. Fault for a unit of something else; bounds are not asked for here."""
    said = WRITTEN.fullmatch(text.strip())
    bare = re.sub(r"[,\s]", "", said[1]) if said else ""
    if said is None or len(bare) > MOST_DIGITS:
        raise Fault("number", "Write a number.")
    number, suffix = Decimal(bare), said[2].strip()
    if suffix:
        unit = unit_of(definition.unit, suffix)
        if unit is None:
            raise Fault("unit", _units(definition, suffix))
        number = converted(number, unit, whole=definition.is_integer)
    return int(number) if number == number.to_integral_value() else float(number)


def _units(definition: "Definition", suffix: str) -> str:
    known = convertible(definition.unit)
    if not known:
        return "Write a number without a unit."
    return f"“{suffix}” is no unit here. Write {', '.join(each.word for each in known)}."


def shown(definition: "Definition", value: float) -> str:
    """As people read it: with thousands and the unit."""
    return f"{value:,} {definition.unit}".strip() if definition.unit else str(value)
