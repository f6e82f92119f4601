"""Signing in with an e-mail address or a phone number, for the API and the admin alike."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import AnonymousUser

from marketplace.accounts.models import User
from marketplace.accounts.queries import user_known_as


class EmailOrPhone(AuthenticationBackend):
    """allauth's backend, which spends as long on an unknown login as on a wrong password; admin logins may be phones."""

    def _authenticate(self, request: Any, **credentials: Any) -> User | None:
        login = credentials.get("username") or credentials.get("email") or credentials.get("phone")
        return self._check_password(user_known_as(str(login)), credentials["password"]) if login else None  # type: ignore[return-value]

    def get_user_permissions(self, user_obj: User | AnonymousUser, obj: Any = None) -> set[str]:
        """None: rights come from roles and memberships."""
        return set()

    def get_group_permissions(self, user_obj: User | AnonymousUser, obj: Any = None) -> set[str]:
        """None: there are no groups beside roles."""
        return set()

    get_all_permissions = get_user_permissions
