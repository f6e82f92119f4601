"""Ranges in a typed document: the least and the most of something, such as the ages that a toy is for."""

import re
from typing import TYPE_CHECKING, Any

from core.resources.kinds import numbers
from core.resources.kinds.faults import Fault

if TYPE_CHECKING:
    from core.resources.definitions import Definition

BETWEEN = re.compile(r"(-?[\d,. ]*\d)\s*([^\d\s-][^\d-]{0,15}?)?\s*(?:\bto\b|\.\.|–|—|-)\s*(-?\d.*)", re.IGNORECASE)


def checked(definition: "Definition", value: Any) -> dict[str, Any]:
    """The range as it is stored. Fault for one whose ends are no numbers, out of bounds or the wrong way round."""
    if not isinstance(value, dict) or set(value) != {"least", "most"}:
        raise Fault("range", "Send the least and the most.")
    found = {end: numbers.checked(definition, value[end]) for end in ("least", "most")}
    if found["least"] > found["most"]:
        raise Fault("range", "The least must not be above the most.")
    return found


def read_text(definition: "Definition", text: str) -> dict[str, Any]:
    """What a person wrote: "2 to 5", "2–5 years", or one number that is both ends."""
    said = BETWEEN.fullmatch(text.strip())
    if said is None:
        one = numbers.read(definition, text)
        return checked(definition, {"least": one, "most": one})
    last = said[3].strip()
    suffix = (said[2] or "").strip() or re.sub(r"^-?[\d,. ]*\d", "", last).strip()
    return checked(
        definition,
        {"least": numbers.read(definition, f"{said[1]} {suffix}"), "most": numbers.read(definition, last)},
    )


def write_text(definition: "Definition", value: dict[str, Any]) -> str:
    return f"{value['least']} to {value['most']}"


def shown_text(definition: "Definition", value: dict[str, Any]) -> str:
    least, most = (f"{value[end]:,}" for end in ("least", "most"))
    return f"{least if least == most else f'{least} – {most}'} {definition.unit}".strip()


def property_of(definition: "Definition") -> dict[str, Any]:
    """Its JSON Schema; that the least is not above the most is beyond what a schema says."""
    bounds: dict[str, Any] = {"type": "integer" if definition.is_integer else "number"}
    for name in ("minimum", "maximum"):
        value = getattr(definition, name)
        bounds |= {} if value is None else {name: numbers.whole_if_whole(value)}
    return {
        "type": "object",
        "properties": {"least": bounds, "most": dict(bounds)},
        "required": ["least", "most"],
        "additionalProperties": False,
    }
