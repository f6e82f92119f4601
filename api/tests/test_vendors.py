"""Vendors and members over HTTP: what each audience's document gives."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audiences import OPERATIONS
from marketplace.accounts.tests.factories import make_user
from marketplace.cast import Person
from marketplace.vendors.models import Vendor
from marketplace.vendors.tests.factories import make_member, make_vendor

pytestmark = pytest.mark.django_db


def test_the_storefront_lists_verified_vendors_without_any_number(owner: Person, rival: Person, nobody: Person) -> None:
    make_vendor(status="pending")
    response = nobody.api().get("/vendors")
    assert [each["name"] for each in response.json()["items"]] == ["Rita's Rival Shop", "Omar's Shop"]
    one = nobody.api().get(f"/vendors/{owner.vendor.slug}")
    assert one.json()["id"] == owner.vendor.pk
    assert set(one.json()) == {
        "id", "name", "slug", "description", "city", "country", "latitude", "longitude", "currency", "channels", "created_at",
        "version",
    }  # fmt: skip
    for each in (response, one):
        assert "+2547" not in each.content.decode()
    document = nobody.api().get("/openapi.json").json()
    assert not {"phone", "whatsapp", "email", "status", "judgement"} & set(
        document["components"]["schemas"]["Vendor"]["properties"]
    )


@pytest.mark.parametrize(
    "query", [{"phone": "+254712345678"}, {"status": "pending"}, {"email": "x"}, {"order": "phone"}]
)
def test_the_storefront_cannot_ask_by_what_it_may_not_see(query: dict[str, str], owner: Person, nobody: Person) -> None:
    assert nobody.api().get("/vendors", query).status_code == 422


def test_a_vendor_that_is_not_verified_answers_as_a_missing_one(nobody: Person, admin: Person) -> None:
    hidden = make_vendor(status="suspended")
    answers = []
    for key in (hidden.pk, hidden.slug, 999_999):
        body = nobody.api().get(f"/vendors/{key}").json()
        answers.append({name: value for name, value in body.items() if name not in ("instance", "request_id")})
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["status"] == 404


def test_whoever_is_signed_in_opens_a_vendor_and_sees_it(customer: Person, nobody: Person) -> None:
    response = customer.api("vendor").post(
        "/vendors", {"name": "Cleo's Bikes", "city": "Nairobi", "phone": "0712345678"}
    )
    assert response.status_code == 201
    assert (response.json()["status"], response.json()["phone"]) == ("pending", "+254712345678")
    assert response["Location"] == f"/api/vendor/v1/vendors/{response.json()['id']}"
    assert [each["name"] for each in customer.api("vendor").get("/vendors").json()["items"]] == ["Cleo's Bikes"]
    assert nobody.api("vendor").post("/vendors", {"name": "Ghost"}).status_code == 401
    assert customer.api("vendor").post("/vendors", {"name": "X", "status": "verified"}).status_code == 422


def test_an_owner_reads_and_changes_their_vendor_and_no_other(owner: Person, rival: Person) -> None:
    api = owner.api("vendor")
    mine = api.get(f"/vendors/{owner.vendor.pk}")
    assert api.patch(f"/vendors/{owner.vendor.pk}", {"city": "Kisumu"}).status_code == 428
    changed = api.patch(f"/vendors/{owner.vendor.pk}", {"city": "Kisumu"}, if_match=mine["ETag"])
    assert (changed.status_code, changed.json()["city"]) == (200, "Kisumu")
    assert api.patch(f"/vendors/{rival.vendor.pk}", {"city": "Kisumu"}, if_match='"1"').status_code == 404
    assert api.get(f"/vendors/{rival.vendor.pk}").status_code == 404
    assert Vendor.objects.filter(city="Kisumu").count() == 1


def test_operations_verifies_suspends_and_reopens(moderator: Person, finance: Person, owner: Person) -> None:
    vendor = make_vendor(status="pending")
    api, path = moderator.api("operations"), f"/vendors/{vendor.pk}"
    assert finance.api("operations").post(f"{path}/verify").status_code == 403
    assert owner.api("operations").post(f"{path}/verify").status_code == 403
    assert owner.api("vendor").post(f"{path}/verify").status_code in (404, 405)
    assert api.post(f"{path}/verify").json()["status"] == "verified"
    assert api.post(f"{path}/verify").json()["code"] == "wrong_state"
    assert api.post(f"{path}/suspend", {}).status_code == 422
    assert (
        api.post(f"{path}/suspend", {"reason": "Goods did not arrive."}).json()["judgement"] == "Goods did not arrive."
    )
    assert api.post(f"{path}/reopen", {"reason": "They did."}).json()["status"] == "verified"


def test_members_are_added_changed_and_removed_over_the_vendor_api(owner: Person, rival: Person) -> None:
    make_user(full_name="Nia New", email="nia@soko.example")
    api = owner.api("vendor")
    added = api.post(
        f"/vendors/{owner.vendor.pk}/add_member", {"login": "nia@soko.example", "grants": ["edit_listings"]}
    )
    assert added.status_code == 200
    nia = next(each for each in api.get("/members").json()["items"] if each["person"] == "Nia New")
    assert api.post(f"/members/{nia['id']}/change_grants", {"grants": ["view_contacts"]}).json()["grants"] == [
        "view_contacts"
    ]
    assert api.post(f"/members/{nia['id']}/change_grants", {"grants": ["fly"]}).status_code == 422
    assert rival.api("vendor").post(f"/members/{nia['id']}/remove").status_code == 404
    assert api.post(f"/members/{nia['id']}/remove").status_code == 204
    assert len(api.get("/members").json()["items"]) == 1


def test_people_are_for_those_who_may_see_them_and_never_with_a_password(
    support: Person, moderator: Person, finance: Person, owner: Person, customer: Person
) -> None:
    listed = support.api("operations").get("/users")
    assert len(listed.json()["items"]) == 5
    assert "password" not in json.dumps(
        support.api("operations").get("/openapi.json").json()["components"]["schemas"]["User"]
    )
    assert "pbkdf2" not in listed.content.decode()
    for each in (moderator, finance):
        assert each.api("operations").get("/users").json()["items"] == []
    for each in (owner, customer):
        assert each.api("operations").get("/users").status_code == 403
    for audience in ("storefront", "vendor"):
        assert support.api(audience).get("/users").status_code == 404


def test_a_super_admin_edits_roles_and_holders_over_the_api(admin: Person, support: Person, customer: Person) -> None:
    api = admin.api("operations")
    made = api.post("/roles", {"name": "night", "label": "Night shift", "grants": ["view_audit"]})
    assert made.status_code == 201
    assert api.post("/roles", {"name": "day", "label": "Day shift", "grants": ["fly"]}).status_code == 422
    assert (
        support.api("operations")
        .post("/roles", {"name": "mine", "label": "Mine", "grants": ["edit_roles"]})
        .status_code
        == 403
    )
    given = api.post(f"/users/{customer.user.pk}/give_role", {"role": "night"})
    assert (given.status_code, sorted(given.json()["roles"])) == (200, ["Customer", "Night shift"])
    held = api.get("/held-roles", {"user": str(customer.user.pk)}).json()["items"]
    assert {each["role_id"] for each in held} >= {made.json()["id"]}
    assert customer.actor(OPERATIONS).grants == {"view_audit"}
    assert api.post(f"/users/{customer.user.pk}/deactivate", {"reason": "Left us."}).json()["is_active"] is False


def test_a_list_costs_the_same_for_one_and_for_many(support: Person, owner: Person) -> None:
    counts = []
    for _round in range(2):
        for api, path in (
            (support.api("operations"), "/users"),
            (owner.api("vendor"), "/members"),
            (support.api("operations"), "/members"),
        ):
            with CaptureQueriesContext(connection) as seen:
                assert api.get(path, {"limit": "100"}).status_code == 200
            counts.append(len(seen))
        for _ in range(20):
            make_member(owner.vendor, "edit_listings", user=make_user("customer", "support"))
    assert counts[:3] == counts[3:]
