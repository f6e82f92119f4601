"""Trades and professions: pictures for jobs and services."""

from random import Random

from marketplace.demo.drawing.canvas import Canvas
from marketplace.demo.drawing.colours import darker, lighter, rgb


def briefcase(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 500, 270, 18, strength=130)
    c.stroke("M 320 210 L 320 160 Q 320 136 344 136 L 456 136 Q 480 136 480 160 L 480 210", darker(paint, 40), 22)
    c.box(160, 200, 480, 296, lighter(paint, 14), round=34, to=darker(paint, 18))
    c.path(
        "M 160 236 Q 160 200 196 200 L 604 200 Q 640 200 640 236 L 640 300 Q 520 360 400 360 Q 280 360 160 300 Z",
        lighter(paint, 4),
        to=darker(paint, 26),
    )
    c.box(366, 326, 68, 56, "#e8c37a", round=10, to="#b98d3e")
    c.box(390, 344, 20, 20, darker(paint, 50), round=5)


def helmet(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 470, 270, 18, strength=130)
    c.path(
        "M 190 420 C 180 250 270 150 400 150 C 530 150 620 250 610 420 Z",
        lighter("Yellow", 14),
        to=darker("Yellow", 10),
    )
    c.path(
        "M 358 154 C 340 240 338 330 340 420 L 460 420 C 462 330 460 240 442 154 C 416 146 384 146 358 154 Z",
        lighter("Yellow", 30),
        to="#f4bb36",
    )
    for drawn in ("M 280 190 C 252 250 240 330 240 420", "M 520 190 C 548 250 560 330 560 420"):
        c.stroke(drawn, rgb(darker("Yellow", 24), 170), 10)
    c.box(140, 410, 520, 44, darker("Yellow", 8), round=20, to=darker("Yellow", 26))
    c.box(370, 300, 60, 60, "#ffffff", round=10)
    c.box(380, 324, 40, 12, paint, round=4)
    c.box(394, 310, 12, 40, paint, round=4)


def headset(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 540, 180, 16, strength=110)
    c.oval(400, 290, 96, 110, "#8a5a3c", to="#6f4630")
    c.path(
        "M 296 290 C 280 130 360 110 410 116 C 500 116 520 200 506 290 C 496 230 460 200 400 204 C 340 204 306 230 296 290 Z",
        "#1d2026",
    )
    c.path(
        "M 200 560 C 210 450 290 420 360 410 L 440 410 C 510 420 590 450 600 560 Z",
        lighter(paint, 12),
        to=darker(paint, 14),
    )
    c.path("M 356 380 L 444 380 L 450 424 Q 400 460 350 424 Z", "#7a4e34")
    c.stroke("M 286 290 C 280 110 520 110 514 290", "#3a3f4a", 16)
    for x in (266, 490):
        c.box(x, 262, 44, 78, "#3a3f4a", round=20)
    c.stroke("M 288 340 C 296 384 340 390 366 374", "#3a3f4a", 8)
    c.oval(368, 372, 12, 9, "#1d2026")
    c.oval(362, 292, 7, 8, "#1d2026")
    c.oval(438, 292, 7, 8, "#1d2026")
    c.stroke("M 370 338 Q 400 362 430 338", "#ffffff", 8)


def chef(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 510, 270, 18, strength=130)
    c.path(
        "M 300 300 C 230 300 220 200 300 196 C 310 130 400 110 440 160 C 520 140 570 220 510 284 L 500 340 L 310 340 Z",
        "#ffffff",
        to="#dde3ec",
    )
    c.box(306, 326, 200, 30, "#e9edf3", round=8)
    c.path(
        "M 150 420 L 650 420 L 610 486 C 606 500 596 506 580 506 L 220 506 C 204 506 194 500 190 486 Z",
        lighter(paint, 14),
        to=darker(paint, 18),
    )
    c.path("M 180 420 C 220 370 300 356 400 356 C 500 356 580 370 620 420 Z", "#e9a755", to="#c67f35")
    for x, y, colour in (
        (300, 392, "#2f9561"),
        (370, 378, "#d93b45"),
        (440, 390, "#2f9561"),
        (500, 402, "#d93b45"),
        (248, 406, "#f4bb36"),
    ):
        c.oval(x, y, 17, 11, colour)


def tools(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 530, 260, 16, strength=120)
    with c.placed(400, 300, 1, 42):
        c.box(-17, -130, 34, 350, "#b98755", round=14, to="#8a5f3d")
        c.path(
            "M -96 -196 L 60 -196 C 96 -196 110 -170 112 -140 L 60 -140 L 60 -124 L -96 -124 Z", "#7d8591", to="#4b515c"
        )
    with c.placed(400, 300, 1, -42):
        c.box(-22, -130, 44, 320, lighter(paint, 14), round=16, to=darker(paint, 16))
        c.path(
            "M -62 -232 L -30 -190 L -30 -160 L 30 -160 L 30 -190 L 62 -232 C 90 -190 84 -130 40 -104 L -40 -104 C -84 -130 -90 -190 -62 -232 Z",
            "#c5ccd6",
            to="#8d97a5",
        )
        c.oval(0, 164, 11, 11, "#ffffff")


def paintwork(c: Canvas, dice: Random, paint: str) -> None:
    c.path(
        "M 120 110 C 260 90 420 120 560 100 C 600 110 600 210 560 220 C 430 236 280 210 130 226 C 104 200 100 140 120 110 Z",
        lighter(paint, 12),
        to=paint,
    )
    for x, length in ((190, 70), (300, 110), (430, 60), (510, 90)):
        c.box(x, 200, 22, length, paint, round=11)
    c.shadow(400, 530, 220, 16, strength=120)
    c.path("M 430 350 L 660 350 L 640 520 L 450 520 Z", "#eef1f5", to="#bfc8d4")
    c.box(420, 336, 250, 24, "#aab3c0", round=10)
    c.path(
        "M 430 348 L 660 348 L 654 390 C 630 430 606 380 580 402 C 556 440 526 384 500 396 C 470 420 450 380 434 390 Z",
        paint,
    )
    with c.placed(250, 400, 1, -24):
        c.box(-120, -60, 240, 74, lighter(paint, 6), round=20, to=darker(paint, 14))
        c.stroke("M 120 -24 L 156 -24 L 156 50 L 0 50 L 0 90", "#7d8591", 11)
        c.box(-18, 84, 36, 130, "#d93b45", round=14, to="#a32733")


def cleaning(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 530, 250, 16, strength=120)
    c.line([(580, 90), (500, 470)], "#b98755", 16)
    c.path("M 440 460 L 560 480 L 560 536 L 410 528 Z", "#f4bb36", to="#d99a24")
    c.path("M 220 330 L 470 330 L 446 528 L 244 528 Z", lighter(paint, 16), to=darker(paint, 18))
    c.box(208, 314, 274, 30, darker(paint, 20), round=10)
    c.stroke("M 220 322 C 240 190 450 190 470 322", "#aab3c0", 8)
    for x, y, r in (
        (270, 296, 36),
        (330, 276, 46),
        (396, 292, 40),
        (440, 304, 26),
        (300, 236, 18),
        (380, 214, 14),
        (430, 240, 11),
    ):
        c.oval(x, y, r, r, rgb("#ffffff", 225))
        c.oval(x - r * 0.3, y - r * 0.3, r * 0.25, None, rgb("#bfe0f7", 255))


def scissors(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 540, 220, 16, strength=110)
    for turn, way in ((24, 1), (-24, -1)):
        with c.placed(330, 320, 1, turn):
            c.path("M -14 30 L -8 -220 Q 0 -240 8 -220 L 14 30 Z", "#dfe5ee", to="#98a2b0")
            c.oval(-16 * way, 118, 50, 72, lighter(paint, 6), to=darker(paint, 18))
            c.oval(-16 * way, 118, 26, 46, "#f5f9ff")
    c.oval(330, 320, 13, 13, "#5d6674")
    with c.placed(560, 310, 1, 8):
        c.box(-34, -200, 68, 400, "#3a3f4a", round=14, to="#1d2026")
        for step in range(20):
            c.box(14, -186 + 19 * step, 46, 9, "#3a3f4a", round=4)


def photography(c: Canvas, dice: Random, paint: str) -> None:
    for x, lean, colour in ((250, -10, "#f7d9b0"), (560, 9, "#bfe0f7")):
        with c.placed(x, 210, 1, lean):
            c.box(-110, -120, 220, 240, "#ffffff", round=6)
            c.box(-94, -104, 188, 170, colour, to=lighter(colour, 50))
            c.path("M -94 66 L -94 30 C -50 -20 -20 -10 10 34 C 40 -10 70 0 94 30 L 94 66 Z", darker(colour, 30))
            c.oval(46, -62, 18, 18, "#fff6d6")
    c.shadow(400, 546, 200, 16, strength=130)
    c.box(240, 340, 320, 204, "#3f4551", round=26, to="#22252c")
    c.path("M 330 344 L 352 308 L 448 308 L 470 344 Z", "#3a3f4a")
    c.box(240, 390, 320, 90, rgb(paint, 200))
    for radius, colour in ((92, "#15171c"), (82, "#59616f"), (70, "#15171c"), (50, "#24304a"), (30, "#3d5687")):
        c.oval(400, 436, radius, radius, colour)
    c.oval(382, 414, 15, 11, rgb("#ffffff", 190))


def removal(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 530, 280, 18, strength=130)

    def carton(x: float, y: float, size: float, tone: str) -> None:
        c.box(x, y, size, size * 0.86, lighter(tone, 10), round=5, to=darker(tone, 10))
        c.box(x + size * 0.42, y, size * 0.16, size * 0.86, rgb("#f6e3bf", 200))
        c.box(x + size * 0.1, y + size * 0.62, size * 0.2, size * 0.08, darker(tone, 40), round=3)

    carton(170, 340, 220, "#c99a63")
    carton(406, 320, 244, "#b98755")
    carton(250, 170, 196, "#d3a873")
    carton(466, 206, 132, "#c08a55")
    c.oval(560, 480, 40, 40, paint)
    c.line([(542, 480), (556, 494), (580, 466)], "#ffffff", 8)


def lessons(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 530, 240, 16, strength=120)
    for y, x, width, colour in ((470, 190, 420, "#2f6fde"), (414, 216, 380, "#d93b45"), (358, 196, 400, "#2f9561")):
        c.box(x, y, width, 56, lighter(colour, 8), round=10, to=darker(colour, 14))
        c.box(x + width - 92, y + 9, 92, 38, "#fbf6ea", round=6)
        c.box(x + 40, y + 18, 70, 8, rgb("#ffffff", 190), round=4)
    c.path("M 400 150 L 610 232 L 400 314 L 190 232 Z", "#30343c", to="#1d2026")
    c.path("M 290 274 L 290 330 C 340 364 460 364 510 330 L 510 274 L 400 318 Z", "#3f4551")
    c.line([(580, 240), (580, 320)], "#f4bb36", 7)
    c.path("M 570 316 L 590 316 L 598 366 L 562 366 Z", "#f4bb36")


def cake(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 520, 250, 16, strength=120)
    c.box(150, 490, 500, 26, "#dfe5ee", round=12)
    for x, y, width, height, colour in (
        (190, 370, 420, 124, "#fdeff3"),
        (246, 260, 308, 116, lighter(paint, 36)),
        (306, 170, 188, 98, "#fff6e0"),
    ):
        c.box(x, y, width, height, colour, round=16, to=darker(colour, 10))
        for step in range(int(width // 42)):
            c.oval(x + 24 + 42 * step, y + 12, 25, 20, "#ffffff")
    for step in range(5):
        c.oval(230 + 84 * step, 446, 13, 13, dice.choice(("#d93b45", "#f4bb36", "#ec87a9")))
    for x, colour in ((350, "#2f6fde"), (400, "#d93b45"), (450, "#2f9561")):
        c.box(x - 7, 104, 14, 70, colour, round=4)
        c.path(
            f"M {x} 66 C {x + 18} 88 {x + 12} 102 {x} 104 C {x - 12} 102 {x - 18} 88 {x} 66 Z", "#f9b233", to="#ef7f35"
        )


def health(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 510, 240, 18, strength=120)
    c.stroke("M 330 210 L 330 176 Q 330 150 356 150 L 444 150 Q 470 150 470 176 L 470 210", "#8d97a5", 18)
    c.box(180, 204, 440, 300, "#ffffff", round=40, to="#dde3ec")
    c.box(180, 330, 440, 34, rgb(paint, 70))
    c.oval(400, 350, 104, 104, lighter("Red", 4), to=darker("Red", 10))
    c.box(380, 286, 40, 128, "#ffffff", round=8)
    c.box(336, 330, 128, 40, "#ffffff", round=8)


def delivery(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 500, 250, 18, strength=130)
    c.path("M 210 210 L 400 130 L 590 210 L 590 420 L 400 502 L 210 420 Z", "#c99a63")
    c.path("M 210 210 L 400 290 L 400 502 L 210 420 Z", "#d8ad78", to="#bf8f57")
    c.path("M 590 210 L 400 290 L 400 502 L 590 420 Z", "#b98755", to="#a07043")
    c.path("M 300 172 L 490 252 L 490 330 L 456 314 L 456 270 L 266 188 Z", rgb("#f6e3bf", 230))
    c.oval(300, 370, 48, 44, rgb(paint, 240))
    c.line([(278, 370), (294, 386), (324, 354)], "#ffffff", 9)
