"""Every refusal under /api/ leaves as RFC 9457 problem+json, whoever raised it."""

import math
from string import Formatter
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, Throttled, ValidationError

from core import context
from core.errors import (
    BadRequest,
    Denied,
    DomainError,
    FieldError,
    Invalid,
    Limited,
    Missing,
    TooLarge,
    Unauthenticated,
    Unavailable,
    problem,
)

log = structlog.get_logger("api")


def refuse(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """The response of a refusal."""
    body = problem(refusal, instance=request.path, request_id=context.request_id.get())
    response = HttpResponse(orjson.dumps(body), status=refusal.status, content_type="application/problem+json")
    if refusal.status == 401:
        error = ' error="invalid_token"' if "Authorization" in request.headers else ""
        response["WWW-Authenticate"] = f"Bearer{error}"
    if refusal.status in (429, 503):
        response["Retry-After"] = str(max(1, math.ceil(refusal.facts.get("retry_after", 2))))
    if refusal.status in (401, 403, 404):
        response["Cache-Control"] = "private, no-store"
    return response


def answer_refusals(api: NinjaAPI) -> None:
    """Give an API instance our handlers."""

    @api.exception_handler(DomainError)
    def _domain(request: HttpRequest, refusal: DomainError) -> HttpResponse:
        return refuse(request, refusal)

    @api.exception_handler(ValidationError)
    def _validation(request: HttpRequest, fault: ValidationError) -> HttpResponse:
        return refuse(request, Invalid(errors=[_field_error(each) for each in fault.errors[:50]]))

    @api.exception_handler(AuthenticationError)
    def _authentication(request: HttpRequest, _fault: AuthenticationError) -> HttpResponse:
        return refuse(request, Unauthenticated())

    @api.exception_handler(AuthorizationError)
    def _authorization(request: HttpRequest, _fault: AuthorizationError) -> HttpResponse:
        return refuse(request, Denied())

    @api.exception_handler(Http404)
    def _missing(request: HttpRequest, _fault: Http404) -> HttpResponse:
        return refuse(request, Missing())

    @api.exception_handler(Throttled)
    def _throttled(request: HttpRequest, _fault: Throttled) -> HttpResponse:
        _name, verdict = request.limit_said  # type: ignore[attr-defined]  # set by the meter that refused
        return refuse(request, Limited(retry_after=verdict.reset_in))

    @api.exception_handler(RequestDataTooBig)
    def _too_big(request: HttpRequest, _fault: RequestDataTooBig) -> HttpResponse:
        return refuse(request, TooLarge(limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE))

    @api.exception_handler(MultiPartParserError)
    def _torn_upload(request: HttpRequest, _fault: MultiPartParserError) -> HttpResponse:
        return refuse(request, BadRequest())

    @api.exception_handler(HttpError)
    def _http(request: HttpRequest, fault: HttpError) -> HttpResponse:
        families = {kind.status: kind for kind in DomainError.__subclasses__() if kind.__module__ == "core.errors"}
        kind = families.get(fault.status_code, BadRequest)
        facts: dict[str, Any] = {name: 1 for _text, name, _format, _as in Formatter().parse(kind.sentence) if name}
        return refuse(request, kind(**facts))

    @api.exception_handler(OperationalError)
    def _database(request: HttpRequest, fault: OperationalError) -> HttpResponse:
        log.error("database_unavailable", fault=type(fault.__cause__ or fault).__name__)
        return refuse(request, Unavailable())

    @api.exception_handler(Exception)
    def _bug(request: HttpRequest, fault: Exception) -> HttpResponse:
        log.exception("unhandled", exc_info=fault)
        return refuse(request, DomainError())


def _field_error(fault: dict) -> FieldError:
    """Ninja's location ("body", "body", "price", "amount") as a JSON pointer into what was sent, or a parameter's name."""
    source, *place = [str(part) for part in fault["loc"]]
    if source in ("body", "form", "file"):
        return FieldError(
            "/" + "/".join(place[1:] if place[:1] in (["body"], ["data"]) else place), fault["type"], fault["msg"]
        )
    return FieldError(".".join(place) or source, fault["type"], fault["msg"])
