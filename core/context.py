"""What is known about the request or task that is running: its id, and its clock."""

from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

request_id: ContextVar[str] = ContextVar("request_id", default="")
clock: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The moment of the action that is running, or the present outside of any."""
    return clock.get() or timezone.now()
