"""Pictures: an upload judged by decoding it, stripped of everything but its pixels, and drawn anew in several sizes."""

import io
import secrets
import warnings
from dataclasses import dataclass
from typing import Any

import dhash
from PIL import Image as Picture
from PIL import ImageCms, UnidentifiedImageError

from marketplace.catalog.errors import ImageRefused

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
CONTENT_TYPES = ("image/jpeg", "image/png", "image/webp", "image/avif")
MOST_BYTES = 10 * 1024 * 1024
MOST_SIDE = 8_000
MOST_PIXELS = 25_000_000
MOST_OF_WEBP = 16_000_000  # its decoder holds the picture four times
MOST_SCANS = 100
MOST_PROFILE = 2 * 1024 * 1024
LARGEST = 2_048
WIDTHS = (160, 480, 1024, 1600)
WHITE = (255, 255, 255)
#: How each kind of file is written; every rendition is written in all of them.
WRITING: dict[str, dict[str, Any]] = {
    "avif": {"quality": 60, "speed": 8, "max_threads": 1},
    "webp": {"quality": 80, "method": 2},
    "jpeg": {"quality": 82, "optimize": True, "progressive": True},
}
ENDINGS = {"avif": "avif", "webp": "webp", "jpeg": "jpg"}
#: How a camera says that it was held, and what sets the picture upright.
UPRIGHT = {
    2: Picture.Transpose.FLIP_LEFT_RIGHT,
    3: Picture.Transpose.ROTATE_180,
    4: Picture.Transpose.FLIP_TOP_BOTTOM,
    5: Picture.Transpose.TRANSPOSE,
    6: Picture.Transpose.ROTATE_270,
    7: Picture.Transpose.TRANSVERSE,
    8: Picture.Transpose.ROTATE_90,
}
#: Sixteen bits of grey, in whichever order of bytes; eight of them are shown.
DEEP = ("I", "I;16", "I;16L", "I;16B", "I;16N", "F")


@dataclass(frozen=True)
class Drawn:
    """One file to keep: its name within the media store and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Prepared:
    """A picture ready to be kept: its files, and what its row says."""

    files: tuple[Drawn, ...]
    row: dict[str, Any]


def glance(source: Any, *, size: int) -> None:
    """Judge an upload by its size and its first bytes, decoding nothing: what is certainly no picture is refused at once.

    Refuses with 422 `image_refused`. `source` is anything with a binary `read` and `seek`; it is rewound.
    """
    _judge_size(size)
    with _refusing():
        _opened(source)
    source.seek(0)


def prepare(source: Any, *, size: int) -> Prepared:
    """Judge and redraw an upload, anything with a binary `read`.

    Refuses with 422 `image_refused` whatever is not a still JPEG, PNG, WebP or AVIF of decent size.

    Metadata (where it was taken, by what) and anything hidden behind the pixels do not survive.
    """
    _judge_size(size)
    largest = _decode(source)
    folder, files, renditions = f"listings/{secrets.token_hex(16)}", [], []
    files.append(Drawn(f"{folder}/full.webp", _encode(largest, "webp")))
    for width in _widths(largest.width):
        drawn = _fit_width(largest, width)
        made = {kind: Drawn(f"{folder}/{width}.{ENDINGS[kind]}", _encode(drawn, kind)) for kind in WRITING}
        files += made.values()
        names = {kind: file.name for kind, file in made.items()}
        renditions.append({"width": drawn.width, "height": drawn.height, **names})
    row = {
        "file": files[0].name,
        "width": largest.width,
        "height": largest.height,
        "colour": f"#{largest.resize((1, 1), Picture.Resampling.BOX).tobytes().hex()}",
        "fingerprint": fingerprint_of(largest),
        "renditions": renditions,
    }
    return Prepared(tuple(files), row)


def redraw(source: Any, *, size: int, longest: int) -> bytes:
    """An upload judged as any other, drawn anew once, as a JPEG that is nowhere longer: for what only some may see.

    Refuses with 422 `image_refused`.
    """
    _judge_size(size)
    picture = _decode(source)
    picture.thumbnail((longest, longest), Picture.Resampling.LANCZOS)
    return _encode(picture, "jpeg")


def fingerprint_of(picture: Picture.Image) -> str:
    """128 bits, in hexadecimal, most of which survive that a picture is made smaller, brighter or worse."""
    greys = picture.convert("L").resize((9, 9), Picture.Resampling.BOX).tobytes()
    return str(dhash.format_hex(*dhash.dhash_row_col(list(greys))))


def _widths(own: int) -> list[int]:
    """The widths of a picture that is so wide itself: never drawn larger, and never twice alike."""
    return [each for each in WIDTHS if each < own] + ([own] if own <= WIDTHS[-1] else [])


def _judge_size(size: int) -> None:
    if size > MOST_BYTES:
        raise ImageRefused(why=f"An image may have {MOST_BYTES // 1024 // 1024} MB at most.")


class _refusing:
    """Whatever a decoder does on a hostile file becomes one of two sentences; so do Pillow's own warnings."""

    def __enter__(self) -> None:
        self._quiet = warnings.catch_warnings()
        self._quiet.__enter__()
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Picture.DecompressionBombWarning)

    def __exit__(self, kind: Any, fault: BaseException | None, trace: Any) -> None:
        self._quiet.__exit__(kind, fault, trace)
        if fault is None or isinstance(fault, ImageRefused) or not isinstance(fault, Exception):
            return
        if isinstance(
            fault, UnidentifiedImageError | Picture.DecompressionBombError | Picture.DecompressionBombWarning
        ):
            raise ImageRefused(why="Send a JPEG, PNG, WebP or AVIF image.") from None
        raise ImageRefused(why="This image is damaged and cannot be read.") from None


def _opened(source: Any) -> Picture.Image:
    """The picture as its header says it is; sizes are judged here, before any pixel is decoded."""
    picture = Picture.open(source, formats=FORMATS)
    if getattr(picture, "is_animated", False):
        raise ImageRefused(why="Send a still image, not an animation.")
    most = MOST_OF_WEBP if picture.format == "WEBP" else MOST_PIXELS
    if max(picture.size) > MOST_SIDE or picture.width * picture.height > most:
        raise ImageRefused(
            why=f"An image may be {MOST_SIDE} pixels wide or high and {most // 1_000_000} megapixels at most."
        )
    if min(picture.size) < 1:
        raise ImageRefused(why="This image is empty.")
    if picture.format == "JPEG" and _scans(source) > MOST_SCANS:
        raise ImageRefused(why="This image is damaged and cannot be read.")
    return picture


def _scans(source: Any) -> int:
    """How often a JPEG goes over its pixels: each time costs as much as a picture, and takes ten bytes of the file."""
    place = source.tell()
    source.seek(0)
    count, last = 0, b""
    while chunk := source.read(1 << 20):
        count += (last + chunk).count(b"\xff\xda")
        last = chunk[-1:]
    source.seek(place)
    return count


def _decode(source: Any) -> Picture.Image:
    """The upright RGB pixels, no more of them than are kept: a decoder's buffer is let go before anything else is made."""
    with _refusing():
        picture = _opened(source)
        turned = picture.getexif().get(0x0112)
        profile = picture.info.get("icc_profile")
        has_holes = picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info
        picture.draft("RGB" if picture.mode == "RGB" else None, (LARGEST, LARGEST))
        picture.load()
        shown = _shown(picture, has_holes=has_holes)
        del picture
        shown.thumbnail((LARGEST, LARGEST), Picture.Resampling.LANCZOS, reducing_gap=2.0)
        flat = _flat(_in_srgb(shown, profile))
        if turned in UPRIGHT:
            flat = flat.transpose(UPRIGHT[turned])
        bare = Picture.new("RGB", flat.size)
        bare.paste(flat)
        return bare


def _shown(picture: Picture.Image, *, has_holes: bool) -> Picture.Image:
    """The same in a mode that can be made smaller: without palette, of eight bits, with transparency where there is some."""
    if has_holes:
        return picture if picture.mode == "RGBA" else picture.convert("RGBA")
    if picture.mode in DEEP:
        return picture.convert("F").point(lambda value: value * (255 / 65_535) + 0).convert("L")
    return picture if picture.mode in ("RGB", "L", "CMYK") else picture.convert("RGB")


def _in_srgb(picture: Picture.Image, profile: bytes | None) -> Picture.Image:
    """The colours that were meant, as every screen has them. A profile that does not fit or is absurd is left out."""
    if not profile or len(profile) > MOST_PROFILE or picture.mode not in ("RGB", "CMYK", "L"):
        return picture
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        found = ImageCms.profileToProfile(picture, meant, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return found or picture


def _flat(picture: Picture.Image) -> Picture.Image:
    """The pixels on white."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    ground = Picture.new("RGB", picture.size, WHITE)
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _fit_width(picture: Picture.Image, width: int) -> Picture.Image:
    """So wide; never drawn larger than it is."""
    if picture.width <= width:
        return picture
    return picture.resize((width, max(1, round(picture.height * width / picture.width))), Picture.Resampling.LANCZOS)


def _encode(picture: Picture.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind.upper(), **WRITING[kind])
    return buffer.getvalue()
