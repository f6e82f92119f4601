"""Whose cart it is: that of the user who acts, or of the guest who holds its token."""

import secrets
from dataclasses import dataclass
from hashlib import sha256

from django.core.signing import BadSignature, Signer
from django.db.models import Q

from core.errors import Unauthenticated
from core.rules import Actor
from marketplace.carts.errors import CartTokenUnknown

LONGEST_TOKEN = 200
_signer = Signer(salt="carts.token")


def new_token() -> str:
    """A token that nobody guesses, signed so that a forged one is refused before the database is asked."""
    return _signer.sign(secrets.token_urlsafe(24))


def hash_of(token: str) -> str:
    """What is kept of a token. Refuses with 401 `cart_token_unknown` one that we have not signed."""
    try:
        _signer.unsign(token[: LONGEST_TOKEN + 1])
    except BadSignature:
        raise CartTokenUnknown() from None
    return sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class Holder:
    """Somebody who has a cart, or may have one: `user_id`, or `token_hash` of a guest's."""

    user_id: int | None = None
    token_hash: str = ""

    @property
    def cart(self) -> Q:
        """Their cart."""
        return Q(user_id=self.user_id) if self.user_id is not None else Q(token_hash=self.token_hash)


def holder(by: Actor, token: str = "") -> Holder:
    """Who is signed in has their own cart, whatever token they send. Refuses with 401 whoever has neither."""
    if by.user_id is not None:
        return Holder(user_id=by.user_id)
    if not token:
        raise Unauthenticated()
    return Holder(token_hash=hash_of(token))
