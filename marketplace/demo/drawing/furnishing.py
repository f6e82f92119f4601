"""Furniture, appliances and what stands in a home or garden."""

from random import Random

from marketplace.demo.drawing.canvas import Canvas
from marketplace.demo.drawing.colours import darker, lighter, rgb

WOOD, WOOD_LOW = "#c08a55", "#94633a"


def sofa(c: Canvas, dice: Random, paint: str) -> None:
    seats = dice.choice((2, 3))
    left, width = (120, 560) if seats == 3 else (190, 420)
    c.shadow(400, 520, width * 0.55, 16, strength=130)
    for x in (left + 30, left + width - 52):
        c.path(f"M {x} 490 L {x + 22} 490 L {x + 17} 526 L {x + 5} 526 Z", WOOD_LOW)
    c.box(left + 20, 262, width - 40, 200, darker(paint, 12), round=36)
    each = (width - 96) // seats
    for seat in range(seats):
        x = left + 48 + each * seat
        c.box(x + 3, 276, each - 6, 130, lighter(paint, 16), round=24, to=paint)
    for seat in range(seats):
        x = left + 48 + each * seat
        c.box(x + 3, 388, each - 6, 66, lighter(paint, 24), round=20, to=darker(paint, 4))
    c.box(left + 10, 440, width - 20, 54, darker(paint, 16), round=16, to=darker(paint, 30))
    for x in (left, left + width - 62):
        c.box(x, 344, 62, 150, lighter(paint, 10), round=28, to=darker(paint, 18))
    for x, colour in ((left + 74, "#f4bb36"), (left + width - 146, "#f7f3ea")):
        with c.placed(x + 36, 356, 1, 9 if x < 400 else -9):
            c.box(-36, -36, 72, 72, colour, round=14)


def bed(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 520, 320, 16, strength=130)
    c.box(110, 210, 40, 306, WOOD, round=10, to=WOOD_LOW)
    c.box(124, 190, 60, 220, WOOD, round=20, to=WOOD_LOW)
    c.box(664, 380, 30, 136, WOOD, round=8, to=WOOD_LOW)
    c.box(140, 420, 540, 62, WOOD, round=6, to=WOOD_LOW)
    c.box(160, 356, 514, 76, "#fbfbfd", round=20, to="#e1e6ee")
    c.path(
        "M 330 352 C 420 340 600 346 672 356 C 688 376 688 440 676 462 L 360 462 C 330 440 320 380 330 352 Z",
        lighter(paint, 16),
        to=darker(paint, 12),
    )
    c.path("M 326 352 C 356 348 388 346 408 348 L 416 462 L 360 462 C 330 440 320 380 326 352 Z", lighter(paint, 48))
    for x in (188, 226):
        c.box(x, 306, 108, 58, "#ffffff", round=24, to="#e7ebf2")


def dining(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 524, 310, 16, strength=130)
    for x, way in ((150, 1), (650, -1)):
        c.box(x - 9, 210, 18, 306, WOOD_LOW, round=6)
        c.box(x + 84 * way - 8, 390, 16, 126, WOOD_LOW, round=6)
        c.box(min(x, x + 96 * way), 376, 96, 26, lighter(paint, 6), round=10, to=darker(paint, 20))
        c.box(x - 16, 200, 32, 112, lighter(paint, 10), round=14, to=darker(paint, 16))
    c.box(190, 322, 420, 26, lighter("#c08a55", 12), round=10, to=WOOD)
    for x in (226, 556):
        c.path(f"M {x} 348 L {x + 24} 348 L {x + 18} 518 L {x + 6} 518 Z", WOOD, to=WOOD_LOW)
    c.path("M 366 322 C 352 300 360 276 372 262 L 428 262 C 440 276 448 300 434 322 Z", "#eef1f5", to="#c2cad6")
    for angle, colour in ((-34, "#2f9561"), (0, "#e7588d"), (30, "#4fae78"), (-14, "#f4bb36"), (16, "#ec87a9")):
        with c.placed(400, 268, 1, angle):
            c.line([(0, 0), (0, -84)], "#2f7d53", 5)
            c.oval(0, -92, 18, 24, colour)


def chair(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 536, 150, 16, strength=130)
    c.box(302, 118, 196, 234, darker(paint, 24), round=48)
    c.box(310, 126, 180, 216, lighter(paint, 18), round=42, to=darker(paint, 8))
    for y in (190, 240, 290):
        c.line([(334, y), (466, y)], rgb(darker(paint, 30), 110), 3)
    c.box(284, 344, 232, 58, lighter(paint, 24), round=26, to=darker(paint, 10))
    for x in (262, 508):
        c.box(x, 286, 30, 20, "#3a3f4a", round=10)
        c.box(x + 9, 300, 12, 72, "#4b515c", round=5)
    c.box(388, 400, 24, 82, "#6b7480", to="#3f4551")
    c.path("M 400 468 L 280 516 L 288 530 L 400 492 L 512 530 L 520 516 Z", "#3f4551")
    for x in (284, 400, 516):
        c.oval(x, 530, 14, 14, "#1d2026")


def wardrobe(c: Canvas, dice: Random, paint: str) -> None:
    wood = dice.choice(("#c08a55", "#a06b43", "#e5dccf", "#6f4e38"))
    c.shadow(400, 536, 230, 16, strength=130)
    c.box(210, 76, 380, 446, darker(wood, 24), round=8)
    c.box(196, 66, 408, 24, lighter(wood, 12), round=6)
    for x in (222, 404):
        c.box(x, 100, 174, 330, lighter(wood, 14), round=6, to=wood)
        c.box(x + 18, 118, 138, 294, rgb(darker(wood, 16), 90), round=4)
    c.box(404, 118, 156, 294, "#cfe6f5", round=4, to="#eef8ff")
    c.path("M 420 400 L 520 130 L 550 130 L 450 400 Z", rgb("#ffffff", 120))
    for x in (222, 404):
        c.box(x, 440, 174, 70, lighter(wood, 8), round=6, to=darker(wood, 8))
        c.box(x + 66, 468, 42, 8, "#e8c37a", round=4)
    for x in (384, 408):
        c.box(x, 250, 8, 56, "#e8c37a", round=4)


def lamp(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 530, 110, 14, strength=130)
    c.oval(400, 220, 250, 200, rgb("#fff3c4", 60))
    c.oval(400, 220, 180, 150, rgb("#fff3c4", 60))
    c.path("M 330 110 L 470 110 L 530 300 L 270 300 Z", lighter(paint, 26), to=darker(paint, 6))
    c.box(270, 292, 260, 12, rgb("#ffffff", 90), round=6)
    c.box(391, 300, 18, 200, "#c9a35b", to="#8d6c34")
    c.path("M 320 528 C 320 500 360 490 400 490 C 440 490 480 500 480 528 Z", "#c9a35b", to="#8d6c34")


def fridge(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 548, 160, 14, strength=130)
    c.box(274, 54, 252, 490, lighter(paint, 30), round=18, to=darker(paint, 4))
    c.box(274, 214, 252, 5, darker(paint, 30))
    c.box(292, 110, 12, 82, darker(paint, 42), round=6)
    c.box(292, 242, 12, 130, darker(paint, 42), round=6)
    c.path("M 420 54 L 500 54 L 430 214 L 350 214 Z", rgb("#ffffff", 60))
    c.path("M 430 219 L 510 219 L 400 544 L 320 544 Z", rgb("#ffffff", 44))
    c.box(440, 92, 58, 22, "#1d2026", round=6)
    c.box(448, 99, 22, 8, "#6cd6f2", round=3)
    c.box(296, 544, 30, 8, "#30343c")
    c.box(474, 544, 30, 8, "#30343c")


def washer(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 532, 200, 16, strength=130)
    c.box(220, 96, 360, 430, lighter(paint, 34), round=20, to=lighter(paint, 4))
    c.box(220, 180, 360, 4, darker(paint, 22))
    c.box(246, 118, 110, 42, darker(paint, 14), round=8)
    c.oval(430, 139, 24, 24, darker(paint, 30))
    c.oval(430, 139, 17, 17, lighter(paint, 50))
    c.box(478, 122, 78, 34, "#1d2026", round=7)
    c.box(488, 132, 34, 12, "#6cd6f2", round=4)
    c.oval(400, 350, 134, 134, "#aab3c0", to="#737c8a")
    c.oval(400, 350, 108, 108, "#2b3a52", to="#16202f")
    c.path(
        "M 296 370 C 340 340 380 400 430 366 C 470 344 490 360 503 372 C 494 426 450 458 400 458 C 346 458 306 420 296 370 Z",
        "#62b6ee",
        to="#2f7fd0",
    )
    c.oval(360, 300, 34, 20, rgb("#ffffff", 70))


def cooker(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 536, 210, 16, strength=130)
    c.box(212, 176, 376, 352, lighter(paint, 22), round=10, to=darker(paint, 10))
    c.box(200, 160, 400, 28, "#3a3f4a", round=8)
    for x in (262, 446):
        c.box(x, 148, 92, 14, "#1d2026", round=6)
    c.path("M 256 96 L 360 96 L 354 148 L 262 148 Z", "#d4dae3", to="#98a2b0")
    c.box(250, 88, 116, 12, "#b6bec9", round=6)
    c.oval(308, 82, 11, 9, "#30343c")
    for step in range(5):
        c.oval(258 + 71 * step, 218, 18, 18, "#2b2f37")
        c.box(256 + 71 * step, 204, 4, 14, "#ffffff")
    c.box(246, 262, 308, 12, "#9aa4b1", round=6)
    c.box(250, 292, 300, 176, "#2a303c", round=12, to="#4d3427")
    c.box(270, 396, 260, 6, "#8d97a5")
    c.oval(400, 380, 62, 20, "#e0a554")
    c.path("M 300 300 L 360 300 L 310 460 L 260 460 Z", rgb("#ffffff", 36))


def plant(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 540, 130, 16, strength=130)
    for angle, length in ((-58, 190), (58, 190), (-34, 250), (34, 250), (-12, 290), (14, 280), (0, 240)):
        with c.placed(400, 400, 1, angle):
            green = dice.choice(("#2f9561", "#3fae74", "#257a50", "#59b879"))
            c.path(
                f"M 0 0 C -46 {-length * 0.45} -34 {-length * 0.85} 0 {-length} C 34 {-length * 0.85} 46 {-length * 0.45} 0 0 Z",
                green,
                to=darker(green, 18),
            )
            c.line([(0, -10), (0, -length + 22)], rgb("#e9fff2", 90), 3)
    c.path("M 306 390 L 494 390 L 466 536 L 334 536 Z", lighter(paint, 16), to=darker(paint, 16))
    c.box(292, 376, 216, 34, lighter(paint, 8), round=8, to=darker(paint, 8))


def cookware(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 490, 260, 18, strength=130)
    c.box(160, 350, 70, 26, "#2b2f37", round=12)
    c.box(570, 350, 70, 26, "#2b2f37", round=12)
    c.path(
        "M 214 320 L 586 320 L 572 460 C 568 480 556 488 536 488 L 264 488 C 244 488 232 480 228 460 Z",
        lighter(paint, 16),
        to=darker(paint, 20),
    )
    c.path("M 240 340 L 276 340 L 280 462 L 254 462 Z", rgb("#ffffff", 70))
    c.box(200, 304, 400, 24, lighter(paint, 34), round=10)
    c.path(
        "M 222 304 C 240 250 330 236 400 236 C 470 236 560 250 578 304 Z",
        rgb(lighter(paint, 30), 255),
        to=darker(paint, 6),
    )
    c.box(376, 204, 48, 36, "#2b2f37", round=12)
    for x, lean in ((330, 0), (400, 14), (470, -4)):
        c.stroke(f"M {x} 190 C {x - 20 + lean} 160 {x + 24} 140 {x} 104", rgb("#ffffff", 150), 8)


def rug(c: Canvas, dice: Random, paint: str) -> None:
    c.path("M 200 190 L 600 190 L 730 500 L 70 500 Z", darker(paint, 16))
    c.path("M 214 202 L 586 202 L 704 486 L 96 486 Z", lighter(paint, 14), to=paint)
    c.path("M 238 222 L 562 222 L 658 464 L 142 464 Z", lighter("#f3e7d3", 20))
    c.path("M 252 232 L 548 232 L 634 452 L 166 452 Z", lighter(paint, 4), to=darker(paint, 14))
    for size, colour in ((118, "#f3e7d3"), (88, darker(paint, 25)), (54, "#f4bb36"), (26, "#f3e7d3")):
        c.path(
            f"M 400 {340 - size * 0.72} L {400 + size * 1.5} 340 L 400 {340 + size * 0.72} L {400 - size * 1.5} 340 Z",
            colour,
        )
    for step in range(20):
        c.line([(78 + 34 * step, 502), (74 + 34 * step, 522)], "#f3e7d3", 4)
