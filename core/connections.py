"""A database connection that answered a moment ago is trusted: asking each time whether it lives costs every request a round trip.

Django asks (`CONN_HEALTH_CHECKS`) before a request's first statement. Under load a thread's connection is never idle, and one that
died within the moment is noticed by the statement itself: the request is answered 503 with Retry-After, as those that it cut in two
are, and the connection is closed. What has been idle for longer is asked.
"""

import time
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import connections

MOMENT = 1.0  # seconds


def trust(**_signal: Any) -> None:
    """A request begins: what was used a moment ago is not asked again. Runs after Django's own, which wants all asked."""
    now = time.monotonic()
    for connection in connections.all(initialized_only=True):
        if now - getattr(connection, "soko_used", -MOMENT) < MOMENT:
            connection.health_check_done = True  # type: ignore[attr-defined]


def used(**_signal: Any) -> None:
    """A request ends: whatever connection of its thread is still open has just answered."""
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None and not connection.errors_occurred:
            connection.soko_used = time.monotonic()  # type: ignore[attr-defined]


def watch() -> None:
    request_started.connect(trust, dispatch_uid="core.connections.trust")
    request_finished.connect(used, dispatch_uid="core.connections.used")
