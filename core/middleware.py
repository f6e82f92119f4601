"""What every request gets: an id, and under /api/ good manners whoever answers it."""

import re
import uuid
from collections.abc import Callable

import orjson
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from core import context, limits
from core.errors import (
    BadRequest,
    Denied,
    DomainError,
    LengthRequired,
    MethodNotAllowed,
    Missing,
    TooLarge,
    Unavailable,
    WrongMediaType,
    problem,
)

Answer = Callable[[HttpRequest], HttpResponse]
GOOD_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
ENVELOPE = 65_536  # what a multipart body holds beside its file


class RequestIds:
    """Takes a well-formed X-Request-ID or makes one; it is in every answer, log line, audit entry and event."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        name = given if GOOD_ID.fullmatch(given) else uuid.uuid4().hex
        token = context.request_id.set(name)
        structlog.contextvars.bind_contextvars(request_id=name)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = name
            return response
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
            context.request_id.reset(token)


class ApiManners:
    """Under /api/: bodies are bounded and JSON, every error is problem+json, private answers are never kept by caches."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/api/"):
            return self.get_response(request)
        refusal = self._body_refused(request)
        response = (
            problem_response(request, refusal) if refusal else self._as_problem(request, self.get_response(request))
        )
        if request.headers.get("Authorization") or request.headers.get("Cookie"):
            response["Cache-Control"] = "private, no-store"
        elif "Cache-Control" not in response:
            response["Cache-Control"] = "no-cache" if request.method in ("GET", "HEAD") else "no-store"
        said = getattr(request, "limit_said", None)
        if said is not None:
            for name, value in limits.headers_of(*said).items():
                response[name] = value
        patch_vary_headers(response, ("Authorization", "Cookie", "Accept-Language"))
        return response

    @staticmethod
    def _body_refused(request: HttpRequest) -> DomainError | None:
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return None
        kind = request.content_type or ""
        upload = kind == "multipart/form-data"
        length = request.META.get("CONTENT_LENGTH") or "0"
        if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
            return LengthRequired()
        file = settings.IMPORT_LIMIT if request.path.endswith("/imports") else settings.UPLOAD_LIMIT
        limit = file + ENVELOPE if upload else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if not length.isdecimal() or int(length) > limit:
            return TooLarge(limit=limit)
        if int(length) and not upload and kind != "application/json":
            return WrongMediaType(wanted="application/json")
        return None

    @staticmethod
    def _as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Answers that Django makes itself are HTML; here they are problem+json, with their headers."""
        if response.status_code < 400 or "json" in response.get("Content-Type", ""):
            return response
        if response.status_code == 405:
            made = problem_response(request, MethodNotAllowed(allowed=response.get("Allow", "")))
            made["Allow"] = response.get("Allow", "")
            return made
        kinds: dict[int, DomainError] = {
            400: BadRequest(),
            403: Denied(),
            404: Missing(),
            413: TooLarge(limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
            503: Unavailable(),
        }
        if response.status_code in kinds:
            return problem_response(request, kinds[response.status_code])
        return problem_response(request, DomainError())


def problem_response(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """A refusal as a response, for answers that never reach an API."""
    body = problem(refusal, instance=request.path, request_id=context.request_id.get())
    response = HttpResponse(orjson.dumps(body), status=refusal.status, content_type="application/problem+json")
    if refusal.status == 503:
        response["Retry-After"] = "2"
    return response
