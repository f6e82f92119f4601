"""The images of a listing: which are live, in which order, and what the listing keeps of them."""

from collections.abc import Mapping, Sequence

from marketplace.catalog import states
from marketplace.catalog.errors import PicturesPending, UnknownImage
from marketplace.catalog.models import Image, Listing

MOST_IMAGES = 20


def live_keys(listing: Listing) -> list[int]:
    """The keys of the images that buyers see, in order."""
    return list(
        Image.objects.filter(listing=listing, state="live").order_by("position", "pk").values_list("pk", flat=True)
    )


def put_words(listing: Listing, words: Mapping[str, str]) -> None:
    """Describe these images of a listing (by key, as JSON has it) anew; those that were removed meanwhile are left out."""
    for image in Image.objects.filter(listing=listing, pk__in=words).exclude(state="removed").order_by("pk"):
        image.alt_text = words[str(image.pk)]
        image.save()


def apply_gallery(listing: Listing, keys: Sequence[int]) -> None:
    """Make exactly these images live, in this order, and keep their cards on the listing. Others that were live are removed.

    Refuses with 422 `unknown_image` a key that is repeated, or not one of this listing's.
    """
    images = {each.pk: each for each in Image.objects.filter(listing=listing).exclude(state="removed")}
    if len(set(keys)) != len(keys) or not set(keys) <= set(images):
        raise UnknownImage()
    for position, key in enumerate(keys):
        image = images[key]
        if image.state == "proposed":
            states.IMAGE.move(image, "show")
        elif image.position == position:
            continue
        image.position = position
        image.save()
    for key, image in images.items():
        if key not in keys and image.state == "live":
            states.IMAGE.move(image, "remove")
            image.save()
    listing.cached_gallery = [images[key].card() for key in keys if images[key].is_ready]


def refuse_unseen(keys: Sequence[int]) -> None:
    """Refuse with 409 `pictures_pending` to judge what shows pictures that are not drawn yet: nobody can have seen them."""
    count = Image.objects.filter(pk__in=keys, progress="pending").exclude(state="removed").count()
    if count:
        raise PicturesPending(count=count)
