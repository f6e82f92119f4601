"""What the clock does in engagement."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from core.rules import Actor
from core.schedule import scheduled
from marketplace.engagement import actions
from marketplace.engagement.buffers import buffer

#: A batch is known for so long: no flush that was cut off is tried later than that.
FLUSHES_KNOWN = timedelta(days=7)


@scheduled("*/2 * * * *")
def flush_views() -> int:
    """Count the views that wait. Returns how many; a batch whose counting was cut off is counted now, and no batch twice."""
    counted = 0
    for batch in buffer().taken():
        counted += actions.count_views(batch, by=Actor.system("views are counted"))
        buffer().done(batch)
    return counted


@scheduled("53 0 * * *")
def forget_old_views() -> int:
    """Forget views that are older than the market keeps them, as it does contacts. Returns how many tallies."""
    now = timezone.now()
    before = timezone.localdate(now) - timedelta(days=settings.CONTACT_RETENTION_DAYS)
    return actions.forget_views(
        before, by=Actor.system("views are kept for so long"), flushed_before=now - FLUSHES_KNOWN
    )
