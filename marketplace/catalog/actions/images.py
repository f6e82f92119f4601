"""Images added, removed and arranged: at once in a listing that nobody has judged, as a revision in one that buyers see."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from core.actions import action, lock, retrying_locks
from core.audiences import VENDOR
from core.errors import Stale
from core.events import publish
from core.resources.assigning import Assigning
from core.resources.declaration import CHANGE, Resource
from core.resources.operations import plain_update
from core.rules import Actor, require
from marketplace.catalog import states
from marketplace.catalog.actions.gallery import MOST_IMAGES, apply_gallery, live_keys
from marketplace.catalog.actions.revisions import suggest, waiting
from marketplace.catalog.errors import PictureGone, TooManyImages, UnknownImage
from marketplace.catalog.events import ImageDrawn, ImageReceived
from marketplace.catalog.models import Image, Listing, Revision


def add_image(listing_id: int, *, by: Actor, picture: dict[str, Any]) -> Image:
    """Put a picture (see flows) at the end of a listing's images: one that is drawn already, or, where it names an `original`,
    one that is to be. Refuses with 409 `too_many_images`."""
    with retrying_locks(), transaction.atomic():
        revision = waiting(listing_id)
        return attach_image(listing_id, by=by, picture=picture, revision=revision)


def remove_image(listing_id: int, *, by: Actor, image_id: int, version: int | None = None) -> Listing:
    """Take an image away. Refuses with 422 `unknown_image` one that is not among the listing's."""
    with retrying_locks(), transaction.atomic():
        return detach_image(listing_id, by=by, image_id=image_id, revision=waiting(listing_id), version=version)


def arrange_images(listing_id: int, *, by: Actor, image_ids: Sequence[int], version: int | None = None) -> Listing:
    """Order the images. Refuses with 422 `unknown_image` unless each is named exactly once."""
    with retrying_locks(), transaction.atomic():
        return order_images(listing_id, by=by, image_ids=list(image_ids), revision=waiting(listing_id), version=version)


@action(label="Add an image", rule="change")
def attach_image(listing: Listing, *, by: Actor, picture: dict[str, Any], revision: Any = None) -> Image:
    """See add_image, which takes the locks in their order."""
    keys = shown_keys(listing, revision)
    if len(keys) >= MOST_IMAGES:
        raise TooManyImages(most=MOST_IMAGES)
    image = Image(listing=listing, position=len(keys), **picture)
    if image.original:
        states.DRAWING.move(image, "receive")
    image.save()
    settle_gallery(listing, [*keys, image.pk], by=by, revision=revision)
    image.refresh_from_db()
    publish(ImageReceived(image_id=image.pk) if image.original else ImageDrawn(image.pk, listing_id=listing.pk))
    return image


@action(label="Finish an image", rule="change")
def finish_image(listing: Listing, *, by: Actor, image_id: int, picture: dict[str, Any]) -> Image | None:
    """Give an image what was drawn of it, and show it where it is live. None where nobody wants it any more."""
    image = Image.objects.filter(pk=image_id, listing=listing, progress="pending").exclude(state="removed").first()
    if image is None:
        return None
    for name, value in picture.items():
        setattr(image, name, value)
    states.DRAWING.move(image, "draw")
    image.original = image.fault = ""
    image.save()
    if image.state == "live":
        apply_gallery(listing, live_keys(listing))
    publish(ImageDrawn(image.pk, listing_id=listing.pk))
    return image


@action(label="Note a failure", rule="change", simple=True)
def fail_image(image: Image, *, by: Actor, why: str, for_good: bool) -> Image:
    """Say why an image could not be drawn; `for_good` where trying again is of no use, so that its upload may go."""
    states.DRAWING.move(image, "fail")
    image.fault = why[:300]
    if for_good:
        image.original = ""
    return image


@action(label="Try again", icon="refresh", when=lambda image: image.may_be_retried)
def retry_image(image: Image, *, by: Actor) -> Image:
    """Draw an image again that could not be drawn for a reason that may have passed.

    Refuses with 409 `wrong_state` unless it failed, `picture_gone` where its upload was refused, or where buyers see the
    listing by now: a moderator has judged it without the picture.
    """
    states.DRAWING.move(image, "retry_image")
    if not image.original or image.state == "removed" or (image.state == "live" and image.listing.is_judged):
        raise PictureGone()
    image.fault = ""
    publish(ImageReceived(image_id=image.pk))
    return image


@action(label="Remove an image", danger=True, rule="change")
def detach_image(listing: Listing, *, by: Actor, image_id: int, revision: Any = None) -> Listing:
    """See remove_image, which takes the locks in their order."""
    keys = shown_keys(listing, revision)
    if image_id not in keys:
        raise UnknownImage()
    image = Image.objects.get(pk=image_id)
    if image.state == "proposed":
        states.IMAGE.move(image, "remove")
        image.save()
    settle_gallery(listing, [key for key in keys if key != image_id], by=by, revision=revision)
    return listing


@action(label="Arrange images", rule="change")
def order_images(listing: Listing, *, by: Actor, image_ids: list[int], revision: Any = None) -> Listing:
    """See arrange_images, which takes the locks in their order."""
    if sorted(image_ids) != sorted(shown_keys(listing, revision)):
        raise UnknownImage()
    settle_gallery(listing, image_ids, by=by, revision=revision)
    return listing


def shown_keys(listing: Listing, revision: Revision | None) -> list[int]:
    """The images as their vendor left them: those proposed, or else those live."""
    return list((revision.proposed if revision else {}).get("images", live_keys(listing)))


def settle_gallery(listing: Listing, keys: list[int], *, by: Actor, revision: Revision | None) -> None:
    """Show these images at once, or propose them where a moderator has judged what buyers see.

    A mere new order of what is live needs no moderator.
    """
    live = live_keys(listing)
    held = dict(revision.proposed) if revision else {}
    if not listing.is_judged or by.audience is not VENDOR or by.is_system:
        apply_gallery(listing, keys)
    elif sorted(keys) == sorted(live):
        held.pop("images", None)
        apply_gallery(listing, keys)
        suggest(listing, held, by=by, revision=revision)
    else:
        suggest(listing, {**held, "images": keys}, by=by, revision=revision)


def describe_image(
    resource: type[Resource],
    row: Any,
    values: Mapping[str, Any],
    *,
    by: Actor,
    version: int | None = None,
    reason: str = "",
) -> Image:
    """Change an image's words, on the image and where its listing keeps them: the engine's `update` of images.

    A vendor's words under what a moderator has judged wait as part of the revision.
    """
    with retrying_locks(), transaction.atomic():
        revision = waiting(row.listing_id)
        listing = lock(Listing, row.listing_id)
        if by.audience is VENDOR and not by.is_system and listing.is_judged:
            return propose_words(resource, row, values, by=by, listing=listing, revision=revision, version=version)
        image = plain_update(resource, row, values, by=by, version=version, reason=reason)
        if image.state == "live":
            keep_gallery(image.listing_id, by=by)
    return image


def propose_words(
    resource: type[Resource],
    row: Image,
    values: Mapping[str, Any],
    *,
    by: Actor,
    listing: Listing,
    revision: Revision | None,
    version: int | None,
) -> Image:
    """Put an image's new words before a moderator; the image keeps its own. Refuses what the plain update refuses."""
    image = lock(Image, row)
    require(by, "change", image)
    if version is not None and version != image.version:
        raise Stale(version=image.version)
    draft, assigning = copy.copy(image), Assigning(resource, by)
    assigning.check(draft, assigning.assign(draft, values, CHANGE))
    held = dict(revision.proposed) if revision else {}
    words = {**held.pop("alt_texts", {}), str(image.pk): draft.alt_text}
    if draft.alt_text == image.alt_text:
        del words[str(image.pk)]
    suggest(listing, {**held, "alt_texts": words} if words else held, by=by, revision=revision)
    return image


@action(label="Keep the gallery", rule="change")
def keep_gallery(listing: Listing, *, by: Actor) -> Listing:
    """Copy what the live images say to their listing."""
    apply_gallery(listing, live_keys(listing))
    return listing


@action(label="Discard", simple=True)
def discard_image(image: Image, *, by: Actor) -> Image:
    """Note that the files of an image nobody shows are gone. Refuses with 409 `wrong_state` one that is live."""
    if image.state != "removed":
        states.IMAGE.move(image, "discard")
    image.file, image.original, image.renditions = "", "", []
    return image
