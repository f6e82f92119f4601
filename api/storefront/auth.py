"""Registering, signing in, renewing and ending a sign-in."""

from contextlib import suppress
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from api.storefront import identity
from api.storefront.cart_shapes import CART_TOKEN, TOKEN
from core.audiences import STOREFRONT
from core.errors import DomainError
from core.inputs import TEXT_PATTERN
from core.limits import address_of, check
from core.resources.api import nothing_asked
from core.resources.types import text
from core.rules import Actor, actor_of
from marketplace.accounts import actions, tokens
from marketplace.accounts.tokens import TokenPair
from marketplace.carts import actions as carts
from marketplace.vendors.actions import register_vendor

router = Router(tags=["Auth"])

Login = Annotated[
    str,
    Field(
        min_length=3,
        max_length=254,
        pattern=TEXT_PATTERN,
        description="E-mail address or phone number.",
        examples=["ada@soko.example"],
    ),
]
Password = Annotated[str, Field(min_length=1, max_length=128, json_schema_extra={"format": "password"})]
RawToken = Annotated[str, Field(min_length=1, max_length=2048, pattern=r"^[\x21-\x7e]+$")]


class VendorBlock(Schema):
    """The vendor to open together with the account."""

    model_config = ConfigDict(extra="forbid", title="RegisterVendor")

    name: text(80, 1)  # type: ignore[valid-type]
    description: text(2000) = ""  # type: ignore[valid-type]
    phone: text(40) | None = None  # type: ignore[valid-type]
    whatsapp: text(40) | None = None  # type: ignore[valid-type]
    email: text(254) = ""  # type: ignore[valid-type]
    city: text(80) = ""  # type: ignore[valid-type]
    country: Annotated[str, Field(max_length=2, pattern=r"^[A-Z]{2}$")] | None = None
    currency: Annotated[str, Field(max_length=3, pattern=r"^[A-Z]{3}$")] | None = None


class RegisterBody(Schema):
    """A new account: an e-mail address, a phone number or both."""

    model_config = ConfigDict(extra="forbid", title="Register")

    full_name: text(120, 1)  # type: ignore[valid-type]
    email: text(254) | None = None  # type: ignore[valid-type]
    phone: text(40) | None = None  # type: ignore[valid-type]
    password: Password
    as_vendor: VendorBlock | None = None


class LoginBody(Schema):
    model_config = ConfigDict(extra="forbid", title="Login")

    login: Login
    password: Password


class RefreshBody(Schema):
    model_config = ConfigDict(extra="forbid", title="Refresh")

    refresh_token: RawToken


class PasswordBody(Schema):
    model_config = ConfigDict(extra="forbid", title="ChangePassword")

    current_password: Password
    new_password: Password


class TokensOut(Schema):
    """Send the access token as `Authorization: Bearer …`; use the refresh token once, before the access token ends."""

    model_config = ConfigDict(title="Tokens")

    access_token: str = Field(max_length=2048)
    refresh_token: str = Field(max_length=2048)
    token_type: Annotated[str, Field(pattern="^Bearer$")] = "Bearer"
    expires_in: int = Field(ge=1, description="Seconds for which the access token lives.")


class RegisteredOut(TokensOut):
    """A new account, signed in already."""

    model_config = ConfigDict(title="Registered")

    user_id: int = Field(ge=1)
    vendor_id: int | None = Field(default=None, ge=1)


COMES_ALONG = (
    "What a guest put into a cart comes along, as `POST /cart/merge` does it; a cart that has ended is passed over."
)
WITH_CART = {"parameters": [{**CART_TOKEN, "description": COMES_ALONG}]}


def _bring_cart(request: HttpRequest, pair: TokenPair) -> None:
    """Whoever signs in keeps what they chose as a guest. A cart that cannot come along keeps nobody from signing in."""
    token = request.headers.get(TOKEN, "").strip()
    if token:
        with suppress(DomainError):
            carts.merge(token, by=actor_of(tokens.bearer(pair.access_token), STOREFRONT))


def _said(pair: TokenPair) -> dict[str, object]:
    return {"access_token": pair.access_token, "refresh_token": pair.refresh_token, "expires_in": pair.expires_in}


@router.post(
    "/register", auth=None, response={201: RegisteredOut}, operation_id="register", summary="Register",
    openapi_extra=WITH_CART,
)  # fmt: skip
def register(request: HttpRequest, body: RegisterBody) -> Status:
    """Open an account, as a customer or together with a vendor, and sign in.

    Refuses with 409 `identity_taken` (signing in at once cannot hide that an account exists; the limit keeps it from
    being asked in bulk) and 422 `weak_password`.
    """
    nothing_asked(request)
    check("register", address_of(request))
    account = body.model_dump(include={"full_name", "email", "phone", "password"})
    vendor = None
    if body.as_vendor is None:
        user = actions.register(by=Actor.anonymous, **account)
    else:
        user, vendor = register_vendor(by=Actor.anonymous, account=account, vendor=body.as_vendor.model_dump())
    pair = identity.welcome(request, user)
    _bring_cart(request, pair)
    return Status(201, {**_said(pair), "user_id": user.pk, "vendor_id": vendor.pk if vendor else None})


@router.post("/login", auth=None, response=TokensOut, operation_id="login", summary="Sign in", openapi_extra=WITH_CART)
def login(request: HttpRequest, body: LoginBody) -> dict[str, object]:
    """Tokens for an e-mail address or phone number with its password. Refuses with 401 `wrong_credentials`."""
    nothing_asked(request)
    check("login", address_of(request))
    # By address as well: ten wrong guesses by a stranger must not lock the owner out.
    check("login_account", f"{body.login.strip().lower()}|{address_of(request)}")
    pair = identity.sign_in(request, login=body.login, password=body.password)
    _bring_cart(request, pair)
    return _said(pair)


@router.post("/refresh", auth=None, response=TokensOut, operation_id="refreshTokens", summary="Renew a sign-in")
def refresh(request: HttpRequest, body: RefreshBody) -> dict[str, object]:
    """The next pair of tokens; the refresh token is used up by it.

    Refuses with 401 `invalid_token`; with `token_just_used` the loser of two requests at once; with `token_reused` a
    token that comes back later, whose whole sign-in then ends.
    """
    nothing_asked(request)
    check("refresh", address_of(request))
    return _said(tokens.renew(body.refresh_token))


@router.post("/logout", auth=None, response={204: None}, operation_id="logout", summary="Sign out")
def logout(request: HttpRequest, body: RefreshBody) -> Status:
    """End the sign-in of a refresh token: none of its tokens is taken any more. Again is 401 `invalid_token`."""
    nothing_asked(request)
    tokens.end(tokens.family(body.refresh_token).pk, why="logout")
    return Status(204, None)
