"""Pictures: an upload judged by decoding it, stripped of everything but its pixels, and drawn anew in several sizes."""

import io
import secrets
import warnings
from dataclasses import dataclass
from typing import Any

from PIL import Image as Picture
from PIL import ImageOps, UnidentifiedImageError

from marketplace.catalog.errors import ImageRefused

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 10 * 1024 * 1024
MOST_SIDE = 8_000
MOST_PIXELS = 25_000_000
LARGEST = 2_048
WIDTHS = (160, 480, 1024)
WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Drawn:
    """One file to keep: its name within the media store and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Prepared:
    """A picture ready to be kept: its files, and what its row says."""

    files: tuple[Drawn, ...]
    row: dict[str, object]


def prepare(source: Any, *, size: int) -> Prepared:
    """Judge and redraw an upload, anything with a binary `read`.

    Refuses with 422 `image_refused` whatever is not a still JPEG, PNG or WebP of decent size.

    Metadata (where it was taken, by what) and anything hidden behind the pixels do not survive.
    """
    if size > MOST_BYTES:
        raise ImageRefused(why=f"An image may have {MOST_BYTES // 1024 // 1024} MB at most.")
    picture = _decode(source)
    folder, files, renditions = f"listings/{secrets.token_hex(16)}", [], []
    largest = _fit(picture, LARGEST)
    files.append(Drawn(f"{folder}/full.webp", _encode(largest, "WEBP")))
    for width in WIDTHS:
        drawn = _fit_width(largest, width)
        webp, jpeg = (
            Drawn(f"{folder}/{width}.webp", _encode(drawn, "WEBP")),
            Drawn(f"{folder}/{width}.jpg", _encode(drawn, "JPEG")),
        )
        files += [webp, jpeg]
        renditions.append({"width": drawn.width, "height": drawn.height, "webp": webp.name, "jpeg": jpeg.name})
    row = {
        "file": files[0].name,
        "width": largest.width,
        "height": largest.height,
        "colour": f"#{largest.resize((1, 1), Picture.Resampling.BOX).tobytes().hex()}",
        "renditions": renditions,
    }
    return Prepared(tuple(files), row)


def _decode(source: Any) -> Picture.Image:
    """The upright RGB pixels. Sizes are judged from the header, before any pixel is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Picture.DecompressionBombWarning)
            picture = Picture.open(source, formats=FORMATS)
            if getattr(picture, "is_animated", False):
                raise ImageRefused(why="Send a still image, not an animation.")
            if max(picture.size) > MOST_SIDE or picture.width * picture.height > MOST_PIXELS:
                raise ImageRefused(
                    why=f"An image may be {MOST_SIDE} pixels wide or high and {MOST_PIXELS // 1_000_000} megapixels at most."
                )
            picture.draft("RGB", (LARGEST, LARGEST))
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            return _flat(upright)
    except ImageRefused:
        raise
    except (UnidentifiedImageError, Picture.DecompressionBombError, Picture.DecompressionBombWarning):
        raise ImageRefused(why="Send a JPEG, PNG or WebP image.") from None
    except Exception:  # a decoder may fail in any way at all on a hostile file: whatever it was, it is no image
        raise ImageRefused(why="This image is damaged and cannot be read.") from None


def _flat(picture: Picture.Image) -> Picture.Image:
    """The pixels on white, without palette, transparency or metadata."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Picture.new("RGB", picture.size, WHITE)
        ground.paste(picture, mask=picture.getchannel("A"))
        return ground
    bare = Picture.new("RGB", picture.size)
    bare.paste(picture.convert("RGB"))
    return bare


def _fit(picture: Picture.Image, side: int) -> Picture.Image:
    copy = picture.copy()
    copy.thumbnail((side, side), Picture.Resampling.LANCZOS)
    return copy


def _fit_width(picture: Picture.Image, width: int) -> Picture.Image:
    """At most this wide; never drawn larger than it is."""
    if picture.width <= width:
        return picture
    return picture.resize((width, max(1, round(picture.height * width / picture.width))), Picture.Resampling.LANCZOS)


def _encode(picture: Picture.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    options = {"quality": 80, "method": 2} if kind == "WEBP" else {"quality": 82, "optimize": True, "progressive": True}
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
