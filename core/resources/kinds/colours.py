"""Colours in a typed document: kept as `#rrggbb`, found by the family that people would call them.

A family is decided by hue, saturation and lightness, with the bounds below; twelve are few enough to be chosen from a list.
"""

import colorsys
import re
from typing import TYPE_CHECKING, Any

from core.resources.kinds.faults import Fault

if TYPE_CHECKING:
    from core.resources.definitions import Definition

HEX = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
PATTERN = "^#[0-9a-f]{6}$"
#: Family -> the colour that stands for it. Their places are stored in tokens: only ever add at the end.
FAMILIES = {
    "black": "#111111", "white": "#ffffff", "grey": "#808080", "red": "#d32f2f", "orange": "#f57c00", "brown": "#6d4c41",
    "beige": "#e8dcc0", "yellow": "#fbc02d", "green": "#388e3c", "blue": "#1976d2", "purple": "#7b1fa2", "pink": "#ec407a",
}  # fmt: skip
PLACES = {family: place for place, family in enumerate(FAMILIES)}
WORDS = ", ".join(FAMILIES)
#: Degrees of the wheel up to which a clear colour is called so.
WHEEL = ((16, "red"), (41, "orange"), (68, "yellow"), (165, "green"), (255, "blue"), (300, "purple"), (345, "pink"))


def family_of(colour: str) -> str:
    """What people would call it."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    degrees = hue * 360
    if light < 0.1:
        return "black"
    if light > 0.93:
        return "white"
    if saturation < 0.12:
        return "grey"
    if 10 <= degrees <= 50 and light < 0.4 and saturation < 0.85:
        return "brown"
    if 20 <= degrees <= 62 and light > 0.75 and saturation < 0.9:
        return "beige"
    if light > 0.7 and (degrees < 16 or degrees > 330):
        return "pink"
    return next((family for limit, family in WHEEL if degrees < limit), "red")


def is_colour(value: Any) -> bool:
    """Is it written as it is kept?"""
    return isinstance(value, str) and re.fullmatch(PATTERN, value) is not None


def checked(definition: "Definition", value: Any) -> str:
    """The colour as it is stored: `#rrggbb` in small letters."""
    if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise Fault("colour", "Send a colour such as #1976d2.")
    return value.lower()


def read_text(definition: "Definition", text: str) -> str:
    """What a person wrote: a family's name, or the colour with # or without, of three or six digits."""
    text = text.strip()
    if text.lower() in FAMILIES:
        return FAMILIES[text.lower()]
    said = HEX.fullmatch(text)
    if said is None:
        raise Fault("colour", f"Write a colour such as #1976d2, or one of: {WORDS}.")
    digits = said[1] if len(said[1]) == 6 else "".join(2 * each for each in said[1])
    return f"#{digits.lower()}"


def asked_family(text: str) -> str:
    """The family that a filter asks for: by name, or that of a colour which it should be near to."""
    return text.lower() if text.lower() in FAMILIES else family_of(read_text(None, text))  # type: ignore[arg-type]


def write_text(definition: "Definition", value: str) -> str:
    return value


def shown_text(definition: "Definition", value: str) -> str:
    return f"{family_of(value).capitalize()} {value}"


def property_of(definition: "Definition") -> dict[str, Any]:
    """Its JSON Schema."""
    return {"type": "string", "pattern": PATTERN, "minLength": 7, "maxLength": 7}
