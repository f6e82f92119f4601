"""What the clock does in engagement."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from core import relay
from core.buffers import buffer
from core.rules import Actor
from core.schedule import scheduled
from marketplace.engagement import actions
from marketplace.engagement.models import Frequency
from marketplace.engagement.queries import waiting_for_news
from marketplace.engagement.views import VIEWS

#: A batch is known for so long: no flush that was cut off is tried later than that.
FLUSHES_KNOWN = timedelta(days=7)
#: What was approved within this time may not be committed yet, nor be in the index: it is looked at next time, so that nothing
#: falls between two runs. While the outbox is behind, the index is too.
STILL_COMING = timedelta(minutes=2)


@scheduled("*/2 * * * *")
def flush_views() -> int:
    """Count the views that wait. Returns how many; a batch whose counting was cut off is counted now, and no batch twice."""
    counted = 0
    for batch in buffer(VIEWS).taken():
        counted += actions.count_views(batch, by=Actor.system("views are counted"))
        buffer(VIEWS).done(batch)
    return counted


@scheduled("53 0 * * *")
def forget_old_views() -> int:
    """Forget views that are older than the market keeps them, as it does contacts. Returns how many tallies."""
    now = timezone.now()
    before = timezone.localdate(now) - timedelta(days=settings.CONTACT_RETENTION_DAYS)
    return actions.forget_views(
        before, by=Actor.system("views are kept for so long"), flushed_before=now - FLUSHES_KNOWN
    )


@scheduled("*/5 * * * *")
def alert_at_once() -> int:
    """Tell those who want to hear at once. Returns how many searches found something."""
    return alert(Frequency.INSTANT)


@scheduled("10 6 * * *")
def alert_daily() -> int:
    """Tell those who want to hear once a day. Returns how many searches found something."""
    return alert(Frequency.DAILY)


def alert(frequency: Frequency) -> int:
    until = timezone.now() - STILL_COMING - timedelta(seconds=relay.lag())
    by = Actor.system("alerts of saved searches")
    people = waiting_for_news(frequency, until)
    return sum(actions.alert(each, by=by, frequency=frequency.value, until=until) for each in people)
