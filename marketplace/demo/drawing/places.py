"""Houses, flats, shops, offices, land and rooms to stay in."""

from random import Random

from marketplace.demo.drawing.canvas import Canvas
from marketplace.demo.drawing.colours import darker, lighter, rgb

WALLS = ("#f6ead7", "#f4f5f7", "#f2dcc3", "#e8e3f2", "#dfeae4", "#f7e3df")


def _window(c: Canvas, x: float, y: float, width: float, height: float, *, lit: bool = False) -> None:
    c.box(x - 5, y - 5, width + 10, height + 10, "#ffffff", round=3)
    c.box(x, y, width, height, "#ffe9a8" if lit else "#7fb2dd", to="#ffd36e" if lit else "#cbe5f7")
    c.box(x + width / 2 - 2, y, 4, height, "#ffffff")
    c.box(x - 8, y + height + 4, width + 16, 6, "#cfd6df")


def _tree(c: Canvas, x: float, base: float, size: float, green: str) -> None:
    c.box(x - size * 0.07, base - size * 0.7, size * 0.14, size * 0.7, "#7a5a45", round=3)
    c.oval(x, base - size, size * 0.46, size * 0.5, green, to=darker(green, 18))
    c.oval(x - size * 0.26, base - size * 0.74, size * 0.3, size * 0.3, darker(green, 8))
    c.oval(x + size * 0.28, base - size * 0.78, size * 0.3, size * 0.3, lighter(green, 8))


def house(c: Canvas, dice: Random, paint: str) -> None:
    wall = dice.choice(WALLS)
    c.shadow(400, 492, 330, 18, strength=120)
    c.box(480, 290, 190, 196, darker(wall, 6), to=darker(wall, 14))
    c.path("M 460 296 L 520 226 L 680 226 L 700 296 Z", lighter(paint, 4), to=darker(paint, 22))
    c.box(500, 340, 150, 146, "#eef1f5", to="#c9d0da")
    for y in range(364, 480, 24):
        c.box(500, y, 150, 3, "#aab3c0")
    c.box(150, 270, 350, 216, wall, to=darker(wall, 8))
    c.path("M 120 280 L 325 130 L 530 280 L 504 294 L 325 164 L 146 294 Z", lighter(paint, 10), to=darker(paint, 16))
    c.path("M 156 286 L 325 166 L 494 286 Z", lighter(wall, 26))
    c.oval(325, 236, 24, 24, "#ffffff")
    c.oval(325, 236, 18, 18, "#8fbfe6")
    c.box(190, 150, 34, 84, darker(wall, 30))
    _window(c, 184, 330, 84, 74, lit=dice.random() < 0.4)
    _window(c, 384, 330, 84, 74)
    c.box(294, 342, 64, 144, "#ffffff", round=4)
    c.box(300, 348, 52, 138, darker(paint, 30), round=3, to=darker(paint, 44))
    c.oval(342, 420, 4, 4, "#f4bb36")
    c.path("M 296 486 L 356 486 L 410 600 L 230 600 Z", "#d9d3c7", to="#c4bdb0")
    _tree(c, 84, 490, 150, "#3f9d61")
    _tree(c, 734, 486, 110, "#4fae6f")
    for x in (170, 226, 400, 446, 476):
        c.oval(x, 484, 26, 18, dice.choice(("#3f9d61", "#58b373")))
        c.oval(x + 8, 478, 4, 4, dice.choice(("#ec87a9", "#f4bb36", "#ffffff")))


def apartments(c: Canvas, dice: Random, paint: str) -> None:
    wall, floors = dice.choice(WALLS), dice.choice((5, 6))
    c.shadow(400, 500, 280, 16, strength=120)
    top = 494 - 68 * floors
    c.box(214, top, 372, 496 - top, wall, to=darker(wall, 10))
    c.box(352, top - 26, 96, 520 - top, lighter(paint, 10), to=darker(paint, 14))
    c.box(202, top - 12, 396, 16, darker(wall, 30), round=4)
    for floor in range(floors):
        y = top + 20 + 68 * floor
        for x in (238, 474):
            if floor == floors - 1:
                _window(c, x + 16, y, 58, 40)
                continue
            _window(c, x, y, 38, 36, lit=dice.random() < 0.3)
            _window(c, x + 50, y, 38, 36, lit=dice.random() < 0.3)
            c.box(x - 12, y + 28, 112, 20, rgb(darker(paint, 20), 235), round=3)
            for step in range(6):
                c.box(x - 6 + 18 * step, y + 31, 4, 15, rgb("#ffffff", 120))
        if floor < floors - 1:
            c.box(378, y, 44, 36, "#9cc7e8", to="#d9eefa")
    c.box(372, 430, 56, 66, "#2b3a52", round=4)
    c.box(398, 430, 4, 66, "#ffffff")
    _tree(c, 150, 498, 140, "#3f9d61")
    _tree(c, 664, 500, 170, "#4fae6f")


def shop(c: Canvas, dice: Random, paint: str) -> None:
    wall = dice.choice(WALLS)
    c.shadow(400, 494, 320, 16, strength=120)
    c.box(150, 150, 500, 342, wall, to=darker(wall, 12))
    c.box(136, 136, 528, 24, darker(wall, 34), round=5)
    c.box(190, 178, 420, 50, darker(paint, 26), round=8)
    c.box(230, 196, 150, 14, "#ffffff", round=7)
    c.box(396, 196, 90, 14, rgb("#ffffff", 150), round=7)
    for x in (180, 460):
        c.box(x, 300, 160, 150, "#8fbfe6", round=4, to="#dff0fb")
        c.box(x, 392, 160, 8, "#a06b43")
        for step in range(4):
            c.box(
                x + 14 + 36 * step,
                352 - 6 * (step % 2),
                24,
                40 + 6 * (step % 2),
                dice.choice(("#d93b45", "#f4bb36", "#2f9561", "#7a58c8")),
                round=4,
            )
            c.oval(x + 26 + 36 * step, 428, 13, 13, dice.choice(("#ef7f35", "#59b879", "#f4bb36")))
    c.box(360, 290, 80, 200, darker(paint, 34), round=4)
    c.box(370, 302, 60, 110, "#cfe6f5", round=3)
    for step in range(10):
        colour = paint if step % 2 else "#ffffff"
        c.path(
            f"M {150 + 50 * step} 244 L {200 + 50 * step} 244 L {200 + 50 * step} 290 Q {175 + 50 * step} 312 {150 + 50 * step} 290 Z",
            colour,
        )
    for x in (166, 610):
        c.path(f"M {x} 452 L {x + 40} 452 L {x + 34} 492 L {x + 6} 492 Z", "#b9683f")
        c.oval(x + 20, 440, 28, 24, "#3f9d61")


def office(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 500, 260, 16, strength=120)
    c.box(250, 66, 220, 432, darker("Sky", 34), to=lighter("Sky", 26))
    c.box(470, 150, 110, 348, darker("Sky", 48), to=darker("Sky", 6))
    for y in range(92, 470, 36):
        c.box(250, y, 220, 5, rgb("#ffffff", 150))
        if y > 160:
            c.box(470, y, 110, 5, rgb("#ffffff", 90))
    for x in range(294, 470, 44):
        c.box(x, 66, 4, 432, rgb("#ffffff", 110))
    c.path("M 250 300 L 470 90 L 470 190 L 250 400 Z", rgb("#ffffff", 60))
    c.box(240, 56, 240, 16, darker(paint, 16), round=4)
    c.box(310, 440, 100, 58, "#2b3a52")
    c.box(296, 428, 128, 14, paint, round=4)
    _tree(c, 176, 500, 130, "#3f9d61")
    _tree(c, 650, 500, 150, "#4fae6f")


def land(c: Canvas, dice: Random, paint: str) -> None:
    c.path("M 190 440 L 640 430 L 760 560 L 60 572 Z", "#cfa574", to="#b78a58")
    c.path("M 210 448 L 622 440 L 722 548 L 104 560 Z", "#93c477", to="#76b05f")
    for x, y in ((190, 442), (640, 432), (760, 560), (60, 572), (410, 436), (412, 566)):
        c.box(x - 7, y - 66, 14, 70, "#a06b43", round=4, to="#7a5038")
        c.box(x - 7, y - 66, 14, 14, "#ffffff", round=4)
    for line in (
        [(190, 400), (410, 396), (640, 392)],
        [(640, 392), (760, 520)],
        [(190, 400), (60, 532)],
        [(60, 532), (412, 526), (760, 520)],
    ):
        c.line(line, "#e9e2d6", 4)
    c.box(366, 300, 12, 190, "#8a5f3d")
    c.box(272, 232, 200, 110, "#ffffff", round=10)
    c.box(280, 240, 184, 94, paint, round=7, to=darker(paint, 16))
    c.box(304, 262, 136, 14, "#ffffff", round=7)
    c.box(304, 290, 88, 12, rgb("#ffffff", 170), round=6)
    _tree(c, 700, 440, 150, "#3f9d61")
    _tree(c, 84, 438, 110, "#4fae6f")
    c.path("M 600 560 Q 606 536 612 560 Q 620 530 626 560 Z", "#478f45")


def lodge(c: Canvas, dice: Random, paint: str) -> None:
    c.path("M 90 540 L 710 540 L 660 596 L 140 596 Z", "#62c4e8", to="#2f94cf")
    c.stroke("M 190 566 Q 240 556 290 566", rgb("#ffffff", 150), 4)
    c.stroke("M 470 574 Q 520 562 570 574", rgb("#ffffff", 150), 4)
    c.box(80, 528, 640, 16, "#efe3cf", round=6)
    c.box(210, 350, 380, 180, "#f4e5cc", to="#dfc8a2")
    c.path(
        "M 160 360 C 240 290 330 180 400 150 C 470 180 560 290 640 360 C 560 352 240 352 160 360 Z",
        "#c79a56",
        to="#94692f",
    )
    for step in range(9):
        c.line([(400, 156), (200 + 50 * step, 352)], rgb("#6f4b20", 70), 3)
    _window(c, 250, 400, 76, 70, lit=True)
    _window(c, 474, 400, 76, 70, lit=True)
    c.box(366, 396, 68, 134, darker(paint, 20), round=6, to=darker(paint, 40))
    for x, lean in ((104, -6), (708, 8)):
        with c.placed(x, 528, 1, lean):
            c.path("M -9 0 L 9 0 L 5 -220 L -5 -220 Z", "#8a5f3d")
            for turn in (-95, -50, -12, 30, 68, 105):
                with c.placed(0, -216, 1, turn):
                    c.path("M 0 0 C -30 -34 -18 -90 10 -112 C 24 -80 22 -30 0 0 Z", "#3f9d61", to="#2c7d4a")
    for x in (250, 520):
        c.path(f"M {x} 524 L {x + 84} 524 L {x + 110} 490 L {x + 100} 486 L {x + 72} 508 L {x} 508 Z", "#ffffff")
