"""Reads about people: found by what they sign in with, and what roles give them."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from core import compiled
from marketplace.accounts.models import HeldRole, Role, User
from marketplace.accounts.phones import spelled
from marketplace.accounts.roles import SUPER_ADMIN


def user_known_as(login: str) -> User | None:
    """The account with this e-mail address or phone number, however it is written; None when there is none."""
    login = login.strip()
    if "@" in login:
        return User.objects.filter(email=login.lower()).first()
    try:
        return User.objects.filter(phone=spelled(login)).first()
    except ValidationError:
        return None


def roles_of(user_id: int) -> dict[str, frozenset[str]]:
    """Role name -> the grants it gives, as the database has them now."""
    held = compiled.models_of(_held_by, values=[user_id])
    return {each.role.name: each.role.effective_grants() for each in held}


def _held_by(user_id: int) -> QuerySet[HeldRole]:
    return HeldRole.objects.filter(user_id=user_id).select_related("role").order_by("pk")


def together(roles: Iterable[frozenset[str]]) -> frozenset[str]:
    """Every grant that any of the roles gives."""
    return frozenset().union(*roles)


def active_super_admins() -> int:
    """How many people may do everything now."""
    return HeldRole.objects.filter(role__name="super_admin", user__is_active=True).count()


def people_who_may(grant: str) -> QuerySet[User]:
    """Active people to whom a role gives an operations grant, but those who may do everything."""
    names = [role.pk for role in Role.objects.exclude(name=SUPER_ADMIN) if grant in role.effective_grants()]
    return User.objects.filter(is_active=True, held__role__in=names).distinct().order_by("full_name", "pk")


def addresses_of(user_ids: Iterable[int]) -> list[str]:
    """The e-mail addresses of those of these people who may sign in and have one, in the order of their keys."""
    rows = User.objects.filter(pk__in=list(user_ids), is_active=True, email__isnull=False)
    return [each for each in rows.order_by("pk").values_list("email", flat=True) if each]
