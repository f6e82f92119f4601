"""Who else shows a picture: whoever keeps the address of one says so here, and its files stay as long as it is shown.

Declared in a `pictures.py` of the app, which is found when the catalogue sweeps.
"""

from collections.abc import Callable, Collection, Iterator

from django.utils.module_loading import autodiscover_modules

from marketplace.catalog.models import Image

FORMATS = ("avif", "webp", "jpeg")

#: Takes images that no listing shows, gives the addresses among theirs (`addresses_of`) that are shown all the same.
Showing = Callable[[Collection[Image]], Collection[str]]
_showing: dict[str, Showing] = {}


def shows_pictures(showing: Showing) -> Showing:
    """Declare one; of the same function, the last one counts."""
    _showing[f"{showing.__module__}.{showing.__qualname__}"] = showing
    return showing


def addresses_of(image: Image) -> list[str]:
    """Every file of an image, by its address within the media store."""
    own = (image.file.name, image.original)
    return [*filter(None, own), *(each[kind] for each in image.renditions for kind in FORMATS if kind in each)]


def unshown(images: Collection[Image]) -> Iterator[Image]:
    """Those of these images that nobody shows in any size."""
    autodiscover_modules("pictures")
    shown = {address for showing in _showing.values() for address in showing(images)}
    return (image for image in images if shown.isdisjoint(addresses_of(image)))
