"""Which picture goes with which listing: a motif, a place for it to stand, and the paint that the listing says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from marketplace.demo.drawing import fashion, furnishing, gadgets, places, scenes, vehicles, work
from marketplace.demo.drawing.canvas import Canvas

type Draw = Callable[[Canvas, Random, str], None]

STREET, STUDIO, COUNTER, ROOM, MEADOW = scenes.street, scenes.studio, scenes.counter, scenes.room, scenes.meadow
BODIES: dict[str, Draw] = {
    "saloon": vehicles.saloon,
    "hatchback": vehicles.hatchback,
    "coupe": vehicles.saloon,
    "suv": vehicles.suv,
    "estate": vehicles.suv,
    "pickup": vehicles.pickup,
    "van": vehicles.van,
}


@dataclass(frozen=True)
class Motif:
    """What is drawn for a category, where it may stand, and its paints where the listing names none."""

    draw: Draw
    scenes: tuple[Draw, ...]
    paints: tuple[str, ...] = ("Blue", "Teal", "Orange", "Purple")


def _of(drawn: Draw, *where: Draw, paints: str = "Blue Teal Orange Purple") -> Motif:
    return Motif(drawn, where, tuple(paints.split()))


MOTIFS: dict[str, Motif] = {
    "cars": _of(vehicles.saloon, STREET, STREET, MEADOW),
    "motorcycles": _of(vehicles.motorcycle, STREET, STUDIO),
    "scooters": _of(vehicles.scooter, STREET, STUDIO),
    "three-wheelers": _of(vehicles.van, STREET, paints="Yellow Green"),
    "buses-vans": _of(vehicles.van, STREET),
    "trucks-trailers": _of(vehicles.lorry, STREET, MEADOW),
    "tractors-machinery": _of(vehicles.tractor, MEADOW, paints="Red Green"),
    "tyres-rims": _of(vehicles.tyre, STUDIO, paints="Orange Red Blue"),
    "car-batteries": _of(vehicles.battery, COUNTER, paints="Blue Red Green"),
    "lights-body-parts": _of(vehicles.headlamp, STUDIO),
    "smartphones": _of(gadgets.phone, STUDIO),
    "tablets": _of(gadgets.tablet, STUDIO, COUNTER),
    "chargers-cables": _of(gadgets.charger, STUDIO),
    "earphones": _of(gadgets.earphones, COUNTER, STUDIO),
    "power-banks": _of(gadgets.power_bank, STUDIO),
    "smartwatches": _of(gadgets.smartwatch, STUDIO),
    "laptops": _of(gadgets.laptop, STUDIO, COUNTER),
    "desktops": _of(gadgets.desktop, COUNTER),
    "printers": _of(gadgets.printer, COUNTER),
    "networking": _of(gadgets.router, STUDIO),
    "televisions": _of(gadgets.television, ROOM, STUDIO),
    "speakers-sound-systems": _of(gadgets.speaker, COUNTER, STUDIO),
    "headphones": _of(gadgets.headphones, STUDIO),
    "cameras": _of(gadgets.camera, STUDIO, COUNTER),
    "gaming": _of(gadgets.console, STUDIO),
    "houses-for-sale": _of(places.house, MEADOW, paints="Maroon Brown Teal Navy Orange"),
    "apartments-for-rent": _of(places.apartments, MEADOW, paints="Blue Teal Orange Maroon Olive"),
    "land-plots": _of(places.land, MEADOW, paints="Green Blue Orange"),
    "short-stays": _of(places.lodge, MEADOW, paints="Teal Brown Navy"),
    "shops": _of(places.shop, MEADOW, paints="Red Green Navy Orange"),
    "offices": _of(places.office, MEADOW, paints="Blue Red Teal"),
    "sofas": _of(furnishing.sofa, ROOM),
    "beds-mattresses": _of(furnishing.bed, ROOM),
    "tables-chairs": _of(furnishing.dining, ROOM),
    "wardrobes-storage": _of(furnishing.wardrobe, ROOM),
    "office-furniture": _of(furnishing.chair, ROOM, STUDIO),
    "fridges-freezers": _of(furnishing.fridge, ROOM),
    "washing-machines": _of(furnishing.washer, ROOM),
    "cookers-ovens": _of(furnishing.cooker, ROOM),
    "kitchen-dining": _of(furnishing.cookware, COUNTER),
    "lighting-decor": _of(furnishing.lamp, COUNTER, STUDIO),
    "rugs": _of(furnishing.rug, STUDIO),
    "garden": _of(furnishing.plant, ROOM, STUDIO),
    "dresses": _of(fashion.dress, STUDIO),
    "shirts": _of(fashion.shirt, STUDIO),
    "trousers-jeans": _of(fashion.trousers, STUDIO),
    "shoes": _of(fashion.sneaker, STUDIO),
    "bags": _of(fashion.handbag, STUDIO, COUNTER),
    "watches": _of(fashion.wristwatch, STUDIO),
    "jewellery": _of(fashion.jewellery, STUDIO),
    "beauty-care": _of(fashion.cosmetics, COUNTER),
    "office-administration": _of(work.briefcase, STUDIO, paints="Brown Navy"),
    "sales-customer-care": _of(work.headset, STUDIO, paints="Teal Orange"),
    "it-software": _of(gadgets.laptop, COUNTER, paints="Silver Grey"),
    "building-engineering": _of(work.helmet, STUDIO, paints="Orange Blue"),
    "hotels-restaurants": _of(work.chef, STUDIO, paints="Red Teal"),
    "health-care": _of(work.health, STUDIO, paints="Red Teal"),
    "teaching": _of(work.lessons, STUDIO),
    "driving-logistics": _of(work.delivery, STUDIO, paints="Green Blue"),
    "plumbing-electrical": _of(work.tools, STUDIO, paints="Red Blue"),
    "painting-decorating": _of(work.paintwork, STUDIO, paints="Teal Orange"),
    "cleaning": _of(work.cleaning, STUDIO, paints="Blue Teal"),
    "beauty-hair": _of(work.scissors, STUDIO, paints="Pink Purple"),
    "photography-events": _of(work.photography, STUDIO, paints="Maroon Teal"),
    "catering-cakes": _of(work.cake, STUDIO, paints="Pink Purple"),
    "moving-delivery": _of(work.removal, STUDIO, paints="Green Blue"),
}
#: Categories whose pictures are those of another.
LIKE = {
    "houses-for-rent": "houses-for-sale",
    "apartments-for-sale": "apartments-for-rent",
    "womens-tops": "shirts",
    "lessons-tutoring": "teaching",
    "feature-phones": "smartphones",
}

#: What a title may say that its category does not: (category, word, motif).
SAID = (("lighting-decor", "rug", "rugs"),)


@dataclass(frozen=True, order=True)
class Sketch:
    """One picture to draw: the kind of thing (a category with a motif), a car's body, its paint, and which of several it is."""

    kind: str
    body: str
    paint: str
    turn: int = 0

    @property
    def name(self) -> str:
        """Its folder in the media store."""
        return "-".join(filter(None, (self.kind, self.body, self.paint.lower(), str(self.turn))))


def sketch_of(category: str, attributes: Mapping[str, Any], dice: Random, *, title: str = "") -> Sketch:
    """The first picture for a listing of the category with these attributes and this title."""
    kind = LIKE.get(category, category)
    words = title.lower().replace(",", " ").split()
    kind = next((motif for where, word, motif in SAID if where == category and word in words), kind)
    paint = str(attributes.get("colour", "")).capitalize() or dice.choice(MOTIFS[kind].paints)
    return Sketch(kind, str(attributes.get("body", "")), paint)


def draw(sketch: Sketch) -> bytes:
    """The picture as a JPEG: the same one for the same sketch."""
    dice, motif, canvas = Random(f"picture {sketch.name}"), MOTIFS[sketch.kind], Canvas()
    dice.choice(motif.scenes)(canvas, dice, sketch.paint)
    canvas.is_mirrored = motif.scenes[0] is STREET and dice.random() < 0.4
    BODIES.get(sketch.body, motif.draw)(canvas, dice, sketch.paint)
    return canvas.jpeg()
