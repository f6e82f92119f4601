"""Edits of what buyers already see wait as a revision, and reach the listing only when a moderator approves them."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from core.actions import Outcome, action, lock, locked, retrying_locks
from core.audiences import VENDOR
from core.errors import Busy, DomainError, Invalid, Stale
from core.events import publish
from core.resources import documents
from core.resources.assigning import Assigning
from core.resources.declaration import CHANGE, Resource
from core.resources.operations import attempt, plain_update, plain_update_many, update
from core.resources.types import key_of
from core.rules import Actor, require
from marketplace.catalog import states
from marketplace.catalog.actions.gallery import apply_gallery, live_keys, put_words, refuse_unseen
from marketplace.catalog.actions.listings import ChangesReason, waited_seconds
from marketplace.catalog.errors import FreeListingsUsed, RevisionOutdated
from marketplace.catalog.events import RevisionApplied, RevisionProposed, RevisionRejected
from marketplace.catalog.models import Category, Listing, Revision
from marketplace.catalog.terms import move_place, refuse_moved

#: What a moderator judges. Price, stock, modes and place are the vendor's own business at any time.
MODERATED = ("title", "description", "category", "attributes")
#: What a revision says of images: which, in order; and their descriptions, by key.
OF_IMAGES = ("images", "alt_texts")


def change_listing(
    resource: type[Resource],
    row: Any,
    values: Mapping[str, Any],
    *,
    by: Actor,
    version: int | None = None,
    reason: str = "",
) -> Listing:
    """Change a listing; what a moderator has judged waits as a revision instead, if it is a vendor who changes it.

    The engine's `update` of listings: API, form and import end here. Refuses what the plain update refuses, and with 409
    `free_listings_used` a move to where its vendor has no place left.
    """
    if "category" not in values:
        return _change_listing(resource, row, values, by=by, version=version, reason=reason)
    with retrying_locks(), transaction.atomic():
        key = row.pk if isinstance(row, Listing) else row
        former = Listing.objects.filter(pk=key).values_list("category_id", flat=True).first()
        changed = _change_listing(resource, row, values, by=by, version=version, reason=reason)
        if former is not None and changed.category_id != former:
            refuse_moved(changed, former, is_written=True)
        return changed


def _change_listing(
    resource: type[Resource], row: Any, values: Mapping[str, Any], *, by: Actor, version: int | None, reason: str
) -> Listing:
    if by.audience is not VENDOR or by.is_system or not set(values) & set(MODERATED):
        return plain_update(resource, row, values, by=by, version=version, reason=reason)
    with retrying_locks(), transaction.atomic():
        revision = waiting(row.pk if isinstance(row, Listing) else row)
        listing = lock(Listing, row)
        if not listing.is_judged:
            return plain_update(resource, listing, values, by=by, version=version, reason=reason)
        require(by, "change", listing)
        if version is not None and version != listing.version:
            raise Stale(version=listing.version)
        proposed = proposal(resource, listing, values, by=by, revision=revision)
        if "category" in proposed:
            refuse_proposed(listing, proposed["category"])
        own_business = {name: value for name, value in values.items() if name not in MODERATED}
        if own_business:
            listing = plain_update(resource, listing, own_business, by=by, reason=reason)
        suggest(listing, proposed, by=by, revision=revision)
    return listing


def change_listings(
    resource: type[Resource], many: Sequence[tuple[Any, Mapping[str, Any]]], *, by: Actor, reason: str = ""
) -> list[Outcome | DomainError]:
    """Change a chunk of listings, each with values of its own, as `change_listing` changes one.

    What waits as a revision is done row by row, all else together. A listing that is judged at this very moment is refused
    with 409 `busy`: its revision has to be locked before it.
    """
    judged: set[int] = set()
    if by.audience is VENDOR and not by.is_system:
        content = [row.pk for row, values in many if set(values) & set(MODERATED)]
        states_now = Listing.objects.filter(pk__in=content, status__in=states.JUDGED)
        judged = set(states_now.values_list("pk", flat=True))

    def refused(listing: Any, values: Mapping[str, Any]) -> DomainError | None:
        shown_now = by.audience is VENDOR and not by.is_system and listing.is_judged and set(values) & set(MODERATED)
        return Busy() if shown_now else refused_move(listing, values)

    together = [(row, values) for row, values in many if row.pk not in judged]
    answers = iter(plain_update_many(resource, together, by=by, reason=reason, refused=refused) if together else ())
    singly = {}
    for row, values in sorted((each for each in many if each[0].pk in judged), key=lambda each: each[0].pk):
        singly[row.pk] = attempt(lambda row=row, values=values: update(row, values, by=by, reason=reason).pk)
    return [singly[row.pk] if row.pk in judged else next(answers) for row, _values in many]


def refused_move(listing: Listing, values: Mapping[str, Any]) -> DomainError | None:
    """Why a listing of a chunk may not move to where its values say; None where it may, or does not move."""
    place = values.get("category")
    wanted = place.pk if isinstance(place, Category) else key_of(place)
    if wanted in (None, listing.category_id):
        return None
    moved = copy.copy(listing)
    moved.category_id = wanted
    try:
        move_place(moved, listing.category_id)
    except FreeListingsUsed as refusal:
        return refusal
    return None


def refuse_proposed(listing: Listing, category_id: int) -> None:
    """Refuse at once what could not be applied now: a proposal takes no place, so it is asked again when it is applied."""
    moved = copy.copy(listing)
    moved.category_id = category_id
    refuse_moved(moved, listing.category_id, is_written=False)


def proposal(
    resource: type[Resource], listing: Listing, values: Mapping[str, Any], *, by: Actor, revision: Revision | None
) -> dict[str, Any]:
    """All that would change of the judged content, as JSON: what waits already, with these values on top.

    Refuses with 422 what the listing itself would refuse.
    """
    held = revision.proposed if revision else {}
    draft, assigning = copy.copy(listing), Assigning(resource, by)
    for name in MODERATED:
        if name in held:
            setattr(draft, column(name), held[name])
    faults = assigning.assign(draft, values, CHANGE)
    draft.derive()
    assigning.check(draft, faults)
    found = {name: held[name] for name in OF_IMAGES if name in held}
    for name in MODERATED:
        new = getattr(draft, column(name))
        if new != getattr(listing, column(name)):
            found[name] = new
    return found


def column(name: str) -> str:
    """The attribute that holds a judged field."""
    return "category_id" if name == "category" else name


def waiting(listing_id: int) -> Revision | None:
    """The revision that waits for a moderator, locked: before its listing, everywhere, so that no two edits deadlock."""
    return locked(Revision).filter(listing_id=listing_id, status="pending").first()


def suggest(listing: Listing, proposed: dict[str, Any], *, by: Actor, revision: Revision | None) -> None:
    """Make this what waits for the locked listing; nothing waits where nothing would change.

    Refuses with 409 `busy` where somebody has begun a revision since `waiting` looked.
    """
    if revision is not None:
        if not proposed:
            withdraw_revision(revision, by=by)
        elif proposed != revision.proposed:
            extend_revision(revision, by=by, proposed=proposed)
    elif proposed:
        if Revision.objects.filter(listing=listing, status="pending").exists():
            raise Busy()
        propose(by=by, listing=listing, proposed=proposed)


@action(label="Propose changes")
def propose(*, by: Actor, listing: Any, proposed: dict[str, Any]) -> Revision:
    """Put changes of a listing before a moderator."""
    require(by, "change", listing)
    revision = Revision(listing=listing, proposed=proposed, base_version=listing.version, proposed_by=by.user_id)
    revision.save()
    publish(RevisionProposed(revision_id=revision.pk, listing_id=listing.pk))
    return revision


@action(label="Change the proposal", rule="withdraw_revision")
def extend_revision(revision: Revision, *, by: Actor, proposed: dict[str, Any]) -> Revision:
    """Change what waits: a moderator always judges the latest that was proposed."""
    revision.proposed = proposed
    return revision


@action(label="Approve changes", icon="check_circle")
def approve_revision(revision: Revision, *, by: Actor) -> Revision:
    """Make proposed changes live.

    Refuses with 409 `wrong_state` unless pending, `revision_outdated` where they no longer fit, `pictures_pending`.
    """
    waited = waited_seconds(revision)
    states.REVISION.move(revision, "approve_revision")
    refuse_unseen(revision.proposed.get("images", ()))
    listing = apply_revision(revision.listing_id, by=by, proposed=revision.proposed)
    publish(
        RevisionApplied(
            revision_id=revision.pk, listing_id=listing.pk, vendor_id=listing.vendor_id, waited_seconds=waited
        )
    )
    return revision


@action(label="Apply changes", rule="approve")
def apply_revision(listing: Listing, *, by: Actor, proposed: dict[str, Any]) -> Listing:
    """Write approved changes into their listing: part of approving a revision."""
    for name in ("title", "description"):
        if name in proposed:
            setattr(listing, name, proposed[name])
    if "category" in proposed:
        former, listing.category_id = listing.category_id, proposed["category"]
        move_place(listing, former)
    if "attributes" in proposed or "category" in proposed:
        listing.attributes = fitting(listing, proposed.get("attributes", listing.attributes))
    if "alt_texts" in proposed:
        put_words(listing, proposed["alt_texts"])
    if "images" in proposed or "alt_texts" in proposed:
        apply_gallery(listing, proposed["images"] if "images" in proposed else live_keys(listing))
    return listing


def fitting(listing: Listing, document: dict[str, Any]) -> dict[str, Any]:
    """The document if the listing's category still takes it; options archived meanwhile may stay."""
    try:
        return documents.validate(listing, document, complete=True, former=document)
    except Invalid as refusal:
        raise RevisionOutdated(why=" ".join(each.message for each in refusal.errors), errors=refusal.errors) from None


@action(label="Reject changes", icon="block", danger=True, simple=True)
def reject_revision(revision: Revision, *, by: Actor, reason: ChangesReason) -> Revision:  # type: ignore[valid-type]
    """Refuse proposed changes; the listing stays as it is. Refuses with 409 `wrong_state` unless pending."""
    waited = waited_seconds(revision)
    states.REVISION.move(revision, "reject_revision")
    revision.judgement = reason
    listing = revision.listing
    publish(
        RevisionRejected(
            revision_id=revision.pk,
            listing_id=listing.pk,
            vendor_id=listing.vendor_id,
            waited_seconds=waited,
            reason=reason,
        )
    )
    return revision


@action(label="Withdraw changes", icon="undo", simple=True)
def withdraw_revision(revision: Revision, *, by: Actor) -> Revision:
    """Take proposed changes back. Refuses with 409 `wrong_state` unless pending."""
    states.REVISION.move(revision, "withdraw_revision")
    return revision


@action(label="Drop changes", simple=True)
def supersede(revision: Revision, *, by: Actor) -> Revision:
    """Drop proposed changes whose listing is gone. Refuses with 409 `wrong_state` unless pending."""
    states.REVISION.move(revision, "supersede")
    return revision
