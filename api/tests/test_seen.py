"""What was seen is what is approved: a vendor who edits between a moderator's look and press is asked about again."""

import pytest

from marketplace.cast import Person
from marketplace.catalog.models import Category, Listing, Revision
from marketplace.catalog.tests.factories import cars, listing

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def shelf() -> Category:
    return cars()


@pytest.fixture
def waiting(owner: Person, shelf: Category) -> Listing:
    return listing(
        vendor=owner.vendor,
        category=shelf,
        status="pending",
        title="Bicycle",
        attributes={"make": "ford", "year": 2000},
    )


def button(person: Person, page: str, row: Listing | Revision, verb: str) -> str:
    """The address behind a verb's button as a page showed it."""
    text = person.admin.get(page).content.decode()
    stem = f"/admin/catalog/{row._meta.model_name}/{row.pk}/verb/{verb}/"
    assert stem in text
    return stem + text.split(stem)[1].split('"')[0]


def pressed(person: Person, address: str) -> str:
    """Open the dialog and send it as it stands; what it says if it does not close."""
    form = person.admin.get(address, headers=HTMX).context["form"]
    sent = {"_asked": "True", "_version": form["_version"].value()}
    answer = person.admin.post(address.split("?")[0], sent, headers=HTMX)
    return "" if "HX-Redirect" in answer.headers else answer.content.decode()


@pytest.mark.parametrize(
    "page", ["/admin/catalog/listing/?status=pending", "/admin/catalog/listing/{pk}/change/", "/admin/"]
)
def test_a_listing_that_was_edited_after_it_was_looked_at_is_not_approved_at_once(
    owner: Person, moderator: Person, waiting: Listing, page: str
) -> None:
    approve = button(moderator, page.format(pk=waiting.pk), waiting, "approve")
    row = owner.api("vendor").get(f"/listings/{waiting.pk}")
    edited = owner.api("vendor").patch(f"/listings/{waiting.pk}", {"title": "Forbidden"}, if_match=row["ETag"])
    assert edited.status_code == 200
    assert "Somebody else changed this" in pressed(moderator, approve)
    assert Listing.objects.get(pk=waiting.pk).status == "pending"
    looked_again = button(moderator, page.format(pk=waiting.pk), waiting, "approve")
    assert pressed(moderator, looked_again) == ""
    assert Listing.objects.get(pk=waiting.pk).status == "approved"


def test_changes_that_were_extended_after_they_were_looked_at_are_not_approved_at_once(
    owner: Person, moderator: Person, shelf: Category
) -> None:
    live = listing(
        vendor=owner.vendor,
        category=shelf,
        status="approved",
        title="Bicycle",
        attributes={"make": "ford", "year": 2000},
    )
    api = owner.api("vendor")
    tag = api.get(f"/listings/{live.pk}")["ETag"]
    api.patch(f"/listings/{live.pk}", {"title": "Blue bicycle"}, if_match=tag)
    revision = Revision.objects.get()
    approve = button(moderator, f"/admin/catalog/revision/{revision.pk}/change/", revision, "approve_revision")
    api.patch(f"/listings/{live.pk}", {"title": "Forbidden"}, if_match=tag)
    assert "Somebody else changed this" in pressed(moderator, approve)
    assert Listing.objects.get(pk=live.pk).title == "Bicycle"


def test_the_queue_tells_a_program_the_version_that_it_must_have_seen(
    owner: Person, moderator: Person, waiting: Listing
) -> None:
    api = moderator.api("operations")
    (line,) = api.get("/moderation/queue").json()["items"]
    assert (line["id"], line["version"]) == (waiting.pk, waiting.version)
    vendor = owner.api("vendor")
    tag = vendor.get(f"/listings/{waiting.pk}")["ETag"]
    vendor.patch(f"/listings/{waiting.pk}", {"title": "Forbidden"}, if_match=tag)
    refused = api.post(f"/listings/{waiting.pk}/approve", if_match=f'"{line["version"]}"')
    assert (refused.status_code, refused.json()["code"]) == (412, "stale_version")
    assert Listing.objects.get(pk=waiting.pk).status == "pending"
    (line,) = api.get("/moderation/queue").json()["items"]
    assert api.post(f"/listings/{waiting.pk}/approve", if_match=f'"{line["version"]}"').status_code == 200
