"""A judgement taken by mistake is taken back: by who judged, while nothing else has happened, and for the record."""

from typing import Any

import pytest

from core.errors import Denied, WrongState
from core.models import Audit
from core.rules import Actor
from marketplace.accounts.tests.factories import make_user
from marketplace.cast import Person
from marketplace.catalog import actions
from marketplace.catalog.errors import ChangesWait
from marketplace.catalog.models import Listing
from marketplace.catalog.resources import Listings
from marketplace.catalog.tests.factories import category, listing
from marketplace.moderation.models import Decision
from marketplace.moderation.screens import last_decisions

pytestmark = pytest.mark.django_db
JUDGING: list[tuple[str, dict[str, str]]] = [
    ("approve", {}),
    ("reject", {"reason": "This may not be sold here."}),
    ("request_changes", {"reason": "Please describe its condition."}),
]


@pytest.fixture
def waiting(owner: Person) -> Listing:
    return listing(vendor=owner.vendor, category=category(), status="pending", title="Judge me")


def desk(person: Person) -> Actor:
    return person.actor("operations")


def shown(nobody: Person, row: Listing) -> bool:
    return nobody.api().get(f"/listings/{row.pk}").status_code == 200


@pytest.mark.parametrize(("verb", "inputs"), JUDGING)
def test_each_judgement_can_be_taken_back_and_the_listing_waits_as_before(
    moderator: Person, nobody: Person, waiting: Listing, verb: str, inputs: dict[str, str]
) -> None:
    getattr(actions, verb)(waiting.pk, by=desk(moderator), **inputs)
    assert shown(nobody, waiting) is (verb == "approve")
    actions.take_back(waiting.pk, by=desk(moderator))
    waiting.refresh_from_db()
    assert (waiting.status, waiting.judgement, waiting.judged_by) == ("pending", "", None)
    assert (waiting.approved_at, waiting.expires_at) == (None, None)
    assert not shown(nobody, waiting)
    entry = Audit.objects.get(verb="take_back")
    assert (entry.actor_id, entry.reason, entry.state_to) == (
        moderator.user and moderator.user.pk, "Judged by mistake.", "pending",
    )  # fmt: skip
    assert list(Decision.objects.order_by("pk").values_list("verdict", "reason"))[1:] == [
        ("taken_back", "Judged by mistake.")
    ]
    actions.approve(waiting.pk, by=desk(moderator))
    assert shown(nobody, waiting)


def test_only_who_judged_or_a_super_admin_takes_back(moderator: Person, admin: Person, waiting: Listing) -> None:
    other = Person(make_user("moderator", email="other@soko.example"))
    actions.approve(waiting.pk, by=desk(moderator))
    with pytest.raises(Denied):
        actions.take_back(waiting.pk, by=desk(other))
    assert Listing.objects.get(pk=waiting.pk).status == "approved"
    assert other.api("operations").post(f"/listings/{waiting.pk}/take_back", {}).status_code == 403
    actions.take_back(waiting.pk, by=desk(admin))
    assert Listing.objects.get(pk=waiting.pk).status == "pending"


def test_a_vendor_takes_nothing_back(owner: Person, moderator: Person, waiting: Listing) -> None:
    actions.reject(waiting.pk, by=desk(moderator), reason="This may not be sold here.")
    with pytest.raises(Denied):
        actions.take_back(waiting.pk, by=owner.actor("vendor"))
    assert Listing.objects.get(pk=waiting.pk).status == "rejected"


def test_once_the_listing_went_on_living_the_judgement_stands(
    owner: Person, moderator: Person, admin: Person, waiting: Listing
) -> None:
    actions.approve(waiting.pk, by=desk(moderator))
    actions.pause(waiting.pk, by=owner.actor("vendor"))
    with pytest.raises((WrongState, Denied)):
        actions.take_back(waiting.pk, by=desk(moderator))
    actions.resume(waiting.pk, by=owner.actor("vendor"))
    for each in (moderator, admin):
        with pytest.raises(Denied):
            actions.take_back(waiting.pk, by=desk(each))
    assert Listing.objects.get(pk=waiting.pk).status == "approved"


def test_changes_that_the_vendor_proposed_since_are_judged_first(
    owner: Person, moderator: Person, waiting: Listing
) -> None:
    actions.approve(waiting.pk, by=desk(moderator))
    actions.change_listing(Listings, waiting.pk, {"title": "Better words"}, by=owner.actor("vendor"))
    with pytest.raises(ChangesWait):
        actions.take_back(waiting.pk, by=desk(moderator))
    assert Listing.objects.get(pk=waiting.pk).status == "approved"


def undo(person: Person) -> list[tuple[str, bool]]:
    """The verdicts on the person's landing, with whether each offers undo."""
    return [(each["row"].verdict, bool(each["undo"])) for each in last_decisions(desk(person))["decisions"]]


def test_the_landing_offers_undo_for_the_last_judgement_of_each_listing(moderator: Person, waiting: Listing) -> None:
    actions.reject(waiting.pk, by=desk(moderator), reason="This may not be sold here.")
    assert undo(moderator) == [("rejected", True)]
    address = f"/admin/catalog/listing/{waiting.pk}/verb/take_back/"
    assert address in moderator.admin.get("/admin/").content.decode()
    dialog: Any = moderator.admin.get(address)
    assert "Judged by mistake." in dialog.context["form"]["reason"].value()
    assert Listing.objects.get(pk=waiting.pk).status == "rejected"
    moderator.admin.post(address, {"_asked": "True", "reason": "Wrong button."})
    assert Listing.objects.get(pk=waiting.pk).status == "pending"
    assert undo(moderator) == [("taken_back", False), ("rejected", False)]
    actions.approve(waiting.pk, by=desk(moderator))
    assert undo(moderator) == [("approved", True), ("taken_back", False), ("rejected", False)]


def test_the_confirmation_of_an_approval_offers_its_undo(moderator: Person, waiting: Listing) -> None:
    answer = moderator.admin.post(
        f"/admin/catalog/listing/{waiting.pk}/verb/approve/",
        {"_asked": "True", "_version": waiting.version},
        follow=True,
    )
    assert f"/admin/catalog/listing/{waiting.pk}/verb/take_back/" in answer.content.decode()
