"""A sheet of 800 by 600 to draw on with paths, ovals and rounded boxes, twice as fine inside so that edges are smooth."""

import io
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFilter

from marketplace.demo.drawing.colours import Paint, rgb

WIDTH, HEIGHT, FINE = 800, 600, 2
type Point = tuple[float, float]
_TOKEN = re.compile(r"[MLCQZ]|-?\d+(?:\.\d+)?")


class Canvas:
    """Draws in sheet units. Inside `with canvas.placed(x, y, scale, turn)` the origin is there; `mirrored` faces left."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), "white")
        self.pen = ImageDraw.Draw(self.image, "RGBA")
        self.place: tuple[float, ...] = (1, 0, 0, 0, 1, 0)
        self.is_mirrored = False

    @contextmanager
    def placed(self, x: float = 0, y: float = 0, scale: float = 1, turn: float = 0) -> Iterator[None]:
        """Move, size and turn (degrees, clockwise) what is drawn inside."""
        before, angle = self.place, math.radians(turn)
        cos, sin = math.cos(angle) * scale, math.sin(angle) * scale
        a, b, e, c, d, f = before
        self.place = (
            a * cos + b * sin,
            -a * sin + b * cos,
            a * x + b * y + e,
            c * cos + d * sin,
            -c * sin + d * cos,
            c * x + d * y + f,
        )
        yield
        self.place = before

    def _fine(self, points: Sequence[Point]) -> list[Point]:
        a, b, e, c, d, f = self.place
        placed = [(a * x + b * y + e, c * x + d * y + f) for x, y in points]
        if self.is_mirrored:
            placed = [(WIDTH - x, y) for x, y in placed]
        return [(x * FINE, y * FINE) for x, y in placed]

    def polygon(self, points: Sequence[Point], fill: str | Paint, *, to: str | Paint | None = None) -> None:
        """A filled outline; with `to`, its colour runs from `fill` on top to `to` below."""
        fine = self._fine(points)
        if to is None:
            self.pen.polygon(fine, fill=_solid(fill))
            return
        left, top = int(min(x for x, _ in fine)), int(min(y for _, y in fine))
        width, height = int(max(x for x, _ in fine)) - left + 1, int(max(y for _, y in fine)) - top + 1
        mask = Image.new("L", (width, height), 0)
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in fine], fill=255)
        self.image.paste(_run(fill, to, width, height), (left, top), mask)

    def path(self, drawn: str, fill: str | Paint, *, to: str | Paint | None = None) -> None:
        """A filled outline written as M, L, Q, C and Z with their points."""
        self.polygon(outline(drawn), fill, to=to)

    def oval(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float | None = None,
        fill: str | Paint = "White",
        *,
        to: str | Paint | None = None,
    ) -> None:
        self.polygon(_ring(x, y, rx, rx if ry is None else ry), fill, to=to)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str | Paint,
        *,
        round: float = 0,
        to: str | Paint | None = None,
    ) -> None:
        """A rectangle, its corners rounded by so many units."""
        self.polygon(_rounded(x, y, width, height, min(round, width / 2, height / 2)), fill, to=to)

    def line(self, points: Sequence[Point], fill: str | Paint, width: float = 4) -> None:
        """A stroke with round joints and ends."""
        fine, thick = self._fine(points), width * FINE * math.hypot(self.place[0], self.place[3])
        self.pen.line(fine, fill=_solid(fill), width=max(1, int(thick)), joint="curve")
        half = thick / 2
        for x, y in (fine[0], fine[-1]):
            self.pen.ellipse((x - half, y - half, x + half, y + half), fill=_solid(fill))

    def stroke(self, drawn: str, fill: str | Paint, width: float = 4) -> None:
        """A stroke written as a path."""
        self.line(outline(drawn), fill, width)

    def shadow(self, x: float, y: float, rx: float, ry: float, *, strength: int = 90) -> None:
        """A soft dark pool, such as lies beneath things."""
        (cx, cy), (ex, ey) = self._fine([(x, y), (x + rx, y + ry)])
        width, height = int(abs(ex - cx)) or 1, int(abs(ey - cy)) or 1
        mask = _pool().resize((width * 3, height * 3)).point(lambda value: value * strength // 255)
        self.image.paste((24, 28, 44), (int(cx - width * 1.5), int(cy - height * 1.5)), mask)

    def gradient(self, top: float, bottom: float, above: str | Paint, below: str | Paint) -> None:
        """A band over the whole width."""
        height = int((bottom - top) * FINE)
        self.image.paste(_run(above, below, WIDTH * FINE, height), (0, int(top * FINE)))

    def jpeg(self) -> bytes:
        """The finished picture."""
        out = io.BytesIO()
        self.image.reduce(FINE).save(out, "JPEG", quality=86)
        return out.getvalue()


def _solid(colour: str | Paint) -> Paint:
    return colour if isinstance(colour, tuple) else rgb(colour)


def _run(above: str | Paint, below: str | Paint, width: int, height: int) -> Image.Image:
    """A picture that runs from one colour down to another."""
    ramp = Image.linear_gradient("L").resize((1, max(height, 1)))
    one, other = rgb(above), rgb(below)
    bands = [
        ramp.point([(a * (255 - step) + b * step) // 255 for step in range(256)])
        for a, b in zip(one[:3], other[:3], strict=True)
    ]
    return Image.merge("RGB", bands).resize((max(width, 1), max(height, 1)))


@lru_cache
def _pool() -> Image.Image:
    mask = Image.new("L", (120, 120), 0)
    ImageDraw.Draw(mask).ellipse((28, 28, 92, 92), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(11))


@lru_cache
def _circle() -> tuple[Point, ...]:
    return tuple((math.cos(math.tau * step / 72), math.sin(math.tau * step / 72)) for step in range(72))


def _ring(x: float, y: float, rx: float, ry: float) -> list[Point]:
    return [(x + rx * cos, y + ry * sin) for cos, sin in _circle()]


def _rounded(x: float, y: float, width: float, height: float, radius: float) -> list[Point]:
    if not radius:
        return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    ring, points = _circle(), []
    for corner, (cx, cy) in enumerate(
        (
            (x + width - radius, y + height - radius),
            (x + radius, y + height - radius),
            (x + radius, y + radius),
            (x + width - radius, y + radius),
        )
    ):
        points += [(cx + radius * cos, cy + radius * sin) for cos, sin in ring[corner * 18 : corner * 18 + 19]]
    return points


@lru_cache(maxsize=512)
def outline(drawn: str) -> list[Point]:
    """The points of a written path; curves are broken into short lines."""
    tokens = _TOKEN.findall(drawn)
    points: list[Point] = []
    verb, at = "M", 0
    while at < len(tokens):
        if tokens[at].isalpha():
            verb, at = tokens[at], at + 1
            continue
        count = {"M": 2, "L": 2, "Q": 4, "C": 6}[verb]
        values = [float(each) for each in tokens[at : at + count]]
        at += count
        stops = list(zip(values[::2], values[1::2], strict=True))
        points += stops if len(stops) == 1 else _curve([points[-1], *stops])
    return points


def _curve(stops: Sequence[Point], steps: int = 14) -> list[Point]:
    found = []
    for step in range(1, steps + 1):
        t, row = step / steps, list(stops)
        while len(row) > 1:
            row = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(row)]
        found.append(row[0])
    return found
