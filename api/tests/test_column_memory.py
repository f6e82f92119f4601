"""What headers were said to mean, on screens and in the API: one's own people see and forget it, staff see all of it."""

import json
from typing import Any

import pytest

from api.tests.bringing import sent
from core.jobs.models import ColumnMemory
from core.models import Audit
from marketplace.cast import Person
from marketplace.catalog.models import Category
from marketplace.catalog.tests import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/jobs/columnmemory/"
TEXT = "code,what,where,how\nB-1,Vitz,cars,contact\n"
SAID = {"code": "reference", "what": "title", "where": "category", "how": "modes"}


@pytest.fixture
def shelf() -> Category:
    return factories.category("Cars", slug="cars", modes=["contact"])


@pytest.fixture
def memory(owner: Person, shelf: Category) -> ColumnMemory:
    assert sent(owner, TEXT, mapping=json.dumps(SAID), constants=json.dumps({"city": "Kisumu"})).status_code == 201
    return ColumnMemory.objects.get()


def understood(person: Person) -> dict[str, Any]:
    return {each["header"]: each["column"] for each in sent(person, TEXT).json()["headers"]}


def test_ones_own_people_read_it_and_others_do_not(
    memory: ColumnMemory, owner: Person, member: Person, rival: Person, customer: Person
) -> None:
    place = f"/column-memories/{memory.pk}"
    for person in (owner, member):
        (item,) = person.api("vendor").get("/column-memories").json()["items"]
        assert item["meaning"] == "code → reference · how → modes · what → title · where → category · city = Kisumu"
        assert "keeper" not in item
        full = person.api("vendor").get(place).json()
        assert {each["header"]: each["column"] for each in full["mapping"]} == SAID
        assert full["constants"] == [{"column": "city", "value": "Kisumu"}]
    api = rival.api("vendor")
    assert (api.get("/column-memories").json()["items"], api.get(place).status_code) == ([], 404)
    assert api.delete(place, if_match='"1"').status_code == 404
    assert customer.api("storefront").get("/column-memories").status_code == 404


def test_what_is_forgotten_is_guessed_anew_and_the_audit_says_by_whom(
    memory: ColumnMemory, owner: Person, member: Person
) -> None:
    assert understood(member)["what"] == "title"
    api, place = owner.api("vendor"), f"/column-memories/{memory.pk}"
    assert api.delete(place).status_code == 428
    assert api.delete(place, if_match='"99"').status_code == 412
    assert api.delete(place, if_match=api.get(place)["ETag"]).status_code == 204
    assert not ColumnMemory.objects.exists()
    assert understood(member)["what"] is None
    said = Audit.objects.get(model="jobs.columnmemory", object_id=memory.pk, verb="delete")
    assert said.actor_id == owner.user.pk


def test_the_same_said_again_is_no_new_version_and_something_else_is(memory: ColumnMemory, owner: Person) -> None:
    constants = json.dumps({"city": "Kisumu"})
    sent(owner, TEXT, mapping=json.dumps(SAID), constants=constants)
    again = ColumnMemory.objects.get()
    assert (again.version, again.used_at > memory.used_at) == (memory.version, True)
    sent(owner, TEXT, mapping=json.dumps({**SAID, "code": ""}), constants=constants)
    other = ColumnMemory.objects.get()
    assert (other.version, other.mapping["code"]) == (memory.version + 1, "")
    assert other.history.count() == 2  # type: ignore[attr-defined]


def test_staff_who_run_jobs_see_and_forget_all_of_it_on_a_screen(
    memory: ColumnMemory, moderator: Person, finance: Person, owner: Person, rival: Person
) -> None:
    page = moderator.admin.get(LIST).content.decode()
    assert "what → title" in page
    assert f"vendor:{owner.vendor.pk}" in page
    assert moderator.api("operations").get("/column-memories").json()["items"][0]["keeper"] == memory.keeper
    assert "what → title" in owner.admin.get(LIST).content.decode()
    assert "what → title" not in rival.admin.get(LIST).content.decode()
    for stranger in (finance, rival):
        assert stranger.admin.post(f"{LIST}{memory.pk}/delete/", {"post": "yes"}).status_code in (302, 403, 404)
        assert ColumnMemory.objects.exists()
    assert finance.api("operations").get("/column-memories").json()["items"] == []
    assert "what → title" in moderator.admin.get(f"{LIST}{memory.pk}/change/").content.decode()
    assert moderator.admin.post(f"{LIST}{memory.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not ColumnMemory.objects.exists()
