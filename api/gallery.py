"""Routes of a listing's images, for those who may edit it: upload, order, remove."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router, Schema
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from core.audiences import Audience
from core.inputs import TEXT_PATTERN
from core.resources import answers, reading, schemas
from core.resources.api import KEY, KEY_OR_SLUG, nothing_asked
from core.resources.types import Id
from core.rules import Actor
from marketplace.catalog import actions, flows
from marketplace.catalog.actions.gallery import MOST_IMAGES
from marketplace.catalog.resources import Images, Listings

Words = Annotated[str, Form(max_length=200, pattern=TEXT_PATTERN, description="For people who cannot see it.")]


class ArrangeImages(Schema):
    """The order of a listing's images."""

    model_config = ConfigDict(extra="forbid", title="ImageOrder")

    image_ids: list[Id] = Field(
        max_length=MOST_IMAGES, description="Each image of the listing once, the first one in front."
    )  # type: ignore[valid-type]


def routes(router: Router, audience: Audience) -> Router:
    """Put the image routes on an audience's `/listings` router."""
    image, listing = schemas.full(Images, audience), schemas.full(Listings, audience)

    @router.post(
        "/{listing_id}/images", response={201: image}, operation_id="addListingImage", summary="Upload an image"
    )
    def add(
        request: HttpRequest, listing_id: KEY_OR_SLUG, file: File[UploadedFile], alt_text: Words = ""
    ) -> HttpResponse:  # type: ignore[valid-type]
        """A JPEG, PNG or WebP of at most 10 MB and 25 megapixels, redrawn without its metadata in several sizes.

        Of a listing that buyers see already, a vendor's image waits for a moderator. Refuses with 422 `image_refused`,
        409 `too_many_images`.
        """
        nothing_asked(request)
        row: Any = reading.find(Listings, actor_of(request), listing_id)
        made = flows.upload_image(row, file, size=file.size or 0, by=actor_of(request), alt_text=alt_text.strip())
        return reading.shown(Images, request, made, status=201)

    @router.put(
        "/{listing_id}/images/order", response=listing, operation_id="arrangeListingImages", summary="Order the images"
    )
    def arrange(request: HttpRequest, listing_id: KEY_OR_SLUG, body: ArrangeImages) -> HttpResponse:  # type: ignore[valid-type]
        """Put the images in this order; the first one stands for the listing. Refuses with 422 `unknown_image`."""
        nothing_asked(request)
        row = reading.find(Listings, actor_of(request), listing_id)
        done = actions.arrange_images(
            row.pk,
            by=actor_of(request),
            image_ids=body.image_ids,
            version=answers.version_said(request, required=False),
        )
        return reading.shown(Listings, request, done)

    @router.delete(
        "/{listing_id}/images/{image_id}",
        response=listing,
        operation_id="removeListingImage",
        summary="Remove an image",
    )
    def remove(request: HttpRequest, listing_id: KEY_OR_SLUG, image_id: KEY) -> HttpResponse:  # type: ignore[valid-type]
        """Take an image away; of a listing that buyers see already, when a moderator agrees. Refuses with 422 `unknown_image`."""
        nothing_asked(request)
        row = reading.find(Listings, actor_of(request), listing_id)
        done = actions.remove_image(
            row.pk, by=actor_of(request), image_id=image_id, version=answers.version_said(request, required=False)
        )
        return reading.shown(Listings, request, done)

    return router


def actor_of(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]
