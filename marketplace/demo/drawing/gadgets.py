"""Phones, computers, sound and picture."""

import math
from random import Random

from marketplace.demo.drawing.canvas import Canvas
from marketplace.demo.drawing.colours import darker, lighter, mix, rgb

WALLPAPERS = (
    ("#5b7cfa", "#c6a5f7"),
    ("#0fb5a6", "#8ee4c9"),
    ("#f78a5c", "#fbd18b"),
    ("#e7588d", "#f7b3a2"),
    ("#31416b", "#7fa3d8"),
)


def _wallpaper(c: Canvas, dice: Random, x: float, y: float, width: float, height: float, radius: float) -> None:
    one, other = dice.choice(WALLPAPERS)
    c.box(x, y, width, height, one, round=radius, to=other)
    base, mid = y + height - radius / 2, y + height * 0.66
    c.path(
        f"M {x + radius / 2} {base} L {x + 2} {mid} C {x + width * 0.3} {mid - height * 0.2} {x + width * 0.55} {mid + height * 0.16} {x + width - 2} {mid - height * 0.1} L {x + width - radius / 2} {base} Z",
        rgb(lighter(one, 40), 120),
    )
    c.oval(x + width * 0.7, y + height * 0.26, min(width, height) * 0.11, None, rgb("#ffffff", 130))


def _phone_back(c: Canvas, paint: str, lenses: int) -> None:
    c.box(-104, -214, 208, 428, darker(paint, 26), round=34)
    c.box(-99, -209, 198, 418, lighter(paint, 22), round=30, to=darker(paint, 6))
    c.box(-86, -196, 84, 52 + 44 * (lenses - 1) // 2, rgb(darker(paint, 22), 190), round=24)
    for lens in range(lenses):
        x, y = -62 + 38 * (lens % 2), -170 + 44 * (lens // 2)
        c.oval(x, y, 17, 17, "#171a21")
        c.oval(x, y, 10, 10, "#33405a")
        c.oval(x - 4, y - 4, 3, 3, "#dfe9ff")
    c.oval(0, 60, 17, 17, rgb(darker(paint, 18), 120))


def _phone_front(c: Canvas, dice: Random, paint: str) -> None:
    c.box(-106, -216, 212, 432, darker(paint, 34), round=36)
    c.box(-101, -211, 202, 422, "#14161c", round=32)
    _wallpaper(c, dice, -93, -203, 186, 406, 26)
    c.box(-30, -194, 60, 15, "#14161c", round=8)
    c.box(-66, -150, 92, 14, rgb("#ffffff", 230), round=7)
    c.box(-66, -126, 60, 9, rgb("#ffffff", 160), round=4)
    for step in range(4):
        c.box(-78 + 41 * step, 142, 33, 33, rgb("#ffffff", 205), round=9)
    c.box(-34, 190, 68, 5, rgb("#ffffff", 220), round=3)


def phone(c: Canvas, dice: Random, paint: str) -> None:
    pose = dice.randrange(3)
    c.shadow(400, 540, 190, 18, strength=110)
    if pose == 0:
        with c.placed(325, 300, 1, -8):
            _phone_back(c, paint, dice.choice((2, 3, 4)))
        with c.placed(475, 306, 1, 7):
            _phone_front(c, dice, paint)
    elif pose == 1:
        with c.placed(400, 302, 1.08, 12):
            _phone_front(c, dice, paint)
    else:
        with c.placed(470, 298, 1, 10):
            _phone_front(c, dice, paint)
        with c.placed(330, 310, 1, -4):
            _phone_back(c, paint, dice.choice((2, 3, 4)))


def tablet(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 520, 280, 20, strength=110)
    with c.placed(400, 300, 1, dice.choice((-5, 0, 5))):
        c.box(-278, -196, 556, 392, darker(paint, 20), round=30)
        c.box(-272, -190, 544, 380, "#14161c", round=26)
        _wallpaper(c, dice, -252, -172, 504, 344, 10)
        for step in range(6):
            c.box(-168 + 58 * step, 106, 44, 44, rgb("#ffffff", 215), round=12)
        c.box(-220, -140, 150, 96, rgb("#ffffff", 200), round=16)
        c.box(-200, -118, 82, 14, "#5b6478", round=6)
        c.box(-200, -92, 106, 10, "#aeb6c4", round=5)
        c.box(-200, -72, 60, 10, "#aeb6c4", round=5)
    if dice.random() < 0.5:
        with c.placed(650, 330, 1, 14):
            c.box(-8, -170, 16, 320, "#f4f5f7", round=8, to="#cfd6e0")
            c.path("M -8 146 L 8 146 L 0 172 Z", "#7d8591")


def smartwatch(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 545, 110, 16, strength=110)
    c.path("M 340 60 L 460 60 L 478 220 L 322 220 Z", lighter(paint, 6), to=darker(paint, 22))
    c.path("M 322 380 L 478 380 L 458 545 L 342 545 Z", darker(paint, 18), to=lighter(paint, 6))
    for y in (410, 440, 470, 500):
        c.box(388, y, 24, 10, rgb(darker(paint, 50), 200), round=5)
    c.box(296, 186, 208, 228, "#8d97a5", round=56, to="#4b515c")
    c.box(502, 268, 14, 46, "#6b7480", round=6)
    c.box(308, 198, 184, 204, "#101217", round=46)
    for radius, colour, turns in ((66, "#e7588d", 300), (50, "#f4bb36", 220), (34, "#2fb58a", 260)):
        c.line([_polar(400, 300, radius, angle) for angle in range(-90, turns - 90, 8)], colour, 11)


def _polar(x: float, y: float, radius: float, angle: float) -> tuple[float, float]:
    return x + radius * math.cos(math.radians(angle)), y + radius * math.sin(math.radians(angle))


def earphones(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 520, 190, 20, strength=120)
    c.box(262, 330, 276, 180, lighter(paint, 18), round=70, to=darker(paint, 12))
    c.path("M 262 396 C 262 250 300 214 400 214 C 500 214 538 250 538 396 Z", rgb(darker(paint, 30)))
    c.path("M 280 390 C 280 268 312 234 400 234 C 488 234 520 268 520 390 Z", darker(paint, 55))
    for x, way in ((344, -1), (456, 1)):
        c.box(x - 15, 262, 30, 128, "#f4f5f7", round=14, to="#cfd6e0")
        c.oval(x + 8 * way, 268, 36, 32, "#ffffff", to="#d6dce5")
        c.oval(x + 16 * way, 268, 14, 16, "#3b414d")
    c.box(262, 386, 276, 10, darker(paint, 26))
    c.oval(400, 440, 7, 7, "#39d08c")


def charger(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(330, 500, 130, 20, strength=120)
    c.stroke("M 330 470 C 330 560 540 560 560 440 C 574 340 640 380 640 300 L 640 250", darker(paint, 6), 13)
    c.box(240, 260, 180, 210, lighter(paint, 25), round=34, to=darker(paint, 4))
    for x in (286, 354):
        c.box(x, 190, 20, 74, "#b6bec9", round=5)
    c.box(298, 440, 64, 18, "#30343c", round=8)
    c.path("M 338 318 L 296 376 L 326 376 L 316 420 L 366 358 L 334 358 Z", "#f4bb36")
    c.box(618, 190, 44, 70, lighter(paint, 20), round=10)
    c.box(626, 150, 28, 44, "#b6bec9", round=6)


def power_bank(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 530, 140, 18, strength=120)
    with c.placed(400, 310, 1, dice.choice((-10, 8))):
        c.box(-112, -206, 224, 420, darker(paint, 28), round=36)
        c.box(-106, -200, 212, 408, lighter(paint, 20), round=32, to=darker(paint, 8))
        c.box(-62, -168, 124, 62, "#14161c", round=14)
        for step in range(4):
            c.box(-48 + 26 * step, -150, 18, 26, "#39d08c" if step < 3 else "#39414f", round=4)
        c.path("M 10 -30 L -34 44 L -4 44 L -14 104 L 40 18 L 8 18 Z", rgb("#ffffff", 210))


def laptop(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 486, 350, 20, strength=130)
    c.box(182, 136, 436, 296, darker(paint, 30), round=20)
    c.box(188, 142, 424, 290, "#14161c", round=16)
    if dice.random() < 0.5:
        _wallpaper(c, dice, 204, 160, 392, 258, 4)
        for step in range(7):
            c.box(272 + 38 * step, 384, 28, 26, rgb("#ffffff", 210), round=7)
    else:
        c.box(204, 160, 392, 258, "#f4f7fb")
        c.box(204, 160, 92, 258, "#2c3550")
        for row in range(6):
            c.box(220, 186 + 30 * row, dice.randrange(36, 62), 10, "#6d7ba3", round=5)
        for column, colour in enumerate(("#5b7cfa", "#39b98b", "#f4bb36")):
            c.box(316 + 90 * column, 180, 78, 54, mix(colour, "#ffffff", 72), round=8)
            c.box(326 + 90 * column, 192, 34, 12, colour, round=5)
        for column in range(9):
            height = dice.randrange(24, 130)
            c.box(322 + 29 * column, 398 - height, 17, height, "#5b7cfa", round=4, to="#a9bcfd")
    c.path(
        "M 128 440 L 672 440 L 700 472 C 700 482 690 486 676 486 L 124 486 C 110 486 100 482 100 472 Z",
        lighter(paint, 24),
        to=darker(paint, 8),
    )
    c.path("M 340 440 L 460 440 L 452 452 L 348 452 Z", darker(paint, 30))


def desktop(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(370, 500, 230, 18, strength=120)
    c.box(150, 130, 400, 264, darker(paint, 40), round=16)
    _wallpaper(c, dice, 164, 144, 372, 236, 4)
    c.path("M 318 394 L 382 394 L 396 480 L 304 480 Z", "#aeb6c4", to="#7d8591")
    c.box(260, 474, 180, 16, "#8d97a5", round=8)
    c.shadow(640, 500, 90, 16, strength=120)
    c.box(584, 180, 118, 316, "#3a3f4a", round=10, to="#1f232b")
    c.box(600, 200, 86, 10, rgb("#ffffff", 60), round=4)
    c.oval(643, 300, 30, 30, rgb(paint, 90))
    c.oval(643, 300, 22, 22, "#14161c")
    c.oval(643, 392, 30, 30, rgb(paint, 90))
    c.oval(643, 392, 22, 22, "#14161c")
    c.oval(643, 462, 6, 6, "#39d08c")


def television(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 500, 300, 16, strength=120)
    c.path("M 232 444 L 262 444 L 232 498 L 196 498 Z", "#3a3f4a")
    c.path("M 538 444 L 568 444 L 604 498 L 568 498 Z", "#3a3f4a")
    c.box(96, 96, 608, 354, "#1b1e25", round=12)
    one, other = dice.choice(WALLPAPERS)
    c.box(106, 106, 588, 330, one, to=lighter(other, 10))
    c.oval(dice.choice((250, 550)), 210, 52, 52, rgb("#fff7dc", 220))
    c.path("M 106 436 L 106 360 C 200 270 260 260 340 350 C 430 230 540 240 694 370 L 694 436 Z", darker(one, 30))
    c.path("M 106 436 L 106 400 C 260 340 420 420 694 380 L 694 436 Z", darker(one, 52))
    c.box(380, 438, 40, 6, "#d93b45", round=3)


def speaker(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 520, 160, 18, strength=130)
    c.box(272, 104, 256, 412, darker(paint, 30), round=26)
    c.box(278, 110, 244, 400, lighter(paint, 8), round=22, to=darker(paint, 18))
    for y, radius in ((212, 58), (386, 92)):
        c.oval(400, y, radius + 8, radius + 8, "#9aa4b1", to="#5d6674")
        c.oval(400, y, radius, radius, "#1d2026")
        c.oval(400, y, radius * 0.78, radius * 0.78, "#3a3f4a", to="#23262d")
        c.oval(400, y, radius * 0.34, radius * 0.34, "#6b7480", to="#2b2f37")
    c.oval(400, 138, 6, 6, "#39d08c")


def headphones(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 520, 190, 18, strength=120)
    c.stroke("M 250 370 C 230 60 570 60 550 370", darker(paint, 14), 30)
    c.stroke("M 262 300 C 262 110 538 110 538 300", lighter(paint, 30), 9)
    for x, way in ((258, -1), (542, 1)):
        c.box(x - 44, 310, 88, 172, lighter(paint, 10), round=42, to=darker(paint, 20))
        c.box(x - 16 - 30 * way, 322, 32, 148, "#2b2f37", round=16)
        c.oval(x + 12 * way, 396, 18, 40, rgb(darker(paint, 35), 150))


def camera(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 496, 250, 20, strength=130)
    c.path("M 310 190 L 340 140 L 460 140 L 490 190 Z", "#3a3f4a", to="#2b2f37")
    c.box(166, 184, 468, 300, "#3f4551", round=30, to="#22252c")
    c.box(166, 250, 468, 160, rgb(paint, 210))
    c.box(196, 164, 64, 24, "#565d6a", round=8)
    c.oval(580, 218, 16, 16, "#d93b45")
    for radius, colour in ((132, "#15171c"), (118, "#59616f"), (104, "#15171c"), (74, "#24304a"), (46, "#3d5687")):
        c.oval(400, 330, radius, radius, colour)
    c.oval(372, 298, 22, 16, rgb("#ffffff", 190))
    c.oval(430, 364, 10, 10, rgb("#ffffff", 90))


def console(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 480, 240, 20, strength=120)
    c.path(
        "M 250 200 C 300 180 330 206 400 206 C 470 206 500 180 550 200 C 620 230 668 400 640 448 C 610 494 560 440 520 392 L 280 392 C 240 440 190 494 160 448 C 132 400 180 230 250 200 Z",
        lighter(paint, 20),
        to=darker(paint, 8),
    )
    c.box(352, 224, 96, 56, "#1d2026", round=12)
    for x, y in ((330, 348), (470, 348)):
        c.oval(x, y, 40, 40, darker(paint, 45))
        c.oval(x, y, 28, 28, "#3a3f4a", to="#1d2026")
    c.box(234, 262, 72, 24, "#2b2f37", round=8)
    c.box(258, 238, 24, 72, "#2b2f37", round=8)
    for x, y, colour in ((530, 238, "#39b98b"), (562, 272, "#d93b45"), (498, 272, "#5b7cfa"), (530, 306, "#f4bb36")):
        c.oval(x, y, 16, 16, colour)


def printer(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 500, 270, 20, strength=120)
    c.path("M 270 100 L 530 100 L 546 250 L 254 250 Z", "#ffffff", to="#e5e9ef")
    c.box(150, 230, 500, 200, "#eef1f5", round=26, to="#cdd4de")
    c.box(150, 330, 500, 160, "#3f4551", round=22, to="#2b2f37")
    c.path("M 236 420 L 564 420 L 596 520 L 204 520 Z", "#ffffff", to="#eef1f5")
    for row in range(3):
        c.box(280, 442 + 20 * row, 240 - 50 * row, 8, rgb(paint, 160), round=4)
    c.box(540, 256, 80, 46, "#1d2026", round=8)
    c.box(550, 266, 40, 8, "#39d08c", round=4)


def router(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 476, 260, 18, strength=120)
    for x, lean in ((220, -8), (330, -3), (470, 3), (580, 8)):
        with c.placed(x, 380, 1, lean):
            c.box(-9, -230, 18, 240, "#3f4551", round=9, to="#1d2026")
    c.path(
        "M 150 380 L 650 380 L 690 456 C 690 468 680 474 666 474 L 134 474 C 120 474 110 468 110 456 Z",
        lighter(paint, 20),
        to=darker(paint, 12),
    )
    for step in range(6):
        c.oval(300 + 40 * step, 440, 6, 6, "#39d08c" if step != 4 else "#f4bb36")
    for radius in (34, 62, 90):
        c.line(
            [_polar(400, 190, radius, angle) for angle in range(-135, -44, 9)],
            rgb(paint if paint != "White" else "Blue", 230),
            11,
        )
    c.oval(400, 190, 10, 10, paint if paint != "White" else "Blue")
