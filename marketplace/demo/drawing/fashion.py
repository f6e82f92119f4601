"""Clothes, shoes, bags, jewellery and beauty."""

from random import Random

from marketplace.demo.drawing.canvas import Canvas
from marketplace.demo.drawing.colours import darker, lighter, rgb


def _hanger(c: Canvas) -> None:
    c.stroke("M 400 96 C 400 60 440 60 436 84", "#8d97a5", 7)
    c.line([(300, 140), (400, 96), (500, 140)], "#b98755", 11)


def shirt(c: Canvas, dice: Random, paint: str) -> None:
    _hanger(c)
    c.shadow(400, 548, 160, 12, strength=70)
    c.path(
        "M 330 122 C 360 156 440 156 470 122 L 560 156 L 650 290 L 574 338 L 540 292 L 540 520 L 260 520 L 260 292 L 226 338 L 150 290 L 240 156 Z",
        lighter(paint, 16),
        to=darker(paint, 8),
    )
    c.path("M 330 122 C 360 156 440 156 470 122 L 456 116 C 430 140 370 140 344 116 Z", darker(paint, 30))
    for points in ([(260, 292), (262, 240)], [(540, 292), (538, 240)]):
        c.line(points, rgb(darker(paint, 34), 120), 3)
    kind = dice.randrange(4)
    if kind == 0:
        for y in (250, 290, 330):
            c.box(260, y, 280, 20, rgb("#ffffff", 140))
    elif kind == 1:
        c.oval(400, 300, 62, 62, "#f4bb36")
        c.path("M 338 318 Q 370 270 400 318 Q 432 262 462 318 L 456 336 Q 400 368 344 336 Z", "#2f9561")
    elif kind == 2:
        for row in range(6):
            for column in range(7):
                c.path(
                    f"M {280 + 40 * column} {200 + 54 * row} L {296 + 40 * column} {216 + 54 * row} L {280 + 40 * column} {232 + 54 * row} L {264 + 40 * column} {216 + 54 * row} Z",
                    rgb("#ffffff", 110),
                )
    else:
        c.box(396, 150, 8, 366, rgb(darker(paint, 26), 180))
        for y in range(190, 500, 54):
            c.oval(400, y, 6, 6, "#ffffff")
        c.box(436, 230, 66, 70, rgb(darker(paint, 18), 120), round=6)


def dress(c: Canvas, dice: Random, paint: str) -> None:
    _hanger(c)
    c.shadow(400, 562, 170, 12, strength=70)
    c.path(
        "M 346 120 C 352 160 448 160 454 120 L 478 122 C 470 190 484 240 462 286 C 500 360 548 470 566 546 C 460 566 340 566 234 546 C 252 470 300 360 338 286 C 316 240 330 190 322 122 Z",
        lighter(paint, 16),
        to=darker(paint, 12),
    )
    c.path("M 338 284 C 372 296 428 296 462 284 L 466 306 C 430 318 370 318 334 306 Z", darker(paint, 34))
    for bottom, top in ((290, 356), (356, 380), (446, 418), (512, 444)):
        c.line([(top, 320), (bottom, 548)], rgb(darker(paint, 30), 90), 3)
    if dice.random() < 0.6:
        for _ in range(26):
            y = dice.randrange(340, 530)
            x = 400 + dice.randrange(-100, 100) * (y - 240) // 260
            c.oval(x, y, 8, 8, rgb(dice.choice(("#ffffff", "#f4bb36", "#ffd9e3")), 210))
    else:
        for y in (500, 520):
            c.stroke(f"M {238 + (546 - y) // 4} {y} Q 400 {y + 24} {562 - (546 - y) // 4} {y}", rgb("#f4bb36", 230), 7)


def trousers(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 560, 150, 12, strength=80)
    c.path(
        "M 286 80 L 514 80 L 534 300 L 512 552 L 424 552 L 404 250 L 396 250 L 376 552 L 288 552 L 266 300 Z",
        lighter(paint, 16),
        to=darker(paint, 14),
    )
    c.path("M 286 80 L 514 80 L 517 112 L 283 112 Z", darker(paint, 22))
    c.box(388, 90, 24, 16, "#f4bb36", round=5)
    for x, way in ((306, 1), (494, -1)):
        c.stroke(f"M {x} 114 C {x + 4 * way} 160 {x + 20 * way} 170 {x - 26 * way} 178", rgb("#ffd98a", 190), 3)
    c.line([(400, 114), (400, 248)], rgb(darker(paint, 40), 170), 3)
    for x, lean in ((330, -10), (470, 10)):
        c.line([(x, 260), (x + lean, 546)], rgb(lighter(paint, 50), 70), 22)


def sneaker(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 470, 300, 18, strength=130)
    c.path(
        "M 140 420 C 130 350 150 290 176 240 C 210 260 240 262 268 236 L 300 214 C 330 260 390 310 470 336 C 560 350 650 360 664 424 Z",
        lighter(paint, 18),
        to=darker(paint, 10),
    )
    c.path("M 140 420 C 134 380 140 340 150 310 C 200 330 214 380 216 420 Z", darker(paint, 30))
    c.path("M 560 424 C 566 384 590 362 618 366 C 650 378 662 398 664 424 Z", darker(paint, 26))
    c.path("M 222 388 C 300 392 380 380 440 338 L 466 350 C 420 400 320 424 220 414 Z", "#ffffff")
    for step in range(5):
        x, y = 304 + 34 * step, 244 + 25 * step
        c.line([(x, y), (x - 24, y + 34)], "#ffffff", 9)
    c.path(
        "M 128 416 L 670 416 C 684 420 684 452 668 462 C 500 476 300 470 136 464 C 120 456 116 424 128 416 Z",
        "#ffffff",
        to="#d3dae4",
    )
    c.stroke("M 132 446 C 300 456 500 458 672 446", rgb(paint, 230), 6)


def handbag(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 516, 230, 18, strength=130)
    c.stroke("M 290 270 C 290 80 510 80 510 270", darker(paint, 34), 18)
    c.path(
        "M 210 256 L 590 256 C 610 330 624 420 628 480 C 628 504 612 514 590 514 L 210 514 C 188 514 172 504 172 480 C 176 420 190 330 210 256 Z",
        lighter(paint, 16),
        to=darker(paint, 16),
    )
    c.path("M 206 256 L 594 256 L 574 372 Q 400 424 226 372 Z", lighter(paint, 6), to=darker(paint, 10))
    c.stroke("M 222 362 Q 400 414 578 362", rgb("#ffffff", 120), 3)
    c.box(376, 366, 48, 46, "#e8c37a", round=10, to="#b98d3e")
    c.oval(400, 386, 8, 8, darker(paint, 50))
    for x in (282, 500):
        c.oval(x + 9, 268, 15, 15, "#e8c37a")


def wristwatch(c: Canvas, dice: Random, paint: str) -> None:
    strap = dice.choice(("#5b4032", "#30343c", "#8d97a5", "#23407c"))
    c.shadow(400, 556, 90, 12, strength=110)
    c.path("M 340 60 L 460 60 L 474 230 L 326 230 Z", lighter(strap, 12), to=darker(strap, 16))
    c.path("M 326 380 L 474 380 L 456 556 L 344 556 Z", darker(strap, 16), to=lighter(strap, 10))
    c.box(520, 286, 26, 30, "#c9a35b", round=6)
    for radius, colour in ((136, "#b98d3e"), (128, "#f0d596"), (112, "#ffffff")):
        c.oval(400, 302, radius, radius, colour)
    c.oval(400, 302, 106, 106, lighter(paint, 30), to=darker(paint, 6))
    for step in range(12):
        with c.placed(400, 302, 1, 30 * step):
            c.box(-3, -98, 6, 20 if step % 3 == 0 else 12, "#ffffff", round=2)
    for turn, length, width in ((300, 56, 9), (50, 80, 6)):
        with c.placed(400, 302, 1, turn):
            c.box(-width / 2, -length, width, length + 8, "#ffffff", round=4)
    c.oval(400, 302, 8, 8, "#d93b45")


def jewellery(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 540, 160, 14, strength=90)
    c.path(
        "M 270 130 C 240 330 330 430 400 450 C 470 430 560 330 530 130 C 560 90 240 90 270 130 Z",
        darker(paint, 12),
        to=darker(paint, 34),
    )
    c.path("M 330 118 C 330 180 470 180 470 118 Z", rgb("#ffffff", 60))
    c.box(380, 440, 40, 66, darker(paint, 40))
    c.box(310, 500, 180, 28, darker(paint, 46), round=12)
    beads = 25
    for step in range(beads):
        t = step / (beads - 1)
        x, y = 300 + 200 * t, 160 + 4 * 170 * t * (1 - t)
        c.oval(x, y, 9 + 6 * (1 - abs(2 * t - 1)), None, dice.choice(("#f4d37a", "#f0c04f", "#fbe7ae")), to="#c9933a")
    c.path("M 400 340 L 426 372 L 400 416 L 374 372 Z", "#6cd6f2", to="#2f6fde")
    c.path("M 400 340 L 412 372 L 400 416 L 388 372 Z", rgb("#ffffff", 110))


def cosmetics(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 520, 230, 16, strength=120)
    c.box(214, 250, 130, 268, lighter(paint, 40), round=22, to=lighter(paint, 4))
    c.box(254, 190, 50, 66, "#30343c", round=8)
    c.path("M 254 190 L 254 166 L 330 166 L 330 182 L 304 190 Z", "#30343c")
    c.box(232, 340, 94, 96, "#ffffff", round=8)
    c.box(246, 362, 66, 10, paint, round=5)
    c.box(246, 384, 44, 8, "#c5ccd6", round=4)
    c.box(392, 380, 74, 138, "#30343c", round=8, to="#1d2026")
    c.box(402, 330, 54, 54, "#e8c37a", round=4, to="#b98d3e")
    c.path("M 408 332 L 408 276 C 420 258 440 250 450 246 L 450 332 Z", "#d93b45", to="#a32733")
    c.box(500, 420, 130, 98, lighter(paint, 30), round=20, to=darker(paint, 6))
    c.box(494, 388, 142, 40, "#e8c37a", round=10, to="#c49a4b")


def cap(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 470, 250, 16, strength=120)
    c.path(
        "M 190 400 C 180 230 280 150 400 150 C 520 150 590 230 590 372 C 480 340 300 350 190 400 Z",
        lighter(paint, 16),
        to=darker(paint, 14),
    )
    for drawn in ("M 400 150 C 340 200 310 290 304 366", "M 400 150 C 450 200 476 280 480 356"):
        c.stroke(drawn, rgb(darker(paint, 34), 150), 3)
    c.oval(400, 150, 14, 9, darker(paint, 20))
    c.path(
        "M 460 356 C 560 340 680 370 716 424 C 640 410 540 420 430 430 C 330 440 230 430 188 400 C 270 350 380 350 460 356 Z",
        darker(paint, 12),
        to=darker(paint, 34),
    )
    c.oval(360, 268, 40, 40, rgb("#ffffff", 210))
    c.path(
        "M 360 240 L 370 262 L 392 264 L 374 278 L 380 300 L 360 288 L 340 300 L 346 278 L 328 264 L 350 262 Z", paint
    )
