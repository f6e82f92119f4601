"""Routes of a listing's images, for those who may edit it: upload here or straight to the store, order, remove."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

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
from marketplace.catalog import actions, flows, media
from marketplace.catalog.actions.gallery import MOST_IMAGES
from marketplace.catalog.resources import Images, Listings

Words = Annotated[str, Form(max_length=200, pattern=TEXT_PATTERN, description="For people who cannot see it.")]


class ArrangeImages(Schema):
    """The order of a listing's images."""

    model_config = ConfigDict(extra="forbid", title="ImageOrder")

    image_ids: list[Id] = Field(
        max_length=MOST_IMAGES, description="Each image of the listing once, the first one in front."
    )  # type: ignore[valid-type]


class AskUpload(Schema):
    """A picture that is to be sent straight to the store."""

    model_config = ConfigDict(extra="forbid", title="UploadRequest")

    content_type: Literal[media.CONTENT_TYPES] = Field(description="What its file is; the store refuses any other.")  # type: ignore[valid-type]


class UploadForm(Schema):
    """POST the file to `url` as multipart/form-data: first every one of `fields`, then the file as `file`. Then claim it."""

    model_config = ConfigDict(title="UploadForm")

    url: str = Field(max_length=2_000)
    fields: dict[str, str]
    expires_in: int = Field(ge=1, le=86_400, description="Seconds for which the form is taken.")
    most_bytes: int = Field(ge=1, le=2**31 - 1)
    claim: str = Field(max_length=1_000, description="Declares the upload done; good for an hour.")


class ClaimUpload(Schema):
    """A picture that was sent straight to the store."""

    model_config = ConfigDict(extra="forbid", title="UploadClaim")

    claim: str = Field(min_length=1, max_length=1_000, pattern=TEXT_PATTERN)
    alt_text: str = Field(default="", max_length=200, pattern=TEXT_PATTERN, description="For people who cannot see it.")


def routes(router: Router, audience: Audience) -> Router:
    """Put the image routes on an audience's `/listings` router."""
    image, listing = schemas.full(Images, audience), schemas.full(Listings, audience)

    @router.post(
        "/{listing_id}/images", response={201: image}, operation_id="addListingImage", summary="Upload an image"
    )
    def add(
        request: HttpRequest, listing_id: KEY_OR_SLUG, file: File[UploadedFile], alt_text: Words = ""
    ) -> HttpResponse:  # type: ignore[valid-type]
        """A JPEG, PNG, WebP or AVIF of at most 10 MB and 25 megapixels. It is `pending` until it has been redrawn, without its
        metadata and in several sizes; ask for the image again, until `progress` is `ready`, or `failed` with a `fault`.

        Of a listing that buyers see already, a vendor's image waits for a moderator. Refuses with 422 `image_refused`,
        409 `too_many_images`.
        """
        nothing_asked(request)
        row: Any = reading.find(Listings, actor_of(request), listing_id)
        made = flows.upload_image(row, file, size=file.size or 0, by=actor_of(request), alt_text=alt_text.strip())
        return reading.shown(Images, request, made, status=201)

    @router.post(
        "/{listing_id}/images/uploads",
        response=UploadForm,
        operation_id="askListingUpload",
        summary="Ask to upload an image straight to the store",
    )
    def ask(request: HttpRequest, listing_id: KEY_OR_SLUG, body: AskUpload) -> dict[str, Any]:  # type: ignore[valid-type]
        """A signed form for one file of this type and at most 10 MB, where pictures are kept in a bucket.

        Refuses with 409 `no_direct_upload` where they are kept on the server: then send the file to `/images`.
        """
        nothing_asked(request)
        row: Any = reading.find(Listings, actor_of(request), listing_id)
        return asdict(flows.ask_upload(row, content_type=body.content_type, by=actor_of(request)))

    @router.post(
        "/{listing_id}/images/claims",
        response={201: image},
        operation_id="claimListingUpload",
        summary="Declare an upload done",
    )
    def claim(request: HttpRequest, listing_id: KEY_OR_SLUG, body: ClaimUpload) -> HttpResponse:  # type: ignore[valid-type]
        """Makes what was sent straight to the store an image of the listing, judged and redrawn like any other upload.

        Said twice, it is one image, drawn meanwhile or not. Refuses with 422 `upload_unknown`, `image_refused`, 409 `too_many_images`.
        """
        nothing_asked(request)
        row: Any = reading.find(Listings, actor_of(request), listing_id)
        made = flows.claim_upload(row, claim=body.claim, by=actor_of(request), alt_text=body.alt_text.strip())
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
