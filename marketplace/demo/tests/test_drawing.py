"""Pictures: each motif can be drawn, and the same sketch is the same picture."""

import io
from random import Random

import pytest
from PIL import Image

from marketplace.demo import shipped
from marketplace.demo.drawing.canvas import Canvas, outline
from marketplace.demo.drawing.colours import PAINTS, alike, mix
from marketplace.demo.motifs import LIKE, MOTIFS, Sketch, draw, sketch_of
from marketplace.demo.pictures import Wanted, assign, few_paints
from marketplace.demo.shelves import tree


@pytest.mark.parametrize("kind", sorted(MOTIFS))
def test_each_motif_is_drawn_as_a_picture_of_800_by_600(kind: str) -> None:
    picture = Image.open(io.BytesIO(draw(Sketch(kind, "", MOTIFS[kind].paints[0]))))

    assert (picture.format, picture.size) == ("JPEG", (800, 600))
    assert len(picture.resize((40, 30)).getcolors(1200) or []) > 50, "a picture, not a plain field"


def test_the_same_sketch_is_the_same_picture_and_another_paint_is_another() -> None:
    red = draw(Sketch("cars", "suv", "Red"))

    assert draw(Sketch("cars", "suv", "Red")) == red
    assert draw(Sketch("cars", "suv", "Blue")) != red
    assert draw(Sketch("cars", "suv", "Red", 1)) != red


def test_every_category_without_children_has_its_pictures() -> None:
    shelves = list(tree(shipped.document("020_categories.json")))
    parents = {shelf.parent for shelf in shelves}
    leaves = {shelf.said["slug"] for shelf in shelves} - parents

    assert leaves - set(LIKE) == set(MOTIFS) - {"rugs"}
    assert set(LIKE.values()) <= set(MOTIFS)


def test_every_colour_that_a_listing_may_have_is_a_paint() -> None:
    colours = next(each for each in shipped.document("030_attributes.json") if each["code"] == "colour")["options"]

    assert {code.capitalize() for code in colours} <= set(PAINTS)


def test_a_listing_is_drawn_in_its_own_colour_and_body() -> None:
    assert sketch_of("cars", {"colour": "maroon", "body": "pickup"}, Random(1)) == Sketch("cars", "pickup", "Maroon")
    assert sketch_of("houses-for-rent", {}, Random(1)).kind == "houses-for-sale"
    assert sketch_of("lighting-decor", {}, Random(1), title="Handwoven sisal rug, red").kind == "rugs"


def test_listings_that_look_alike_share_a_picture_and_rare_paints_take_the_nearest() -> None:
    common = {f"A-{n}": Sketch("sofas", "", "Yellow") for n in range(3)}

    assert set(few_paints(common | {"B": Sketch("sofas", "", "Gold")}).values()) == {Sketch("sofas", "", "Yellow")}
    assert alike("Gold", ["White", "Yellow", "Green"]) == "Yellow"
    assert alike("Gold", ["Red"]) == "Gold"


def test_pictures_are_shared_out_the_same_way_each_time() -> None:
    wanted = [Wanted(f"A-{n}", "sofas", "Sofa", {"colour": "blue"}) for n in range(50)]

    first = assign(wanted, Random(7))
    assert first == assign(wanted, Random(7))
    assert {sketch for some in first.values() for sketch in some} == {
        Sketch("sofas", "", "Blue", turn) for turn in range(3)
    }


def test_a_written_path_gives_its_corners_and_bends_its_curves() -> None:
    assert outline("M 0 0 L 10 0 L 10 5 Z") == [(0, 0), (10, 0), (10, 5)]
    curve = outline("M 0 0 Q 10 10 20 0 Z")
    assert (len(curve), curve[-1]) == (15, (20, 0))
    assert max(y for _x, y in curve) == 5


def test_what_is_placed_is_moved_and_sized() -> None:
    canvas = Canvas()
    with canvas.placed(400, 300, 2):
        canvas.box(-10, -10, 20, 20, "#ff0000")

    assert canvas.image.getpixel((800, 600)) == (255, 0, 0)
    assert canvas.image.getpixel((762, 562)) == (255, 0, 0)
    assert canvas.image.getpixel((755, 555)) == (255, 255, 255)
    assert mix("#000000", "#ffffff", 50) == (127, 127, 127)
