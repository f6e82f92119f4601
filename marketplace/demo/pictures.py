"""Drawing in the background while the market fills, then hanging: every picture goes through the image pipeline."""

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import get_context
from random import Random
from typing import Any

import django
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Picture

from core.rules import Actor
from marketplace.catalog import media
from marketplace.catalog.showing import FORMATS
from marketplace.demo import actions
from marketplace.demo.drawing.colours import alike
from marketplace.demo.motifs import Sketch, draw, sketch_of

MOST_TURNS = 3
OFTEN = 20  # for each so many listings of one look there is another picture of it
SELDOM = 3  # a paint that so few ask for gives way to one that looks alike


def prepared(sketch: Sketch) -> media.Prepared:
    """A picture as the image pipeline would keep it, in a folder of its own name."""
    content = draw(sketch)
    found = media.prepare(io.BytesIO(content), size=len(content))
    folder = str(found.row["file"]).rsplit("/", 1)[0]

    def moved(name: object) -> str:
        return str(name).replace(folder, f"listings/demo-{sketch.name}")

    sizes: Any = found.row["renditions"]
    renditions = [{**each, **{kind: moved(each[kind]) for kind in FORMATS}} for each in sizes]
    files = tuple(media.Drawn(moved(file.name), file.content) for file in found.files)
    return media.Prepared(files, {**found.row, "file": moved(found.row["file"]), "renditions": renditions})


@dataclass(frozen=True)
class Wanted:
    """A listing that wants pictures."""

    reference: str
    category: str
    title: str
    attributes: Mapping[str, str]


def assign(listings: Iterable[Wanted], dice: Random) -> dict[str, list[Sketch]]:
    """Pictures for listings by their reference: one or more each, shared by those that look alike."""
    firsts = few_paints(
        {each.reference: sketch_of(each.category, each.attributes, dice, title=each.title) for each in listings}
    )
    seen = Counter(firsts.values())
    found: dict[str, list[Sketch]] = {}
    for reference, first in firsts.items():
        turns = min(MOST_TURNS, 1 + seen[first] // OFTEN)
        start, shown = dice.randrange(turns), dice.randint(1, turns)
        found[reference] = [replace(first, turn=(start + step) % turns) for step in range(shown)]
    return found


def spoilt() -> bytes:
    """A photograph of which half did not arrive."""
    held = io.BytesIO()
    Picture.effect_noise((800, 600), 60).save(held, "JPEG")
    return held.getvalue()[: held.tell() // 2]


def few_paints(firsts: Mapping[str, Sketch]) -> dict[str, Sketch]:
    """The same, with paints that are seldom asked for replaced by one that looks alike: nobody draws a picture for one."""
    seen = Counter(firsts.values())
    kept: dict[tuple[str, str], list[str]] = defaultdict(list)
    for sketch, times in sorted(seen.items()):
        if times >= SELDOM:
            kept[sketch.kind, sketch.body].append(sketch.paint)
    return {
        reference: replace(first, paint=alike(first.paint, kept[first.kind, first.body]))
        for reference, first in firsts.items()
    }


class Studio:
    """Draws in other processes, so that it costs the seeding no time of its own. With no workers, draws when asked."""

    def __init__(self, sketches: Iterable[Sketch], *, workers: int = 1) -> None:
        self.pool: Executor | None = None
        self.drawn: dict[Sketch, Future[media.Prepared]] = {}
        self.sketches = sorted(set(sketches))
        if workers:
            self.pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=django.setup)
            self.drawn = {each: self.pool.submit(prepared, each) for each in self.sketches}

    def keep(self) -> dict[Sketch, Mapping[str, object]]:
        """Store every file; answers what each picture's row says."""
        rows: dict[Sketch, Mapping[str, object]] = {}
        for sketch in self.sketches:
            found = self.drawn[sketch].result() if self.pool else prepared(sketch)
            for file in found.files:
                if default_storage.exists(file.name):
                    default_storage.delete(file.name)
                default_storage.save(file.name, ContentFile(file.content))
            rows[sketch] = found.row
        if self.pool:
            self.pool.shutdown()
        return rows


def hang(
    galleries: Mapping[int, Sequence[Sketch]], studio: Studio, titles: Mapping[int, str], *, by: Actor, at: datetime
) -> int:
    """Put pictures on listings; returns how many."""
    rows = studio.keep()
    gallery = {
        listing: [{**rows[sketch], "alt_text": titles[listing]} for sketch in sketches]
        for listing, sketches in galleries.items()
    }
    return actions.hang_pictures(gallery, by=by, at=at)
