"""Changing many rows of a resource in one request, each at the version that was read."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from core.actions import Outcome
from core.audiences import Audience
from core.errors import DomainError
from core.resources import answers, operations, parameters, reading, schemas
from core.resources.declaration import CHANGE, Resource


class BulkRefused(DomainError):
    """An atomic bulk change of which one row was refused: nothing was changed."""

    status, code, sentence = 409, "bulk_refused", "Nothing was changed: row {index} (id {id}) was refused: {reason}"


def change(resource: type[Resource], audience: Audience, request: HttpRequest, body: Any) -> HttpResponse:
    """Change many rows, each at the version that was read."""
    parameters.read(request.GET, {})
    found: dict[int, Outcome] = {}
    with transaction.atomic():
        for index, item in sorted(enumerate(body.items), key=lambda each: each[1].id):  # locks go by key
            try:
                with transaction.atomic():
                    row = reading.find(resource, request.actor, item.id)  # type: ignore[attr-defined]
                    values = schemas.written(resource, audience, CHANGE, item)
                    operations.update(row, values, by=request.actor, version=item.version)  # type: ignore[attr-defined]
                found[index] = Outcome(item.id)
            except DomainError as refusal:
                if body.atomic:
                    raise BulkRefused(
                        index=index, id=item.id, reason=refusal.detail, refused_code=refusal.code, errors=refusal.errors
                    ) from refusal
                found[index] = Outcome(item.id, refusal.code, refusal.detail)
    told = (found[index] for index in range(len(body.items)))
    return answers.answer(
        request, {"items": [{"id": each.pk, "code": each.code, "message": each.message} for each in told]}
    )
