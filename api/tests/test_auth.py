"""Registering, signing in, renewing and signing out, over HTTP."""

from typing import Any
from unittest.mock import patch

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from core.audiences import OPERATIONS, STOREFRONT
from marketplace.accounts import actions, tokens
from marketplace.accounts.models import SignIn, User
from marketplace.accounts.tasks import forget_old_sign_ins
from marketplace.accounts.tests.factories import PASSWORD, make_user
from marketplace.cast import Api, Person
from marketplace.vendors.models import Vendor

pytestmark = pytest.mark.django_db
NEW = {"full_name": "Ada Lovelace", "email": "ada@soko.example", "password": PASSWORD}


@pytest.fixture
def api(nobody: Person) -> Api:
    return nobody.api()


def with_token(token: str) -> Api:
    return Api(STOREFRONT, token)


def test_registering_signs_in(api: Api) -> None:
    response = api.post("/auth/register", NEW)
    said = response.json()
    assert (response.status_code, set(said)) == (
        201, {"access_token", "refresh_token", "token_type", "expires_in", "user_id", "vendor_id"},
    )  # fmt: skip
    assert (said["token_type"], said["expires_in"], said["vendor_id"]) == ("Bearer", 900, None)
    me = with_token(said["access_token"]).get("/me").json()
    assert (me["id"], me["email"], me["roles"], me["memberships"]) == (
        said["user_id"],
        "ada@soko.example",
        ["customer"],
        [],
    )
    assert EmailAddress.objects.get().email == "ada@soko.example"


def test_registering_as_a_vendor_makes_both_in_one_go(api: Api) -> None:
    response = api.post(
        "/auth/register", {**NEW, "as_vendor": {"name": "Ada's Engines", "phone": "0712345678", "currency": "UGX"}}
    )
    vendor = Vendor.objects.get(pk=response.json()["vendor_id"])
    assert (vendor.name, vendor.slug, vendor.status, vendor.currency, vendor.phone) == (
        "Ada's Engines", "adas-engines", "pending", "UGX", "+254712345678",
    )  # fmt: skip
    me = with_token(response.json()["access_token"]).get("/me").json()
    assert [(each["vendor_id"], each["is_owner"]) for each in me["memberships"]] == [(vendor.pk, True)]


@pytest.mark.parametrize("wrong", [{"currency": "XXQ"}, {"phone": "12"}, {"email": "nonsense"}])
def test_a_vendor_that_is_not_valid_leaves_no_account_either(api: Api, wrong: dict[str, str]) -> None:
    response = api.post("/auth/register", {**NEW, "as_vendor": {"name": "Ada's Engines", **wrong}})
    assert response.status_code == 422
    assert [each["pointer"] for each in response.json()["errors"]] == [f"/as_vendor/{next(iter(wrong))}"]
    assert (User.objects.count(), Vendor.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**NEW, "password": "short"}, 422, "weak_password"),
        ({**NEW, "email": None}, 422, "no_identity"),
        ({**NEW, "is_staff": True}, 422, "invalid"),
        ({**NEW, "roles": ["super_admin"]}, 422, "invalid"),
        ({**NEW, "full_name": ""}, 422, "invalid"),
        ({**NEW, "full_name": "  "}, 422, "invalid"),
        ({**NEW, "full_name": "Ada\x00"}, 422, "invalid"),
        ({**NEW, "password": "x" * 129}, 422, "invalid"),
        ({}, 422, "invalid"),
        ([], 422, "invalid"),
    ],
)
def test_what_is_not_valid_is_refused(api: Api, body: Any, status: int, code: str) -> None:
    response = api.post("/auth/register", body)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["errors"] or code == "no_identity" if "errors" in response.json() else code == "no_identity"
    assert User.objects.count() == 0


def test_an_address_that_is_taken_is_refused_without_telling_whose(api: Api) -> None:
    make_user(full_name="Grace Hopper", email="ada@soko.example")
    response = api.post("/auth/register", NEW)
    assert (response.status_code, response.json()["code"]) == (409, "identity_taken")
    assert "Grace" not in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize("login", ["ada@soko.example", "ADA@Soko.Example", "+254712345678", "0712 345678"])
def test_one_signs_in_by_address_or_number(api: Api, login: str) -> None:
    user = make_user(email="ada@soko.example", phone="+254712345678")
    response = api.post("/auth/login", {"login": login, "password": PASSWORD})
    assert response.status_code == 200
    assert with_token(response.json()["access_token"]).get("/me").json()["id"] == user.pk
    assert User.objects.get(pk=user.pk).last_login is not None
    assert user.history.count() == 1


def test_unknown_wrong_malformed_and_deactivated_get_the_same_answer(api: Api, support: Person) -> None:
    make_user(email="known@soko.example")
    closed = make_user(email="closed@soko.example")
    actions.deactivate(closed.pk, by=support.actor(OPERATIONS), reason="Fraud.")
    answers = set()
    for login, password in (
        ("known@soko.example", "wrong"), ("unknown@soko.example", "wrong"), ("closed@soko.example", PASSWORD), ("not a login", "wrong"),
    ):  # fmt: skip
        response = api.post("/auth/login", {"login": login, "password": password})
        body = response.json()
        body.pop("request_id")
        answers.add((response.status_code, response["WWW-Authenticate"], str(body)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 401
    assert SignIn.objects.count() == 0


def test_an_unknown_login_costs_as_much_hashing_as_a_wrong_password(api: Api) -> None:
    make_user(email="known@soko.example")
    make_user(email="closed@soko.example", is_active=False)
    hashed = []
    for login in ("known@soko.example", "unknown@soko.example", "closed@soko.example", "+254712345678"):
        with patch(
            "marketplace.cast.QuickHasher.encode", autospec=True, side_effect=lambda *_a, **_k: "pbkdf2_sha256$1$x$y"
        ) as encode:
            api.post("/auth/login", {"login": login, "password": "wrong"})
        hashed.append(encode.call_count)
    assert hashed == [1, 1, 1, 1]


def test_guessing_is_limited_by_address_and_says_when_to_come_back(api: Api) -> None:
    make_user(email="ada@soko.example")
    codes = [api.post("/auth/login", {"login": "ada@soko.example", "password": "wrong"}).status_code for _ in range(5)]
    last = api.post("/auth/login", {"login": "ada@soko.example", "password": PASSWORD})
    assert codes == [401] * 5
    assert (last.status_code, last.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(last["Retry-After"]) <= 60


def test_a_session_of_the_client_is_not_asked(admin: Person, api: Api) -> None:
    user = make_user(email="ada@soko.example")
    client = admin.admin
    response = client.post(
        "/api/v1/auth/login", {"login": "ada@soko.example", "password": PASSWORD}, content_type="application/json",
        headers={"X-Session-Token": "x" * 32},
    )  # fmt: skip
    assert with_token(response.json()["access_token"]).get("/me").json()["id"] == user.pk
    assert "Set-Cookie" not in response.headers
    assert not response.cookies


def test_renewing_rotates_and_the_new_pair_works(api: Api, customer: Person) -> None:
    first = tokens.start(customer.user)
    response = api.post("/auth/refresh", {"refresh_token": first.refresh_token})
    assert response.status_code == 200
    assert response.json()["refresh_token"] != first.refresh_token
    assert with_token(response.json()["access_token"]).get("/me").status_code == 200
    assert api.post("/auth/refresh", {"refresh_token": response.json()["refresh_token"]}).status_code == 200


def test_the_loser_of_two_renewals_at_once_is_refused_and_the_sign_in_lives(api: Api, customer: Person) -> None:
    first = tokens.start(customer.user)
    won = api.post("/auth/refresh", {"refresh_token": first.refresh_token}).json()
    lost = api.post("/auth/refresh", {"refresh_token": first.refresh_token})
    assert (lost.status_code, lost.json()["code"]) == (401, "token_just_used")
    assert api.post("/auth/refresh", {"refresh_token": won["refresh_token"]}).status_code == 200


def test_a_refresh_token_that_comes_back_ends_the_whole_family(api: Api, customer: Person) -> None:
    first = tokens.start(customer.user)
    won = api.post("/auth/refresh", {"refresh_token": first.refresh_token}).json()
    SignIn.objects.update(renewed_at=timezone.now() - 2 * tokens.GRACE)
    other = tokens.start(customer.user)
    reused = api.post("/auth/refresh", {"refresh_token": first.refresh_token})
    assert (reused.status_code, reused.json()["code"]) == (401, "token_reused")
    assert api.post("/auth/refresh", {"refresh_token": won["refresh_token"]}).json()["code"] == "invalid_token"
    assert with_token(won["access_token"]).get("/me").status_code == 401
    assert with_token(other.access_token).get("/me").status_code == 200, "another device's sign-in is not touched"
    assert SignIn.objects.get(ended_by="reuse").ended_at is not None


def test_a_token_two_renewals_old_ends_the_family_even_at_once(api: Api, customer: Person) -> None:
    first = tokens.start(customer.user)
    second = tokens.renew(first.refresh_token)
    tokens.renew(second.refresh_token)
    assert api.post("/auth/refresh", {"refresh_token": first.refresh_token}).json()["code"] == "token_reused"


def test_an_access_token_renews_nothing(api: Api, customer: Person) -> None:
    pair = tokens.start(customer.user)
    assert api.post("/auth/refresh", {"refresh_token": pair.access_token}).json()["code"] == "invalid_token"


def test_signing_out_ends_both_tokens_and_is_not_repeated(api: Api, customer: Person) -> None:
    pair = tokens.start(customer.user)
    assert api.post("/auth/logout", {"refresh_token": pair.refresh_token}).status_code == 204
    assert with_token(pair.access_token).get("/me").status_code == 401
    assert api.post("/auth/refresh", {"refresh_token": pair.refresh_token}).json()["code"] == "invalid_token"
    assert api.post("/auth/logout", {"refresh_token": pair.refresh_token}).status_code == 401


def test_signing_out_ends_the_engines_session_too(api: Api) -> None:
    make_user(email="ada@soko.example")
    pair = api.post("/auth/login", {"login": "ada@soko.example", "password": PASSWORD}).json()
    assert Session.objects.count() == 1
    api.post("/auth/logout", {"refresh_token": pair["refresh_token"]})
    assert Session.objects.count() == 0


def test_one_reads_and_changes_ones_own_account(customer: Person) -> None:
    api = customer.api()
    me = api.get("/me")
    assert me["ETag"].startswith('"1-')
    changed = api.patch("/me", {"full_name": "Cleo C."}, if_match=me["ETag"])
    assert (changed.status_code, changed.json()["full_name"], changed.json()["version"]) == (200, "Cleo C.", 2)
    assert api.patch("/me", {"full_name": "Late"}, if_match=me["ETag"]).status_code == 412
    assert api.patch("/me", {"phone": "0712345678"}).json()["errors"][0]["pointer"] == "/current_password"
    assert api.patch("/me", {"phone": "0712345678", "current_password": PASSWORD}).json()["phone"] == "+254712345678"
    assert api.patch("/me", {"is_active": False}).status_code == 422


def test_one_reads_what_one_may_do(owner: Person, member: Person, moderator: Person) -> None:
    assert member.api().get("/me/permissions").json() == {
        "roles": ["customer"], "operations": [], "vendors": [{"vendor_id": owner.vendor.pk, "grants": ["edit_listings"]}],
    }  # fmt: skip
    assert "moderate_listings" in moderator.api().get("/me/permissions").json()["operations"]


@pytest.mark.parametrize("login", ["admin@soko.example", "+254712000001"])
def test_the_admin_is_entered_by_address_or_number(login: str) -> None:
    make_user("super_admin", email="admin@soko.example", phone="+254712000001")
    client = Client()
    response = client.post("/admin/login/?next=/admin/", {"username": login, "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


def test_a_customer_or_a_wrong_password_does_not_enter_the_admin(customer: Person) -> None:
    for password in (PASSWORD, "wrong"):
        client = Client()
        assert (
            client.post("/admin/login/", {"username": "customer@soko.example", "password": password}).status_code == 200
        )
        assert client.get("/admin/").status_code == 302


def test_guessing_in_the_admin_is_limited_too() -> None:
    make_user("super_admin", email="admin@soko.example")
    client = Client()
    for _ in range(5):
        client.post("/admin/login/", {"username": "admin@soko.example", "password": "wrong"})
    response = client.post("/admin/login/", {"username": "admin@soko.example", "password": PASSWORD})
    assert response.status_code == 200
    assert "Too many requests; try again in" in response.content.decode()
    assert client.get("/admin/").status_code == 302


def test_parameters_that_nobody_asked_for_are_refused_by_name(api: Api, customer: Person) -> None:
    for response in (
        customer.api().get("/me", {"expand": "all"}),
        api.post("/auth/login?debug=1", {"login": "abc", "password": "x"}),
    ):
        assert (response.status_code, response.json()["code"]) == (422, "unknown_parameter")


def test_a_sign_in_that_has_run_out_is_forgotten_and_a_living_one_is_not(api: Api) -> None:
    make_user(email="ada@soko.example")
    for _ in range(2):
        api.post("/auth/login", {"login": "ada@soko.example", "password": PASSWORD})
    old = SignIn.objects.order_by("started_at")[0]
    SignIn.objects.filter(pk=old.pk).update(expires_at=timezone.now() - tokens.GRACE)
    forget_old_sign_ins()
    assert (SignIn.objects.count(), Session.objects.count()) == (1, 1)
    assert not SignIn.objects.filter(pk=old.pk).exists()
