"""What the clock does in the catalogue."""

from core import context
from core.rules import Actor
from core.schedule import scheduled
from marketplace.catalog import actions, flows, queries
from marketplace.catalog.models import Listing

AT_ONCE = 5_000


@scheduled("*/5 * * * *")
def expire_listings() -> int:
    """Expire approved listings whose time is over. Returns how many; safe to run again, or twice at once."""
    over = Listing.objects.filter(status="approved", expires_at__lte=context.now()).order_by("expires_at")
    keys = list(over.values_list("pk", flat=True)[:AT_ONCE])
    return sum(outcome.done for outcome in actions.expire.many(keys, by=Actor.system("listing expiry")))


@scheduled("20 5 * * *")
def remind_of_ends() -> int:
    """Tell vendors which listings end soon. Returns how many; each end is told once."""
    by, ending = Actor.system("listing expiry"), queries.ending_soon(context.now())
    return sum(actions.remind(keys, by=by, vendor_id=vendor) for vendor, keys in ending.items())


@scheduled("30 3 * * *")
def sweep_images() -> int:
    """Delete the files of images that nobody has shown for a month. Returns how many."""
    return flows.sweep_images(by=Actor.system("image sweep"))
