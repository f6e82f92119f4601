"""The paints of the demo market: named as sellers name them, and mixed for light and shade."""

from collections.abc import Iterable
from typing import Final

type Paint = tuple[int, int, int] | tuple[int, int, int, int]

PAINTS: Final[dict[str, str]] = {
    "White": "#f4f5f7",
    "Black": "#30343c",
    "Silver": "#c5ccd6",
    "Grey": "#7d8591",
    "Blue": "#2f6fde",
    "Navy": "#23407c",
    "Sky": "#6cb6f2",
    "Teal": "#159a9c",
    "Red": "#d93b45",
    "Maroon": "#8c2a3e",
    "Green": "#2f9561",
    "Olive": "#76844a",
    "Yellow": "#f4bb36",
    "Gold": "#d6a647",
    "Orange": "#ef7f35",
    "Brown": "#835a3e",
    "Beige": "#dfcba8",
    "Purple": "#7a58c8",
    "Pink": "#ec87a9",
    "Wood": "#b97f4b",
}

#: Two colours of a backdrop, top and bottom, and the colour of its soft shapes.
BACKDROPS: Final[tuple[tuple[str, str, str], ...]] = (
    ("#dbeafe", "#f5f9ff", "#bcd7fb"),
    ("#d9f2e6", "#f4fbf7", "#b6e3cd"),
    ("#fde7d3", "#fff8f1", "#fbd0ab"),
    ("#f9dde4", "#fff5f7", "#f4bfcb"),
    ("#e6e0fa", "#f8f6ff", "#cdc1f3"),
    ("#fdf0c8", "#fffbee", "#f8dd8e"),
    ("#d3eef2", "#f2fbfc", "#a9dbe3"),
    ("#e5e9ef", "#f8f9fb", "#cdd5e0"),
)
DEEP_BACKDROPS: Final[tuple[tuple[str, str, str], ...]] = (
    ("#5f86c9", "#a9c4ee", "#7a9dd8"),
    ("#4c9b8f", "#a5d8cd", "#66b0a4"),
    ("#d98658", "#f3c9a6", "#e39a70"),
    ("#8b78c4", "#cbbfec", "#9f8ed1"),
    ("#c9697e", "#f0bcc8", "#d57f92"),
)


def rgb(colour: str | Paint, alpha: int | None = None) -> Paint:
    """A colour as channels; `alpha` makes it see-through (0) to solid (255)."""
    if isinstance(colour, str):
        name = PAINTS.get(colour, colour).lstrip("#")
        channels = (int(name[0:2], 16), int(name[2:4], 16), int(name[4:6], 16))
    else:
        channels = colour[:3]
    return channels if alpha is None else (*channels, alpha)


def mix(one: str | Paint, other: str | Paint, percent: int) -> Paint:
    """`one` with so many hundredths of `other` in it."""
    a, b = rgb(one), rgb(other)
    return tuple((x * (100 - percent) + y * percent) // 100 for x, y in zip(a[:3], b[:3], strict=True))  # type: ignore[return-value]


def lighter(colour: str | Paint, percent: int = 20) -> Paint:
    return mix(colour, "#ffffff", percent)


def darker(colour: str | Paint, percent: int = 20) -> Paint:
    return mix(colour, "#10131f", percent)


def is_pale(colour: str | Paint) -> bool:
    """Would it be lost on a pale backdrop?"""
    red, green, blue = rgb(colour)[:3]
    return 3 * red + 6 * green + blue > 2000


def alike(colour: str, others: Iterable[str], *, within: int = 60) -> str:
    """The paint among others that one could take for this one; itself where none is near."""
    here = rgb(colour)[:3]

    def distance(other: str) -> int:
        return sum((a - b) ** 2 for a, b in zip(here, rgb(other)[:3], strict=True))

    near = [other for other in others if distance(other) <= within**2]
    return min(near, key=lambda other: (distance(other), other), default=colour)
