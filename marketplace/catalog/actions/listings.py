"""The life of a listing: submitted, judged, paused, expired, archived. Each verb changes its own row only."""

from core import context
from core.actions import action
from core.errors import FieldError, Invalid
from core.events import publish
from core.inputs import asking
from core.resources import documents
from core.rules import Actor
from marketplace.catalog import states
from marketplace.catalog.actions.gallery import live_keys, refuse_unseen
from marketplace.catalog.errors import ChangesWait, ListingIncomplete
from marketplace.catalog.events import (
    ChangesRequested,
    JudgementTakenBack,
    ListingApproved,
    ListingArchived,
    ListingExpired,
    ListingRejected,
    ListingSubmitted,
)
from marketplace.catalog.models import Listing, Revision
from marketplace.catalog.modes import BUY
from marketplace.catalog.terms import take_place, time_on_show

RejectReason = asking(
    (
        "This may not be sold here.",
        "This looks like a copy of another listing.",
        "The price is not the real price.",
        "The photos do not show what is offered.",
    )
)
ChangesReason = asking(
    (
        "Please add clear photos of the item itself.",
        "Please describe its condition.",
        "Please move it to the category where it belongs.",
        "Please take phone numbers and links out of the text.",
    ),
    label="What to change",
)


MISTAKE = "Judged by mistake."
MistakeReason = asking((MISTAKE, "New facts have come up."), help="For the record.")


@action(label="Submit for review", icon="send", simple=True)
def submit(listing: Listing, *, by: Actor) -> Listing:
    """Ask for a listing to be judged. Refuses with 409 `listing_incomplete`, naming all that is missing, and `free_listings_used`."""
    states.LISTING.move(listing, "submit")
    faults = missing(listing)
    if faults:
        raise ListingIncomplete(missing=" ".join(each.message for each in faults), errors=faults)
    take_place(listing)
    listing.judgement, listing.judged_by = "", None
    publish(ListingSubmitted(listing_id=listing.pk))
    return listing


def missing(listing: Listing) -> list[FieldError]:
    """What a listing lacks before it can be judged."""
    faults = []
    if BUY in listing.modes:
        if listing.price is None:
            faults.append(FieldError("/price", "required", "Set a price, so that it can be bought."))
        if not listing.variants.filter(is_active=True).exists():
            faults.append(FieldError("/modes", "no_variant", "Add a variant with stock, so that it can be bought."))
    try:
        documents.validate(listing, listing.attributes, complete=True)
    except Invalid as refusal:
        faults += refusal.errors
    return faults


@action(label="Approve", icon="check_circle", simple=True)
def approve(listing: Listing, *, by: Actor) -> Listing:
    """Show a listing to buyers for the usual time. Refuses with 409 `wrong_state` unless pending, `pictures_pending`."""
    waited = waited_seconds(listing)
    states.LISTING.move(listing, "approve")
    refuse_unseen(live_keys(listing))
    listing.judged_by = by.user_id
    listing.approved_at = context.now()
    listing.published_at = listing.published_at or listing.approved_at
    listing.expires_at = listing.approved_at + time_on_show(listing.category_id)
    listing.judgement = ""
    publish(ListingApproved(listing_id=listing.pk, vendor_id=listing.vendor_id, waited_seconds=waited))
    return listing


@action(label="Reject", icon="block", danger=True, simple=True)
def reject(listing: Listing, *, by: Actor, reason: RejectReason) -> Listing:  # type: ignore[valid-type]
    """Refuse a listing; its vendor reads the reason and may edit and submit again. Refuses with 409 `wrong_state` unless pending."""
    waited = waited_seconds(listing)
    states.LISTING.move(listing, "reject")
    listing.judged_by = by.user_id
    listing.judgement = reason
    publish(ListingRejected(listing_id=listing.pk, vendor_id=listing.vendor_id, waited_seconds=waited, reason=reason))
    return listing


@action(label="Request changes", icon="edit_note", simple=True)
def request_changes(listing: Listing, *, by: Actor, reason: ChangesReason) -> Listing:  # type: ignore[valid-type]
    """Send a listing back with what to change. Refuses with 409 `wrong_state` unless pending."""
    waited = waited_seconds(listing)
    states.LISTING.move(listing, "request_changes")
    listing.judged_by = by.user_id
    listing.judgement = reason
    publish(ChangesRequested(listing_id=listing.pk, vendor_id=listing.vendor_id, waited_seconds=waited, reason=reason))
    return listing


@action(label="Take back", icon="undo", simple=True)
def take_back(listing: Listing, *, by: Actor, reason: MistakeReason = MISTAKE) -> Listing:  # type: ignore[valid-type]
    """Put a listing that was judged by mistake back into the queue, as if nobody had judged it; buyers no longer see it.

    Refuses with 409 `wrong_state` once it is in another state than it was judged into, `changes_wait` where its vendor has
    proposed changes meanwhile.
    """
    states.LISTING.move(listing, "take_back")
    if listing.revisions.filter(status="pending").exists():
        raise ChangesWait()
    listing.judgement, listing.judged_by = "", None
    listing.approved_at = listing.expires_at = None
    publish(JudgementTakenBack(listing_id=listing.pk, vendor_id=listing.vendor_id, reason=reason))
    return listing


def waited_seconds(row: Listing | Revision) -> int:
    """How long it has been in its state."""
    return max(0, int((context.now() - row.status_since).total_seconds()))


@action(label="Pause", icon="pause_circle", simple=True)
def pause(listing: Listing, *, by: Actor) -> Listing:
    """Hide a listing for a while. Refuses with 409 `wrong_state` unless approved."""
    states.LISTING.move(listing, "pause")
    listing.judged_by = None
    return listing


@action(label="Resume", icon="play_circle", simple=True)
def resume(listing: Listing, *, by: Actor) -> Listing:
    """Show a paused listing again. Refuses with 409 `wrong_state` unless paused."""
    states.LISTING.move(listing, "resume")
    return listing


@action(label="Expire", icon="timer_off", simple=True)
def expire(listing: Listing, *, by: Actor) -> Listing:
    """End a listing's time: done by the clock. Refuses with 409 `wrong_state` unless approved."""
    states.LISTING.move(listing, "expire")
    listing.judged_by = None
    publish(ListingExpired(listing_id=listing.pk))
    return listing


@action(label="Renew", icon="autorenew", simple=True)
def renew(listing: Listing, *, by: Actor) -> Listing:
    """Show an expired listing again, or one on show longer: from now on for the usual time; it keeps its place among others.

    Refuses with 409 `wrong_state` unless expired or approved, and `free_listings_used` for one that has expired.
    """
    was_over = listing.status == "expired"
    states.LISTING.move(listing, "renew")
    if was_over:
        take_place(listing)
    listing.expires_at = context.now() + time_on_show(listing.category_id)
    return listing


@action(label="Archive", icon="archive", danger=True, simple=True)
def archive(listing: Listing, *, by: Actor) -> Listing:
    """Put a listing away for good; what waits for it is dropped. Refuses with 409 `wrong_state` where it is archived already."""
    states.LISTING.move(listing, "archive")
    publish(ListingArchived(listing_id=listing.pk))
    return listing
