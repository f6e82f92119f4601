"""/healthz: is this process alive, and can it reach what it needs; and what a page says when it is not so."""

import sys

from django.core.cache import cache
from django.db import DatabaseError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import server_error

from core import relay
from core.errors import Unavailable

OUTBOX_LATE = 300.0


def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, 503 when it does not. Without the cache the market works and is only slower, and with
    a late outbox it works later: both are told as "degraded", and neither is a reason to send nobody here any more.
    """
    found: dict[str, str] = {"database": "ok", "cache": "ok", "outbox": "ok"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found["outbox"] = "late" if relay.lag() > OUTBOX_LATE else "ok"
    except DatabaseError:
        found["database"] = found["outbox"] = "unreachable"
    try:
        cache.add("healthz", 1, 5)  # `set` forgives
    except Exception:  # each cache backend raises its own kind
        found["cache"] = "unreachable"
    up = found["database"] == "ok"
    status = "unavailable" if not up else "ok" if set(found.values()) == {"ok"} else "degraded"
    answer = JsonResponse({"status": status, **found}, status=200 if up else 503)
    answer["Cache-Control"] = "no-store"
    return answer


def fault(request: HttpRequest) -> HttpResponse:
    """The page of a fault: a database that is away comes back, and the page says so; anything else is a bug of ours."""
    if not isinstance(sys.exception(), OperationalError):
        return server_error(request)
    answer = HttpResponse(Unavailable.sentence, status=503, content_type="text/plain; charset=utf-8")
    answer["Retry-After"], answer["Cache-Control"] = "2", "no-store"
    return answer
