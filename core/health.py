"""/healthz: is this process alive, and can it reach what it needs."""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from core import relay

OUTBOX_LATE = 300.0


def healthz(request: HttpRequest) -> JsonResponse:
    """200 when database and cache answer, 503 when one does not; a late outbox is told, but is no reason to restart."""
    found: dict[str, str] = {"database": "ok", "cache": "ok", "outbox": "ok"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found["outbox"] = "late" if relay.lag() > OUTBOX_LATE else "ok"
    except DatabaseError:
        found["database"] = found["outbox"] = "unreachable"
    try:
        cache.set("healthz", 1, 5)
    except Exception:  # each cache backend raises its own kind
        found["cache"] = "unreachable"
    healthy = "unreachable" not in (found["database"], found["cache"])
    answer = JsonResponse({"status": "ok" if healthy else "unavailable", **found}, status=200 if healthy else 503)
    answer["Cache-Control"] = "no-store"
    return answer
