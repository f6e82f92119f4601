"""Every judgement in the catalogue and of vendors leaves a Decision, in its own transaction."""

from core import context, deeds
from core.events import append, reacts
from marketplace.catalog.events import (
    ChangesRequested,
    JudgementTakenBack,
    ListingApproved,
    ListingRejected,
    RevisionApplied,
    RevisionRejected,
)
from marketplace.moderation.models import Decision
from marketplace.vendors.events import VendorRejected, VendorReopened, VendorSuspended, VendorVerified
from marketplace.vendors.models import Vendor

Subject, Verdict = Decision.Subject, Decision.Verdict
OF_LISTINGS = {
    ListingApproved: Verdict.APPROVED,
    ListingRejected: Verdict.REJECTED,
    ChangesRequested: Verdict.CHANGES_REQUESTED,
    JudgementTakenBack: Verdict.TAKEN_BACK,
}
OF_REVISIONS = {RevisionApplied: Verdict.APPROVED, RevisionRejected: Verdict.REJECTED}
OF_VENDORS = {
    VendorVerified: Verdict.VERIFIED,
    VendorRejected: Verdict.REJECTED,
    VendorSuspended: Verdict.SUSPENDED,
    VendorReopened: Verdict.REOPENED,
}


@reacts(*OF_LISTINGS)
def note_listing(event: ListingApproved | ListingRejected | ChangesRequested | JudgementTakenBack) -> None:
    """A listing was judged, or a judgement of it taken back."""
    _note(
        Decision(
            subject=Subject.LISTING, subject_id=event.listing_id, listing_id=event.listing_id, vendor_id=event.vendor_id,
            verdict=OF_LISTINGS[type(event)], reason=getattr(event, "reason", ""),
            waited_seconds=getattr(event, "waited_seconds", 0),
        )
    )  # fmt: skip


@reacts(*OF_REVISIONS)
def note_revision(event: RevisionApplied | RevisionRejected) -> None:
    """Proposed changes were judged."""
    _note(
        Decision(
            subject=Subject.REVISION, subject_id=event.revision_id, listing_id=event.listing_id, vendor_id=event.vendor_id,
            verdict=OF_REVISIONS[type(event)], reason=getattr(event, "reason", ""), waited_seconds=event.waited_seconds,
        )
    )  # fmt: skip


@reacts(*OF_VENDORS)
def note_vendor(event: VendorVerified | VendorRejected | VendorSuspended | VendorReopened) -> None:
    """A vendor was judged."""
    # The row is not saved yet: the database still says since when it waited.
    since = Vendor.objects.values_list("status_since", flat=True).get(pk=event.vendor_id)
    judged = isinstance(event, VendorVerified | VendorRejected)
    waited = int((context.now() - since).total_seconds()) if judged else 0
    _note(
        Decision(
            subject=Subject.VENDOR, subject_id=event.vendor_id, vendor_id=event.vendor_id,
            verdict=OF_VENDORS[type(event)], reason=getattr(event, "reason", ""), waited_seconds=max(0, waited),
        )
    )  # fmt: skip


def _note(decision: Decision) -> None:
    deed = deeds.current()
    assert deed is not None
    decision.by_id, decision.by_name = deed.actor.user_id, deed.actor.name
    decision.at, decision.deed = deed.at, deed.id
    append(decision)
