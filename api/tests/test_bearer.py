"""Everything that can be wrong with a token is 401 with WWW-Authenticate, in one body, and never a fault of ours."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.conf import settings
from django.test import Client

from core.audiences import OPERATIONS, STOREFRONT
from marketplace.accounts import actions, tokens
from marketplace.accounts.models import SignIn
from marketplace.cast import Api, Person

pytestmark = pytest.mark.django_db
KEY = settings.NINJA_JWT["SIGNING_KEY"]
NEVER = 2**31


def claims(person: Person, **changed: Any) -> dict[str, Any]:
    """The claims of a good access token of a living sign-in, with changes; `...` leaves one out."""
    tokens.start(person.user)
    now = int(time.time())
    good = {
        "token_type": "access", "exp": now + 600, "iat": now, "jti": uuid4().hex, "sub": str(person.user.pk),
        "sid": str(SignIn.objects.latest("started_at").pk), "aud": "soko", "iss": "soko",
    }  # fmt: skip
    return {name: value for name, value in {**good, **changed}.items() if value is not ...}


def signed(
    payload: dict[str, Any] | bytes,
    *,
    header: dict[str, Any] | None = None,
    key: str = KEY,
    digest: Any = hashlib.sha256,
) -> str:
    """A token signed by hand, so that libraries' scruples are not in the way."""
    head = {"alg": "HS256", "typ": "JWT"} if header is None else header
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    parts = [base64.urlsafe_b64encode(each).rstrip(b"=") for each in (json.dumps(head).encode(), body)]
    signature = hmac.new(key.encode(), b".".join(parts), digest).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def unsigned(payload: dict[str, Any], alg: str) -> str:
    return signed(payload, header={"alg": alg, "typ": "JWT"}).rsplit(".", 1)[0] + "."


def changed(**changes: Any) -> Callable[[Person], str]:
    return lambda person: signed(claims(person, **changes))


def headed(**more: Any) -> Callable[[Person], str]:
    return lambda person: signed(claims(person), header={"alg": "HS256", "typ": "JWT", **more})


def doubled(person: Person) -> str:
    body = json.dumps(claims(person))
    return signed((body[:-1] + f', "sub": "{person.user.pk}"}}').encode())


def tampered(person: Person) -> str:
    head, _body, signature = signed(claims(person)).split(".")
    other = signed(claims(person, sub="1")).split(".")[1]
    return f"{head}.{other}.{signature}"


WRONG: dict[str, Callable[[Person], str]] = {
    "no algorithm": lambda person: unsigned(claims(person), "none"),
    "no algorithm, capital": lambda person: unsigned(claims(person), "None"),
    "no algorithm, capitals": lambda person: unsigned(claims(person), "NONE"),
    "no algorithm, signed": headed(alg="none"),
    "another algorithm of the family": lambda person: signed(
        claims(person), header={"alg": "HS512", "typ": "JWT"}, digest=hashlib.sha512
    ),
    "a public key's algorithm": headed(alg="RS256"),
    "an unknown algorithm": headed(alg="XX256"),
    "no algorithm said": lambda person: signed(claims(person), header={"typ": "JWT"}),
    "an algorithm that is a list": headed(alg=["HS256"]),
    "another key": lambda person: signed(claims(person), key="x" * 64),
    "an empty key": lambda person: signed(claims(person), key=""),
    "no signature": lambda person: signed(claims(person)).rsplit(".", 1)[0] + ".",
    "half a signature": lambda person: signed(claims(person))[:-20],
    "another body": tampered,
    "kid, a path": headed(kid="../../../../dev/null"),
    "kid, an address": headed(kid="https://evil.example/key"),
    "kid, SQL": headed(kid="1' UNION SELECT 'x'--"),
    "jku": headed(jku="https://evil.example/jwks.json"),
    "x5u": headed(x5u="https://evil.example/cert.pem"),
    "jwk": headed(jwk={"kty": "oct", "k": "eA"}),
    "crit": headed(crit=["exp"]),
    "a refresh token": lambda person: tokens.start(person.user).refresh_token,
    "a refresh token by its claim": changed(token_type="refresh"),
    "an unknown kind": changed(token_type="sliding"),
    "no kind": changed(token_type=...),
    "another audience": changed(aud="elsewhere"),
    "no audience": changed(aud=...),
    "another issuer": changed(iss="elsewhere"),
    "no issuer": changed(iss=...),
    "no end": changed(exp=...),
    "no subject": changed(sub=...),
    "no sign-in": changed(sid=...),
    "no id": changed(jti=...),
    "no beginning": changed(iat=...),
    "an end that is text": changed(exp="9999999999"),
    "an end that is a fraction": changed(exp=NEVER + 0.5),
    "an end that is huge": changed(exp=10**400),
    "an end that is negative": changed(exp=-1),
    "an end that is true": changed(exp=True),
    "an end that is a list": changed(exp=[NEVER]),
    "ended": changed(exp=1_600_000_000),
    "begins in a while": changed(iat=int(time.time()) + 7200),
    "a subject that is a number": lambda person: signed(claims(person, sub=person.user.pk)),
    "a subject that is words": changed(sub="admin"),
    "a subject that is huge": changed(sub="9" * 40),
    "a subject of nobody": changed(sub="2000000000"),
    "a sign-in that is words": changed(sid="x"),
    "a sign-in of nobody": changed(sid=str(uuid4())),
    "a claim twice": doubled,
    "a body that is a list": lambda _person: signed(b"[]"),
    "a body that is no JSON": lambda _person: signed(b"{"),
    "a body nested without end": lambda _person: signed(b"[" * 900),
    "eight kilobytes": lambda person: signed(claims(person, extra="x" * 8000)),
    "two parts": lambda person: ".".join(signed(claims(person)).split(".")[:2]),
    "five parts": lambda person: signed(claims(person)) + ".x.y",
    "no token": lambda _person: "",
    "rubbish": lambda _person: "rubbish",
    "not ASCII": lambda _person: "é.é.é",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_token_is_refused(name: str, customer: Person) -> None:
    response = Client(raise_request_exception=False).get(
        "/api/v1/me", headers={"Authorization": f"Bearer {WRONG[name](customer)}"}
    )
    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert response.json()["code"] == "invalid_token"


def test_at_least_thirty_ways_are_tried() -> None:
    assert len(WRONG) >= 30


def test_the_good_token_that_the_wrong_ones_are_made_from_is_taken(customer: Person) -> None:
    response = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {signed(claims(customer))}"})
    assert response.json()["email"] == "customer@soko.example"
    issued = tokens.start(customer.user).access_token
    assert jwt.get_unverified_header(issued) == {"alg": "HS256", "typ": "JWT"}


@pytest.mark.parametrize(
    "path", ["/api/v1/listings", "/api/v1/vendors", "/api/vendor/v1/vendors", "/api/operations/v1/users"]
)
def test_a_wrong_token_is_refused_even_where_none_is_needed(path: str) -> None:
    assert Client().get(path, headers={"Authorization": "Bearer rubbish"}).status_code == 401


def test_a_token_counts_in_its_header_only(customer: Person) -> None:
    token = tokens.start(customer.user).access_token
    for query in ({"token": token}, {"access_token": token}):
        assert Client().get("/api/v1/me", query).status_code == 401
    client = Client()
    client.cookies["access_token"] = token
    assert client.get("/api/v1/me").status_code == 401
    assert Client().get("/api/v1/me", headers={"Authorization": f"Token {token}"}).status_code == 401


def test_an_admin_session_is_no_token(admin: Person) -> None:
    for path in ("/api/v1/me", "/api/vendor/v1/vendors", "/api/operations/v1/users"):
        assert admin.admin.get(path).status_code == 401


def test_without_a_token_the_answer_says_how_to_ask() -> None:
    response = Client().get("/api/v1/me")
    assert (response.status_code, response["WWW-Authenticate"], response.json()["code"]) == (
        401,
        "Bearer",
        "unauthenticated",
    )


def test_a_deactivated_or_deleted_users_token_is_refused_at_once(customer: Person, support: Person) -> None:
    api = customer.api()
    assert api.get("/me").status_code == 200
    actions.deactivate(customer.user.pk, by=support.actor(OPERATIONS), reason="Fraud.")
    assert api.get("/me").status_code == 401
    SignIn.objects.update(ended_at=None)
    assert api.get("/me").status_code == 401, "the account itself is asked, not only its sign-ins"


def test_a_role_that_is_given_or_taken_holds_at_the_next_request(customer: Person, admin: Person) -> None:
    api = customer.api("operations")
    assert api.get("/users").status_code == 403
    actions.give_role(customer.user.pk, by=admin.actor(OPERATIONS), role="support")
    assert api.get("/users").status_code == 200
    actions.take_role(customer.user.pk, by=admin.actor(OPERATIONS), role="support")
    assert api.get("/users").status_code == 403


def test_a_new_password_ends_the_tokens_of_all_devices_but_this_one(customer: Person) -> None:
    here, there = customer.api(), customer.api()
    body = {"current_password": "a long enough passphrase", "new_password": "quite another passphrase"}
    response = here.post("/me/password", body)
    assert response.status_code == 200
    assert (here.get("/me").status_code, there.get("/me").status_code) == (401, 401)
    assert Api(STOREFRONT, response.json()["access_token"]).get("/me").status_code == 200


def test_one_sign_in_of_another_person_is_not_mine(customer: Person, rival: Person) -> None:
    tokens.start(rival.user)
    foreign = str(SignIn.objects.get(user=rival.user).pk)
    response = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {signed(claims(customer, sid=foreign))}"})
    assert response.status_code == 401
