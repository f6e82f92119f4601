"""allauth's headless engine behind our typed routes: it proves who somebody is, we speak to the client."""

from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import orjson
from allauth.account.internal.flows.signup import complete_signup
from allauth.core import context
from allauth.headless.account.views import LoginView
from allauth.headless.base.response import AuthenticationResponse
from allauth.headless.base.views import APIView
from allauth.headless.constants import Client
from allauth.headless.internal.sessionkit import new_session
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase

from marketplace.accounts.errors import WrongCredentials
from marketplace.accounts.models import User
from marketplace.accounts.phones import spelled
from marketplace.accounts.tokens import TokenPair


class WelcomeView(APIView):
    """Signs in somebody who has just registered, through every stage that allauth may ask for."""

    handle_json_input = False

    def post(self, request: HttpRequest, user: User) -> HttpResponseBase:
        return AuthenticationResponse.from_response(request, complete_signup(request, user=user))


_login = LoginView.as_api_view(client=Client.APP)
_welcome = WelcomeView.as_api_view(client=Client.APP)


def sign_in(request: HttpRequest, *, login: str, password: str) -> TokenPair:
    """Tokens for an e-mail address or phone number with its password.

    Refuses with 401 `wrong_credentials`, in the same words and time whether the login is unknown, the password wrong
    or the account deactivated.
    """
    body = {**_named(login), "password": password}
    return _tokens(_login, _inner(request, body))


def welcome(request: HttpRequest, user: User) -> TokenPair:
    """Tokens for a user who has just registered."""
    return _tokens(_welcome, _inner(request, {}), user=user)


def _named(login: str) -> dict[str, str]:
    if "@" in login:
        return {"email": login.strip()}
    try:
        return {"phone": spelled(login)}
    except ValidationError:
        return {"phone": login}


def _inner(request: HttpRequest, body: dict[str, Any]) -> HttpRequest:
    """A request of our own making: no header, cookie or session of the client's reaches the engine."""
    inner = HttpRequest()
    inner.method, inner.path = "POST", request.path
    inner.META = {
        name: request.META[name]
        for name in ("REMOTE_ADDR", "HTTP_USER_AGENT", "SERVER_NAME", "SERVER_PORT")
        if name in request.META
    }
    inner.META["CONTENT_TYPE"] = "application/json"
    inner._body = orjson.dumps(body)  # type: ignore[attr-defined]
    inner.session, inner.user = new_session(), AnonymousUser()
    inner.allauth = SimpleNamespace()  # type: ignore[attr-defined]
    return inner


def _tokens(view: Any, inner: HttpRequest, **arguments: Any) -> TokenPair:
    with context.request_context(inner):
        response = view(inner, **arguments)
    meta = orjson.loads(response.content).get("meta", {})
    if response.status_code != HTTPStatus.OK or "access_token" not in meta:
        raise WrongCredentials()
    return TokenPair(meta["access_token"], meta["refresh_token"], meta["expires_in"])
