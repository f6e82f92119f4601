"""Who is asking: the access token of a request becomes its actor, read from the database each time."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from core.audiences import OPERATIONS, Audience
from core.errors import Denied, Unauthenticated
from core.rules import Actor, actor_of
from marketplace.accounts import tokens


class Bearer(HttpBearer):
    """An access token in the Authorization header, and nowhere else. Sets `request.user` and `request.actor`.

    Refuses with 401 whatever is not a living token of an active user, and with 403 whoever has no part in operations there.
    """

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        super().__init__()

    def __call__(self, request: HttpRequest) -> Any:
        said = request.headers.get("Authorization")
        if said is None:
            return self.without_token(request)
        scheme, _space, token = said.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated()
        return self.authenticate(request, token.strip())

    def without_token(self, request: HttpRequest) -> Actor:
        raise Unauthenticated()

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        user = tokens.bearer(token)
        actor = actor_of(user, self.audience)
        if self.audience is OPERATIONS and not actor.grants:
            raise Denied()
        request.user, request.actor = user, actor  # type: ignore[attr-defined]
        return actor


class Visitor(Bearer):
    """A token if there is one; without, the visitor is nobody. A token that is sent must be good all the same."""

    def without_token(self, request: HttpRequest) -> Actor:
        request.actor = Actor.anonymous  # type: ignore[attr-defined]
        return Actor.anonymous
