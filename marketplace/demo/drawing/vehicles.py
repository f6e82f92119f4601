"""Cars, motorcycles, lorries and their parts, seen from the side."""

from random import Random

from marketplace.demo.drawing.canvas import Canvas
from marketplace.demo.drawing.colours import darker, lighter, rgb

GLASS, GLASS_LOW = "#3c4d63", "#6f86a1"


def _wheel(c: Canvas, x: float, y: float, radius: float, rim: str = "Silver", spokes: int = 5) -> None:
    c.oval(x, y, radius, radius, "#23262d")
    c.oval(x, y, radius * 0.68, radius * 0.68, darker(rim, 18))
    c.oval(x, y, radius * 0.6, radius * 0.6, rim)
    for step in range(spokes):
        with c.placed(x, y, 1, 360 / spokes * step):
            c.polygon(
                [
                    (-radius * 0.09, 0),
                    (radius * 0.09, 0),
                    (radius * 0.17, -radius * 0.55),
                    (-radius * 0.17, -radius * 0.55),
                ],
                darker(rim, 42),
            )
    c.oval(x, y, radius * 0.15, radius * 0.15, darker(rim, 30))


def _car(
    c: Canvas,
    paint: str,
    body: str,
    windows: tuple[str, ...],
    *,
    wheels: tuple[int, int],
    radius: int,
    seam: int,
    sill: str,
    light_y: int,
    left: int,
    right: int,
) -> None:
    c.shadow(400, 488, 310, 20, strength=150)
    c.path(body, lighter(paint, 16), to=darker(paint, 14))
    for window in windows:
        c.path(window, GLASS, to=GLASS_LOW)
    c.line([(seam, 350), (seam, 436)], rgb(darker(paint, 38), 130), 2)
    c.path(sill, darker(paint, 46))
    c.box(seam - 44, 366, 28, 6, rgb(darker(paint, 45), 200), round=3)
    c.box(seam + 70, 366, 28, 6, rgb(darker(paint, 45), 200), round=3)
    c.path(
        f"M {right - 34} {light_y} L {right - 4} {light_y + 6} L {right + 1} {light_y + 22} L {right - 26} {light_y + 18} Z",
        "#fff3c9",
    )
    c.box(left + 2, light_y, 14, 26, "#e0474c", round=4)
    for x in wheels:
        c.path(
            f"M {x - radius - 11} 444 C {x - radius - 8} {425 - radius} {x + radius + 8} {425 - radius} {x + radius + 11} 444 Z",
            darker(paint, 62),
        )
        _wheel(c, x, 442, radius)


def saloon(c: Canvas, dice: Random, paint: str) -> None:
    _car(
        c,
        paint,
        "M 112 440 C 104 410 108 376 122 366 C 160 350 205 347 238 342 C 280 294 325 272 402 270 C 474 270 512 300 552 342 C 612 348 666 360 686 382 C 698 398 698 424 690 444 L 112 444 Z",
        ("M 268 342 C 298 306 332 290 394 288 L 394 342 Z", "M 408 288 C 462 289 490 312 520 342 L 408 342 Z"),
        wheels=(228, 574),
        radius=44,
        seam=400,
        sill="M 270 444 L 530 444 L 530 456 L 270 456 Z",
        light_y=380,
        left=108,
        right=692,
    )


def hatchback(c: Canvas, dice: Random, paint: str) -> None:
    _car(
        c,
        paint,
        "M 158 442 C 146 410 148 372 158 350 C 180 296 220 262 290 256 C 400 248 466 262 526 338 C 588 346 640 356 656 382 C 666 400 664 426 658 446 L 158 446 Z",
        (
            "M 196 340 C 214 300 240 280 296 276 L 330 276 L 330 340 Z",
            "M 344 276 C 426 274 456 292 494 340 L 344 340 Z",
        ),
        wheels=(250, 562),
        radius=44,
        seam=338,
        sill="M 294 446 L 518 446 L 518 457 L 294 457 Z",
        light_y=378,
        left=152,
        right=658,
    )


def suv(c: Canvas, dice: Random, paint: str) -> None:
    c.box(230, 236, 260, 8, darker(paint, 60), round=4)
    _car(
        c,
        paint,
        "M 128 440 C 120 400 122 350 132 328 C 150 280 174 250 208 246 L 470 244 C 516 248 546 290 566 324 C 620 330 664 340 680 360 C 692 384 690 420 686 444 L 128 444 Z",
        (
            "M 172 324 C 182 288 196 268 218 264 L 300 264 L 300 324 Z",
            "M 314 264 L 408 264 L 408 324 L 314 324 Z",
            "M 422 264 L 462 264 C 496 268 514 296 532 324 L 422 324 Z",
        ),
        wheels=(234, 576),
        radius=52,
        seam=414,
        sill="M 292 442 L 520 442 L 520 458 L 292 458 Z",
        light_y=356,
        left=122,
        right=686,
    )


def pickup(c: Canvas, dice: Random, paint: str) -> None:
    _car(
        c,
        paint,
        "M 96 440 L 96 338 L 340 334 C 344 290 356 262 376 256 L 478 254 C 520 258 548 296 566 328 C 624 334 676 344 694 364 C 704 388 702 424 698 444 L 96 444 Z",
        (
            "M 366 328 C 368 296 376 278 390 274 L 440 274 L 440 328 Z",
            "M 452 274 L 474 274 C 502 278 518 304 532 328 L 452 328 Z",
        ),
        wheels=(206, 586),
        radius=52,
        seam=446,
        sill="M 262 442 L 530 442 L 530 458 L 262 458 Z",
        light_y=360,
        left=92,
        right=698,
    )
    c.box(92, 330, 252, 12, darker(paint, 30), round=5)


def van(c: Canvas, dice: Random, paint: str) -> None:
    _car(
        c,
        paint,
        "M 108 440 L 108 232 C 108 214 122 206 140 206 L 500 206 C 560 208 598 250 622 316 C 660 326 690 344 694 372 C 698 400 696 424 692 444 L 108 444 Z",
        (
            "M 136 240 L 250 240 L 250 312 L 136 312 Z",
            "M 264 240 L 378 240 L 378 312 L 264 312 Z",
            "M 392 240 L 470 240 L 470 312 L 392 312 Z",
            "M 486 240 L 520 240 C 552 246 572 280 588 314 L 486 314 Z",
        ),
        wheels=(220, 584),
        radius=46,
        seam=480,
        sill="M 276 444 L 530 444 L 530 456 L 276 456 Z",
        light_y=372,
        left=102,
        right=696,
    )
    c.box(108, 330, 520, 14, rgb(dice.choice(("#f4bb36", "#2f6fde", "#2f9561", "#d93b45")), 220))


def lorry(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 492, 340, 20, strength=150)
    c.box(86, 430, 620, 22, "#3a3f4a")
    c.box(80, 196, 420, 238, lighter("Silver", 55), round=6, to="#c9d0da")
    for x in range(108, 490, 48):
        c.box(x, 206, 3, 218, rgb("#8c95a3", 110))
    c.box(80, 300, 420, 34, rgb(paint, 255))
    c.path(
        "M 512 434 L 512 250 C 514 232 524 224 544 224 L 640 224 C 668 226 682 262 692 316 C 706 326 712 346 712 380 L 712 434 Z",
        lighter(paint, 14),
        to=darker(paint, 16),
    )
    c.path("M 566 308 L 566 248 L 636 248 C 652 254 660 282 666 308 Z", GLASS, to=GLASS_LOW)
    c.box(690, 384, 22, 20, "#fff3c9", round=5)
    c.box(500, 414, 220, 20, darker(paint, 50), round=6)
    for x in (158, 254, 620):
        _wheel(c, x, 448, 46, "Silver", 6)


def tractor(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 498, 270, 20, strength=150)
    c.path("M 330 400 L 330 300 L 600 306 C 640 312 656 340 656 400 Z", lighter(paint, 12), to=darker(paint, 14))
    for x in range(480, 600, 22):
        c.box(x, 330, 8, 46, rgb("#20242c", 170), round=3)
    c.path("M 220 310 L 240 160 L 420 160 L 430 306 Z", rgb("#bfe0f7", 190))
    for points in ([(220, 312), (242, 156)], [(428, 308), (418, 156)], [(330, 308), (330, 156)]):
        c.line(points, darker(paint, 40), 10)
    c.box(222, 140, 220, 24, darker(paint, 20), round=10)
    c.box(560, 210, 14, 100, "#3a3f4a", round=6)
    c.oval(290, 398, 128, 110, darker(paint, 35))
    _wheel(c, 290, 398, 104, "Yellow", 8)
    _wheel(c, 604, 440, 60, "Yellow", 6)


def motorcycle(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 494, 270, 18, strength=150)
    for x in (230, 574):
        c.oval(x, 420, 76, 76, "#23262d")
        c.oval(x, 420, 60, 60, "#4b515c")
        for step in range(12):
            with c.placed(x, 420, 1, 30 * step):
                c.line([(0, 0), (0, -58)], "#aab3c0", 2)
        c.oval(x, 420, 14, 14, "Silver")
    c.line([(574, 420), (500, 250)], "#9aa4b1", 12)
    c.line([(500, 262), (462, 232)], "#30343c", 9)
    c.line([(230, 420), (370, 400), (520, 310)], "#4b515c", 14)
    c.path("M 330 420 L 330 352 L 470 344 L 488 420 Z", "#8d97a5", to="#555d69")
    for y in range(358, 412, 12):
        c.box(340, y, 134, 4, rgb("#2b2f37", 120))
    c.stroke("M 470 416 C 420 452 330 450 190 440", "#c5ccd6", 14)
    c.path(
        "M 336 332 C 350 280 440 262 512 286 C 520 316 480 346 430 350 L 346 350 Z",
        lighter(paint, 18),
        to=darker(paint, 14),
    )
    c.path("M 186 322 C 210 298 280 312 342 322 L 350 348 C 290 352 230 346 190 340 Z", "#2c2f37")
    c.path("M 150 336 C 176 318 236 330 250 350 C 210 350 180 352 150 336 Z", lighter(paint, 8), to=darker(paint, 18))
    c.oval(528, 276, 26, 26, "#30343c")
    c.oval(534, 276, 18, 20, "#fff3c9")
    c.stroke("M 500 398 C 520 330 610 330 648 382", darker(paint, 8), 12)


def scooter(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 494, 230, 18, strength=150)
    _wheel(c, 260, 438, 54)
    _wheel(c, 566, 438, 54)
    c.path(
        "M 186 410 C 190 340 240 310 330 312 C 372 316 372 388 420 404 L 520 404 L 520 426 L 400 430 C 360 400 310 380 262 380 C 226 384 206 404 186 410 Z",
        lighter(paint, 16),
        to=darker(paint, 12),
    )
    c.path(
        "M 486 420 C 500 360 496 300 480 244 L 506 232 C 540 290 556 360 556 420 Z",
        lighter(paint, 22),
        to=darker(paint, 10),
    )
    c.path("M 206 312 C 214 286 300 286 356 300 C 362 314 350 322 330 322 L 220 322 Z", "#3a2f2b")
    c.line([(496, 250), (486, 206), (452, 196)], "#30343c", 10)
    c.oval(500, 228, 20, 22, "#30343c")
    c.oval(508, 228, 13, 15, "#fff3c9")
    c.stroke("M 514 396 C 530 368 596 366 618 402", darker(paint, 10), 12)


def tyre(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 520, 190, 20, strength=130)
    c.oval(440, 320, 196, 196, "#1d2026")
    c.oval(390, 320, 196, 196, "#2b2f37")
    for step in range(40):
        with c.placed(390, 320, 1, 9 * step):
            c.box(-5, -197, 10, 20, "#191b20", round=2)
    c.oval(390, 320, 132, 132, "#14161b")
    c.oval(390, 320, 124, 124, "Silver", to="#8e98a6")
    spokes = dice.choice((5, 6, 7))
    for step in range(spokes):
        with c.placed(390, 320, 1, 360 / spokes * step):
            c.path("M -30 -38 L -18 -112 L 18 -112 L 30 -38 Z", rgb("#20242c", 215))
    c.oval(390, 320, 34, 34, "#eef1f5", to="#a3adba")
    c.oval(390, 320, 14, 14, paint)


def battery(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 500, 230, 22, strength=130)
    c.box(210, 250, 380, 246, "#3a3f4a", round=14, to="#23262d")
    c.box(196, 232, 408, 48, lighter(paint, 8), round=10, to=darker(paint, 12))
    for x, colour in ((262, "#d93b45"), (494, "#30343c")):
        c.box(x, 196, 46, 40, "#b6bec9", round=6)
        c.box(x - 6, 188, 58, 16, colour, round=6)
    c.box(250, 320, 300, 120, "#f4f5f7", round=10)
    c.box(250, 320, 300, 40, paint, round=10)
    c.path("M 408 370 L 372 410 L 398 410 L 388 436 L 430 394 L 404 394 Z", paint)
    c.box(282, 388, 40, 9, "#d93b45")
    c.box(470, 388, 40, 9, "#30343c")
    c.box(486, 372, 9, 40, "#30343c")


def headlamp(c: Canvas, dice: Random, paint: str) -> None:
    c.shadow(400, 470, 230, 22, strength=120)
    c.path(
        "M 190 400 C 180 300 260 220 420 216 C 540 216 610 250 620 300 C 610 390 480 440 330 446 C 250 448 196 436 190 400 Z",
        "#30343c",
        to="#1d2026",
    )
    c.path(
        "M 214 392 C 208 310 280 244 420 240 C 526 240 586 266 596 302 C 586 374 470 418 330 422 C 262 424 218 416 214 392 Z",
        "#dfeaf5",
        to="#8ea4bb",
    )
    for x, radius in ((320, 66), (466, 52)):
        c.oval(x, 330, radius, radius, "#f8fbff", to="#9fb2c7")
        c.oval(x, 330, radius * 0.62, radius * 0.62, "#fff6d6", to="#f4d37a")
        c.oval(x - radius * 0.2, 330 - radius * 0.24, radius * 0.2, radius * 0.2, rgb("#ffffff", 220))
    c.stroke("M 250 404 C 330 412 470 400 560 340", lighter(paint, 10), 9)
