"""Access and refresh tokens: one family per sign-in, renewed by rotation, refused in every other way that a token can be wrong."""

import base64
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from ninja_jwt.exceptions import TokenError
from ninja_jwt.settings import api_settings
from ninja_jwt.tokens import Token

from core import compiled
from marketplace.accounts.errors import InvalidToken, TokenJustUsed, TokenReused
from marketplace.accounts.models import SignIn, User

LONGEST = 2048
GRACE = timedelta(seconds=10)  # two requests of one client may renew at once; a thief comes later
LATEST = 2**33  # the year 2242; what is beyond is not a moment but an attempt
SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
HEADER = {"alg", "typ"}  # no kid, jku, x5u, jwk: nothing in a token says how to verify it


class _Strict(Token):
    """A token of which every claim that we put in must be there and be of its kind."""

    def verify(self) -> None:
        for name in ("exp", "iat"):
            if type(self.payload.get(name)) is not int or not 0 < self.payload[name] < LATEST:
                raise TokenError(f"{name} is not a moment")
        for name in ("sub", "sid", "jti"):
            if not isinstance(self.payload.get(name), str) or not 0 < len(self.payload[name]) <= 40:
                raise TokenError(f"{name} is not a word")
        super().verify()


class Access(_Strict):
    """Sent with each request."""

    token_type = "access"
    lifetime = api_settings.ACCESS_TOKEN_LIFETIME


class Refresh(_Strict):
    """Sent once, to be renewed."""

    token_type = "refresh"
    lifetime = api_settings.REFRESH_TOKEN_LIFETIME


@dataclass(frozen=True)
class TokenPair:
    """What a sign-in or a renewal gives. `expires_in`: seconds of the access token's life."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True)
class Held:
    """What an access token stands for: whose it is, of which sign-in, and the second at which it ends."""

    user_id: int
    sign_in_id: UUID
    expires_at: int


def start(user: User, *, session_key: str = "") -> TokenPair:
    """Begin a family of tokens for a user who has just proven who they are."""
    now = timezone.now()
    sign_in = SignIn(
        user=user,
        session_key=session_key,
        current=uuid4().hex,
        former="",
        renewed_at=now,
        expires_at=now + Refresh.lifetime,
        ended_by="",
    )
    sign_in.save(force_insert=True)
    return _pair(sign_in, sign_in.current)


def renew(raw: str) -> TokenPair:
    """The next pair for a refresh token, which is then used up.

    Of two at once exactly one wins; the other is refused (`token_just_used`) and harms nobody for ten seconds. A
    token that comes back later than that was copied: its whole family ends (`token_reused`). Refuses with 401.
    """
    token = _read(Refresh, raw)
    sign_in = _alive(token)
    fresh, now = uuid4().hex, timezone.now()
    won = SignIn.objects.filter(pk=sign_in.pk, current=token["jti"], ended_at=None).update(
        current=fresh, former=token["jti"], renewed_at=now, expires_at=now + Refresh.lifetime
    )
    if won:
        return _pair(sign_in, fresh)
    sign_in.refresh_from_db()
    if sign_in.former == token["jti"] and now - sign_in.renewed_at < GRACE and sign_in.ended_at is None:
        raise TokenJustUsed()
    end(sign_in.pk, why="reuse")
    raise TokenReused()


def bearer(raw: str) -> User:
    """Whose access token this is, as the database knows them now. Refuses with 401 `invalid_token`."""
    return _alive(_read(Access, raw)).user


def held(raw: str) -> Held:
    """What an access token stands for, for what stays open longer than a request. Refuses with 401 `invalid_token`."""
    token = _read(Access, raw)
    sign_in = _alive(token)
    return Held(sign_in.user_id, sign_in.pk, token["exp"])


def holds(held: Held) -> bool:
    """Whether the sign-in has not ended and its user is active, as the database has them now."""
    return SignIn.objects.filter(pk=held.sign_in_id, ended_at=None, user__is_active=True).exists()


def family(raw: str) -> SignIn:
    """The living sign-in of an access or refresh token. Refuses with 401 `invalid_token`."""
    try:
        return _alive(_read(Access, raw))
    except InvalidToken:
        return _alive(_read(Refresh, raw))


def end(sign_in_id: UUID, *, why: str) -> None:
    """End one sign-in: none of its tokens is taken any more. Again is a no-op."""
    _end(SignIn.objects.filter(pk=sign_in_id, ended_at=None), why)


def end_all(user_id: int, *, why: str) -> int:
    """End every sign-in of a user; how many that were."""
    return _end(SignIn.objects.filter(user_id=user_id, ended_at=None), why)


def forget_expired() -> int:
    """Drop the sign-ins that have run out, and their sessions; how many those were."""
    expired = SignIn.objects.filter(expires_at__lt=timezone.now())
    _end(expired.filter(ended_at=None), why="expired")
    return expired.delete()[0]


def _end(living: QuerySet[SignIn], why: str) -> int:
    """End sign-ins together with the sessions that they came from."""
    sessions = import_module(settings.SESSION_ENGINE).SessionStore
    with transaction.atomic():
        keys = list(living.values_list("session_key", flat=True))
        ended = living.update(ended_at=timezone.now(), ended_by=why)
        for key in filter(None, keys):
            sessions(session_key=key).delete()
    return ended


def _alive(token: Token) -> SignIn:
    """The sign-in of a token, if it has not ended and its user is active."""
    try:
        key, user_id = UUID(token["sid"]), int(token["sub"])
    except ValueError:
        raise InvalidToken() from None
    found = compiled.models_of(_of_token, values=[key, user_id])
    if not found or found[0].ended_at is not None:
        raise InvalidToken()
    return found[0]


def _of_token(key: UUID, user_id: int) -> QuerySet[SignIn]:
    return SignIn.objects.select_related("user").filter(pk=key, user_id=user_id, user__is_active=True)


def _pair(sign_in: SignIn, identifier: str) -> TokenPair:
    refresh, access = Refresh(), Access()
    refresh["jti"] = identifier
    for token in (refresh, access):
        token["sub"], token["sid"] = str(sign_in.user_id), str(sign_in.pk)
    return TokenPair(str(access), str(refresh), int(Access.lifetime.total_seconds()))


def _read[T: _Strict](kind: type[T], raw: str) -> T:
    """The token, verified. The key and the one algorithm are ours; nothing in the token is believed before they fit."""
    if len(raw) > LONGEST or not SHAPE.fullmatch(raw):
        raise InvalidToken()
    header, body, _signature = raw.split(".")
    if not set(_once_only(header)) <= HEADER:
        raise InvalidToken()
    try:
        token = kind(raw)
    except (TokenError, ValueError, OverflowError, TypeError, KeyError):
        raise InvalidToken() from None
    _once_only(body)
    return token


def _once_only(segment: str) -> dict[str, Any]:
    """The JSON object of a segment. Refuses one in which a name stands twice: readers would differ on which counts."""
    try:
        pairs = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)), object_pairs_hook=list)
        names = [name for name, _value in pairs]
    except (ValueError, TypeError, RecursionError):
        raise InvalidToken() from None
    if len(names) != len(set(names)):
        raise InvalidToken()
    return dict(pairs)
