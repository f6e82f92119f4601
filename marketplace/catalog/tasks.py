"""What the clock does in the catalogue."""

from core import context
from core.rules import Actor
from core.schedule import scheduled
from marketplace.catalog import actions, flows
from marketplace.catalog.models import Listing

AT_ONCE = 5_000


@scheduled("*/5 * * * *")
def expire_listings() -> int:
    """Expire approved listings whose time is over. Returns how many; safe to run again, or twice at once."""
    over = Listing.objects.filter(status="approved", expires_at__lte=context.now()).order_by("expires_at")
    keys = list(over.values_list("pk", flat=True)[:AT_ONCE])
    return sum(outcome.done for outcome in actions.expire.many(keys, by=Actor.system("listing expiry")))


@scheduled("*/5 * * * *")
def note_low_stock() -> int:
    """Note what runs low by now, and tell of it. Returns how many variants are new; safe to run again."""
    return int(actions.note_low_stock(by=Actor.system("low stock")))


@scheduled("0 5 * * *")
def mail_low_stock() -> int:
    """Write to vendors about what has run low since yesterday's mail. Returns how many mails."""
    return flows.mail_low_stock(by=Actor.system("low stock"))


@scheduled("30 3 * * *")
def sweep_images() -> int:
    """Delete the files of images that nobody has shown for a month. Returns how many."""
    return flows.sweep_images(by=Actor.system("image sweep"))
