"""Routes of the files that the parties of a dispute show."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import File, Router
from ninja.files import UploadedFile

from core.audiences import Audience
from core.resources import reading, schemas
from core.resources.api import KEY, REFERENCE, nothing_asked
from marketplace.orders import files, flows
from marketplace.orders.back_resources import Disputes

BYTES = {"schema": {"type": "string", "format": "binary"}}
SHOWN = {"responses": {"200": {"description": "The file.", "content": {"image/jpeg": BYTES, "application/pdf": BYTES}}}}


def routes(router: Router, audience: Audience) -> Router:
    """Put the file routes on an audience's `/disputes` router."""

    @router.get(
        "/{dispute_id}/files/{file_id}",
        operation_id="openDisputeFile",
        summary="Open a file that was shown",
        openapi_extra=SHOWN,
    )
    def get(request: HttpRequest, dispute_id: REFERENCE, file_id: KEY) -> HttpResponseBase:  # type: ignore[valid-type]
        """A picture as a JPEG to look at, or a PDF to save: `files` of the dispute names them."""
        nothing_asked(request)
        row: Any = reading.find(Disputes, request.actor, dispute_id)  # type: ignore[attr-defined]
        return files.shown_file(file_id, by=request.actor, dispute=row)  # type: ignore[attr-defined]

    @router.post(
        "/{dispute_id}/files",
        response={201: schemas.full(Disputes, audience)},
        operation_id="showDisputeFile",
        summary="Show a file as evidence",
    )
    def add(request: HttpRequest, dispute_id: REFERENCE, file: File[UploadedFile]) -> HttpResponse:  # type: ignore[valid-type]
        """A JPEG, PNG, WebP or AVIF, or a PDF, of at most 10 MB: everybody in the dispute may open it, and nobody else.

        Refuses with 422 `image_refused`, `file_refused`, 409 `wrong_state` once it is decided, `enough_files`.
        """
        nothing_asked(request)
        row: Any = reading.find(Disputes, request.actor, dispute_id)  # type: ignore[attr-defined]
        done = flows.show_file(row, file, name=file.name or "", size=file.size or 0, by=request.actor)  # type: ignore[attr-defined]
        return reading.shown(Disputes, request, done, status=201)

    return router
