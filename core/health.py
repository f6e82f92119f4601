"""/healthz: is this process alive, and can it reach what it needs."""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from core import relay

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
