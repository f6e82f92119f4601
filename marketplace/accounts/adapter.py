"""How allauth finds, reads and changes our accounts, and which tokens its sign-ins give."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from django.http import HttpRequest

from marketplace.accounts import actions, tokens
from marketplace.accounts.models import User
from marketplace.accounts.queries import user_known_as


class Accounts(DefaultAccountAdapter):
    """Phone numbers live on the account itself; what changes one is an action."""

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified_at is not None) if user.phone else None

    def set_phone(self, user: Any, phone: str, verified: bool) -> None:
        actions.set_phone(user, by=actions.SYSTEM, phone=phone, verified=verified)

    def set_phone_verified(self, user: Any, phone: str) -> None:
        actions.set_phone(user, by=actions.SYSTEM, phone=phone, verified=True)

    def get_user_by_phone(self, phone: str) -> User | None:
        return user_known_as(phone)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Registering is ours (POST /api/v1/auth/register), so that the account and its vendor come in one transaction."""
        return False


class Tokens(SessionTokenStrategy):
    """allauth proves who somebody is and keeps the session; access and refresh tokens are ours and end with it."""

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any]:
        pair = tokens.start(request.user, session_key=self.create_session_token(request))  # type: ignore[arg-type]
        return {"access_token": pair.access_token, "refresh_token": pair.refresh_token, "expires_in": pair.expires_in}
