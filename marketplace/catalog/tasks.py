"""What the clock does in the catalogue."""

from collections.abc import Iterator

from django.db.models import QuerySet

from core import context
from core.actions import Outcome
from core.errors import Denied
from core.jobs.running import JobRun, job
from core.rules import Actor, scope
from core.schedule import scheduled
from marketplace.catalog import actions, flows, queries
from marketplace.catalog.models import DefinitionChange, Listing

AT_ONCE, CHUNK = 5_000, 200


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


@scheduled("50 3 * * *")
def sweep_uploads() -> int:
    """Delete uploads that nobody has claimed, and drawn files that belong to no image. Returns how many."""
    return flows.sweep_uploads()


@job(actions.changes.APPLYING)
def run_change(run: JobRun) -> Iterator[int]:
    """Rewrite the listings that hold a value, 200 at a time, in the order of their keys; then the change is applied."""
    change = _change(run, "apply_change")
    number = run.job.done_count + run.job.failed_count
    while pks := _next(change.rows(), run.checkpoint):
        number = _told(run, actions.changes.mend(change, pks, by=run.actor), number)
        yield pks[-1]
    actions.changes.finish_change(change, by=run.actor)


@job(actions.changes.UNDOING)
def run_undo(run: JobRun) -> Iterator[int]:
    """Put back what the listings held, 200 at a time; then the change is undone."""
    change = _change(run, "undo_change")
    number = run.job.done_count + run.job.failed_count
    while pks := _next(Listing.objects.filter(changed_values__change=change), run.checkpoint):
        number = _told(run, actions.changes.mend(change, pks, by=run.actor, undo=True), number)
        yield pks[-1]
    actions.changes.finish_undoing(change, by=run.actor)


def _change(run: JobRun, deed: str) -> DefinitionChange:
    change = DefinitionChange.objects.get(pk=run.params["change"])
    if not scope(run.actor, DefinitionChange, deed).filter(pk=change.pk).exists():
        raise Denied()
    return change


def _next(rows: QuerySet, done: int | None) -> list[int]:
    return list(rows.filter(pk__gt=done or 0).order_by("pk").values_list("pk", flat=True)[:CHUNK])


def _told(run: JobRun, outcomes: list[Outcome], number: int) -> int:
    for place, each in enumerate(outcomes, start=number + 1):
        run.row(place, each.code, each.message, each.pk)
    return number + len(outcomes)
