"""Where things stand: a studio, a street, a room, a meadow; each with the same light, so that a gallery looks of a piece."""

from random import Random

from marketplace.demo.drawing.canvas import HEIGHT, WIDTH, Canvas
from marketplace.demo.drawing.colours import BACKDROPS, DEEP_BACKDROPS, darker, is_pale, lighter, mix, rgb


def studio(c: Canvas, dice: Random, paint: str) -> None:
    """A plain backdrop with a few large soft shapes."""
    top, bottom, shape = dice.choice(DEEP_BACKDROPS if is_pale(paint) else BACKDROPS)
    c.gradient(0, HEIGHT, top, bottom)
    kind = dice.randrange(4)
    if kind == 0:
        c.oval(400, 300, 245, 245, rgb(shape, 150))
        c.oval(400, 300, 190, 190, rgb(lighter(shape, 25), 150))
    elif kind == 1:
        c.path("M 0 380 C 180 280 300 470 470 370 C 620 290 700 330 800 260 L 800 600 L 0 600 Z", rgb(shape, 170))
        c.oval(dice.randrange(90, 220), 120, 54, 54, rgb(lighter(shape, 40), 200))
    elif kind == 2:
        c.polygon([(0, 600), (0, 330), (420, 0), (800, 0), (800, 60)], rgb(shape, 130))
        c.polygon([(180, 600), (800, 130), (800, 600)], rgb(lighter(shape, 45), 150))
    else:
        c.oval(120, 110, 150, 150, rgb(shape, 140))
        c.oval(700, 500, 220, 220, rgb(shape, 140))
        for step in range(5):
            c.oval(560 + 34 * step, 90, 6, 6, rgb(darker(shape, 12), 160))


def counter(c: Canvas, dice: Random, paint: str) -> None:
    """A backdrop with a table top, for things that stand."""
    top, bottom, shape = dice.choice(DEEP_BACKDROPS if is_pale(paint) else BACKDROPS)
    c.gradient(0, 455, top, bottom)
    c.oval(dice.choice((250, 400, 550)), 270, 215, 215, rgb(shape, 130))
    table = dice.choice(("#e9d8c2", "#d8c0a4", "#e4e7ec", "#d9cfe8", "#cfe3df"))
    c.gradient(455, HEIGHT, lighter(table, 25), table)
    c.box(0, 452, WIDTH, 5, rgb("#ffffff", 120))


def street(c: Canvas, dice: Random, paint: str) -> None:
    """A town at morning, noon or dusk, with a road in front."""
    sky = dice.choice((("#8fc5f4", "#e3f2fd"), ("#f6b98c", "#fdebd8"), ("#9fd3d6", "#eaf7f4"), ("#a6b4ea", "#eef0fc")))
    c.gradient(0, 420, *sky)
    c.oval(dice.randrange(90, 710), dice.randrange(70, 140), 42, 42, rgb("#fff6d6", 220))
    far, near = mix(sky[0], "#5d6b86", 34), mix(sky[0], "#46546f", 56)
    for colour, least, most, width in ((far, 120, 250, 74), (near, 60, 150, 96)):
        x = -dice.randrange(60)
        while x < WIDTH:
            height, wide = dice.randrange(least, most), dice.randrange(width - 24, width + 24)
            c.box(x, 400 - height, wide, height + 10, colour)
            for row in range(3 if colour == near else 0):
                for column in range(wide // 26):
                    c.box(
                        x + 10 + 26 * column,
                        414 - height + 26 * row,
                        11,
                        13,
                        rgb("#fff3c4", dice.choice((40, 90, 170))),
                    )
            x += wide + dice.randrange(4, 26)
    for x in range(dice.randrange(60), WIDTH, 210):
        c.box(x + 40, 352, 7, 52, "#6b5142")
        c.oval(x + 43, 338, 34, 30, mix("#4f9a63", sky[0], 20))
        c.oval(x + 28, 352, 22, 20, mix("#448a57", sky[0], 20))
    c.gradient(398, 424, "#d9d3c7", "#c4bdb0")
    c.gradient(424, HEIGHT, "#727885", "#565c69")
    for x in range(-40 - dice.randrange(60), WIDTH, 150):
        c.polygon([(x, 545), (x + 84, 545), (x + 74, 556), (x - 14, 556)], rgb("#ffffff", 190))


def room(c: Canvas, dice: Random, paint: str) -> None:
    """A wall with a picture or a window, a skirting board and a floor."""
    wall = dice.choice(("#e9eef4", "#f3e4d6", "#dfece3", "#e9e2f2", "#f5e9cf", "#d7e4ea"))
    if is_pale(paint):
        wall = dice.choice(("#7fa39b", "#7d93b8", "#b98d78", "#8d84ad"))
    c.gradient(0, 430, wall, lighter(wall, 30))
    floor = dice.choice(("#c99a6b", "#b78558", "#d3b08a", "#9c7a5f"))
    c.gradient(430, HEIGHT, lighter(floor, 12), floor)
    for x in range(-300, 1100, 110):
        c.line([(x + (x - 400) // 5, 430), (x + (x - 400) // 1.6, 600)], rgb(darker(floor, 18), 110), 2)
    c.box(0, 418, WIDTH, 14, lighter(wall, 60))
    if dice.random() < 0.5:
        x = dice.choice((36, 594))
        c.box(x - 8, 62, 186, 196, "#ffffff", round=4)
        c.box(x, 70, 170, 180, "#bfe0f7", to="#eef8ff")
        c.oval(x + 120, 108, 18, 18, "#fff1b8")
        c.box(x + 81, 70, 8, 180, "#ffffff")
        c.box(x, 152, 170, 7, "#ffffff")
    else:
        x = dice.choice((40, 630))
        frame = dice.choice(("#3d4454", "#ffffff", "#b98755"))
        c.box(x, 70, 130, 160, frame, round=3)
        inner = dice.choice(BACKDROPS)
        c.box(x + 10, 80, 110, 140, inner[0], to=inner[2])
        c.oval(x + 65, 138, 28, 28, darker(inner[2], 12))
        c.path(
            f"M {x + 10} 220 L {x + 10} 190 Q {x + 50} 150 {x + 80} 195 Q {x + 100} 170 {x + 120} 190 L {x + 120} 220 Z",
            darker(inner[2], 35),
        )


def meadow(c: Canvas, dice: Random, paint: str) -> None:
    """Sky, hills and grass."""
    sky = dice.choice((("#79bdf2", "#e2f3ff"), ("#f7c28f", "#fff1df"), ("#8fd0d8", "#ecf9f8")))
    c.gradient(0, 440, *sky)
    c.oval(dice.choice((120, 660)), 100, 48, 48, rgb("#fff4c7", 235))
    for _ in range(2):
        x, y = dice.randrange(80, 640), dice.randrange(60, 160)
        for dx, dy, r in ((0, 0, 34), (38, 8, 26), (-36, 10, 24), (74, 16, 16)):
            c.oval(x + dx, y + dy, r * 1.3, r * 0.7, rgb("#ffffff", 200))
    far = mix("#5fa777", sky[0], 45)
    c.path("M 0 380 C 120 280 240 300 360 360 C 470 270 640 260 800 350 L 800 460 L 0 460 Z", far)
    c.path(
        "M 0 410 C 200 340 340 390 480 400 C 620 400 720 360 800 390 L 800 470 L 0 470 Z", mix("#4e9d63", sky[0], 22)
    )
    c.gradient(440, HEIGHT, "#7fbf6c", "#5ba552")
    for _ in range(26):
        x, y = dice.randrange(WIDTH), dice.randrange(462, 590)
        c.line([(x, y), (x + 4, y - 12)], rgb("#478f45", 150), 2)
