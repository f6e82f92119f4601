"""Vendors edit what buyers already see: some edits wait for a moderator, some were applied, some refused."""

from datetime import timedelta

from django.db.models import Q

from core.audiences import OPERATIONS
from core.jobs.models import Job
from core.resources import operations
from core.rules import actor_of
from marketplace.accounts import actions as accounts
from marketplace.catalog import actions as catalog
from marketplace.catalog.models import Listing, Option, Revision
from marketplace.demo import goods, shipped
from marketplace.demo.agenda import as_of
from marketplace.demo.lives import Life

WORDS = "Seen by appointment only since this week; please write before you come."
EDITS = (
    {"title": "{title}, price reduced"},
    {"description": "{description} " + WORDS},
    {"title": "{title}, ready today", "description": "{description} " + WORDS},
)
REFUSAL = "Please take phone numbers and links out of the text."
WAITING, APPLIED = 12, 9  # of the edits; the rest are refused
STAFF = ~Q(role__name="customer")
PRICE_LIST = "november-prices.csv"


def change_prices(life: Life, *, of: str = "Lakeside Auto Bazaar") -> Job:
    """A vendor imports its new prices; as in life, a few lines of the file are refused."""
    rows = shipped.rows(f"imports/{PRICE_LIST}")
    return goods.import_as_job(
        rows, by=life.town.owner_of(of), at=life.now - timedelta(days=2, hours=3), name=PRICE_LIST
    )


def close_for_holidays(life: Life, *, of: str = "Lakeside Auto Bazaar") -> tuple[Job, Job]:
    """A vendor pauses all that it sells for three days; what is a draft still cannot be paused."""
    before = life.now - timedelta(days=9, hours=2)
    theirs = Listing.objects.filter(vendor__name=of, status_since__lt=before).order_by("pk")
    shown = list(theirs.filter(status="approved").values_list("pk", flat=True))
    drafts = list(theirs.filter(status="draft").values_list("pk", flat=True)[:2])
    by = life.town.owner_of(of)
    return (
        goods.press_as_job("pause", [*shown, *drafts], by=by, at=before),
        goods.press_as_job("resume", shown, by=by, at=before + timedelta(days=3)),
    )


def tidy(life: Life) -> None:
    """What staff do now and then: close the doors of two accounts, open one again, offer an option no more."""
    support = actor_of(life.town.users["support@soko.example"], OPERATIONS)
    customers = [
        user
        for user in life.town.users.values()
        if not user.memberships.exists() and not user.held.filter(STAFF).exists()
    ]
    for days, user in zip((9, 4), life.dice.sample(customers, 2), strict=True):
        reason = "Wrote the same advertisement to forty vendors."
        accounts.deactivate(user, by=support, at=life.now - timedelta(days=days), reason=reason)
        if days > 5:
            reason = "Has apologised on the phone."
            accounts.reactivate(user, by=support, at=life.now - timedelta(days=days - 1), reason=reason)
    admin = actor_of(life.town.users["admin@soko.example"], OPERATIONS)
    rare = Option.objects.get(attribute__code="resolution", code="eight_k")
    catalog.archive_option(rare, by=admin, at=life.now - timedelta(days=20))


def propose(life: Life, *, count: int = 25) -> int:
    """Edit listings on show as their vendors do, and judge all but the latest dozen. Returns how many there are."""
    approved = sorted(
        reference for reference, fate in life.fates.items() if fate == "approved" and reference in life.keys
    )
    chosen = Listing.objects.filter(
        pk__in=[life.keys[each] for each in approved], status="approved", vendor__status="verified"
    ).select_related("vendor")  # fmt: skip
    listings = life.dice.sample(list(chosen.order_by("pk")), min(count, len(chosen)))
    for turn, listing in reversed(list(enumerate(listings))):
        at = life.now - timedelta(minutes=25 + 97 * turn)
        said = {"title": listing.title[:90], "description": listing.description}
        values = {name: text.format(**said) for name, text in EDITS[turn % len(EDITS)].items()}
        with as_of(at):
            operations.update(listing, values, by=life.town.owner_of(listing.vendor.name))
        if turn < WAITING:
            continue
        revision, judged_at = Revision.objects.get(listing=listing, status="pending"), at + timedelta(minutes=70)
        by = life.moderator(judged_at)
        if turn < WAITING + APPLIED:
            catalog.approve_revision(revision, by=by, at=judged_at)
        else:
            catalog.reject_revision(revision, by=by, at=judged_at, reason=REFUSAL)
    return len(listings)
