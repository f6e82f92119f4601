"""Every judgement leaves a decision: what, by whom, why, and after how long a wait; a judgement that fails leaves none."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.audiences import OPERATIONS
from core.errors import DomainError, WrongState
from core.models import Audit
from core.rules import Actor
from marketplace.catalog import actions
from marketplace.catalog.tests.factories import category
from marketplace.contacts.tests.factories import shop, shown
from marketplace.moderation.models import Decision
from marketplace.moderation.tests.factories import moderator, pending, proposal
from marketplace.vendors import actions as vendors
from marketplace.vendors.models import Vendor

pytestmark = pytest.mark.django_db
MO = moderator()


def only() -> Decision:
    return Decision.objects.get()


def test_an_approval_leaves_a_decision_with_the_wait() -> None:
    now = timezone.now()
    listing = pending(shop(), category(), hours=3, at=now)
    actions.approve(listing, by=MO, at=now)
    kept = only()
    assert (kept.subject, kept.subject_id, kept.listing_id, kept.vendor_id) == (
        "listing",
        listing.pk,
        listing.pk,
        listing.vendor_id,
    )
    assert (kept.verdict, kept.reason, kept.by_id, kept.by_name, kept.at) == ("approved", "", 501, "Mo", now)
    assert (kept.waited_seconds, kept.waited()) == (10_800, "3 h")
    assert kept.deed == Audit.objects.get(model="catalog.listing", verb="approve").deed


@pytest.mark.parametrize(("verb", "verdict"), [("reject", "rejected"), ("request_changes", "changes_requested")])
def test_a_refusal_keeps_its_reason(verb: str, verdict: str) -> None:
    listing = pending(shop(), category())
    getattr(actions, verb)(listing, by=MO, reason="The photos show another car.")
    assert (only().verdict, only().reason) == (verdict, "The photos show another car.")


def test_a_judgement_that_is_refused_leaves_no_decision() -> None:
    with pytest.raises(WrongState):
        actions.approve(shown(), by=MO)
    with pytest.raises(DomainError):
        actions.approve(
            pending(shop(), category()),
            by=Actor(user_id=7, name="Sup", audience=OPERATIONS, grants=frozenset({"view_people"})),
        )
    assert Decision.objects.count() == 0


def test_a_bulk_approval_leaves_one_decision_each_and_none_for_what_was_refused() -> None:
    vendor, shelf = shop(), category()
    waiting = [pending(vendor, shelf, hours=hour) for hour in range(3)]
    gone = shown(vendor, category=shelf)
    outcomes = actions.approve.many([*(each.pk for each in waiting), gone.pk], by=MO)
    assert [each.code for each in outcomes] == ["done", "done", "done", "wrong_state"]
    assert set(Decision.objects.values_list("listing_id", "verdict")) == {(each.pk, "approved") for each in waiting}


def test_judged_changes_leave_a_decision_about_the_changes() -> None:
    listing = shown()
    applied = proposal(listing, hours=2, title="Better words")
    actions.approve_revision(applied, by=MO)
    refused = proposal(listing, title="Worse words")
    actions.reject_revision(refused, by=MO, reason="Please keep the model in the title.")
    first, second = Decision.objects.order_by("pk")
    assert (first.subject, first.subject_id, first.listing_id, first.verdict) == (
        "revision",
        applied.pk,
        listing.pk,
        "approved",
    )
    assert first.waited_seconds == 7_200
    assert (second.subject_id, second.verdict, second.reason) == (
        refused.pk,
        "rejected",
        "Please keep the model in the title.",
    )


def test_judged_vendors_leave_decisions() -> None:
    vendor = shop(status="pending")
    Vendor.objects.filter(pk=vendor.pk).update(status_since=timezone.now() - timedelta(days=2))
    vendors.verify(vendor, by=MO)
    vendors.suspend(vendor, by=MO, reason="Buyers report that goods did not arrive.")
    vendors.reopen(vendor, by=MO, reason="The goods arrived after all.")
    kept = list(Decision.objects.order_by("pk").values_list("subject", "subject_id", "listing_id", "verdict"))
    assert kept == [("vendor", vendor.pk, None, verdict) for verdict in ("verified", "suspended", "reopened")]
    first = Decision.objects.order_by("pk")[0]
    assert (first.waited_seconds, first.waited(), first.about()) == (172_800, "2 d", vendor.name)
