"""What the clock does in contacts."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from core.rules import Actor
from core.schedule import scheduled
from marketplace.contacts import actions
from marketplace.contacts.visitors import KEPT, forget_before


@scheduled("41 0 * * *")
def forget_salts() -> int:
    """Forget the salts of former days also when nobody clicks. Returns how many there were."""
    return forget_before(timezone.now().date() - KEPT)


@scheduled("47 0 * * *")
def forget_old_clicks() -> int:
    """Forget clicks that are older than the market keeps them. Returns how many there were."""
    kept = timedelta(days=settings.CONTACT_RETENTION_DAYS)
    return actions.forget_clicks(timezone.localdate() - kept, by=Actor.system("contacts are kept for so long"))
