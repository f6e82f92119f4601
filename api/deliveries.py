"""Routes of the photos that prove a delivery, for couriers who take them and for whoever may look at them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import File, Router
from ninja.files import UploadedFile

from core.audiences import OPERATIONS, Audience
from core.resources import reading, schemas
from core.resources.api import KEY, REFERENCE, nothing_asked
from marketplace.orders import files, flows
from marketplace.orders.resources import Deliveries

BYTES = {"schema": {"type": "string", "format": "binary"}}
JPEG = {"responses": {"200": {"description": "The photo.", "content": {"image/jpeg": BYTES}}}}


def routes(router: Router, audience: Audience) -> Router:
    """Put the photo routes on an audience's `/deliveries` router."""

    @router.get(
        "/{delivery_id}/photos/{photo_id}",
        operation_id="lookAtDeliveryPhoto",
        summary="Look at a photo",
        openapi_extra=JPEG,
    )
    def get(request: HttpRequest, delivery_id: REFERENCE, photo_id: KEY) -> HttpResponseBase:  # type: ignore[valid-type]
        """A photo that proves a delivery, as a JPEG."""
        nothing_asked(request)
        row: Any = reading.find(Deliveries, request.actor, delivery_id)  # type: ignore[attr-defined]
        return files.photo(photo_id, by=request.actor, delivery=row)  # type: ignore[attr-defined]

    if audience is OPERATIONS:
        _add(router)
    return router


def _add(router: Router) -> None:
    @router.post(
        "/{delivery_id}/photos",
        response={201: schemas.full(Deliveries, OPERATIONS)},
        operation_id="addDeliveryPhoto",
        summary="Add a photo as proof",
    )
    def add(request: HttpRequest, delivery_id: REFERENCE, file: File[UploadedFile]) -> HttpResponse:  # type: ignore[valid-type]
        """A JPEG, PNG, WebP or AVIF of at most 10 MB, while you have the parcel or after you handed it over.

        Only who may see the order sees it. Refuses with 422 `image_refused`, 409 `wrong_state`, `enough_photos`.
        """
        nothing_asked(request)
        row: Any = reading.find(Deliveries, request.actor, delivery_id)  # type: ignore[attr-defined]
        done = flows.add_photo(row, file, size=file.size or 0, by=request.actor)  # type: ignore[attr-defined]
        return reading.shown(Deliveries, request, done, status=201)
