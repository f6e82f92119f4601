"""From a user to an actor: what roles and memberships give, as the database has them at this request."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from core import compiled
from core.audiences import OPERATIONS, VENDOR, Audience
from core.rules import Actor
from marketplace.accounts.grants import NARROW
from marketplace.accounts.models import User
from marketplace.accounts.queries import roles_of, together
from marketplace.vendors.models import Member


def _of_user(user_id: int) -> QuerySet[Member]:
    return Member.objects.filter(user_id=user_id)


def actor_of(user: User | AnonymousUser, audience: Audience) -> Actor:
    """Who this is in the market: nobody when not signed in or deactivated. Roles count in operations, memberships with vendors."""
    if not isinstance(user, User) or not user.is_active:
        return Actor.anonymous
    roles = roles_of(user.pk) if audience is OPERATIONS else {}
    grants = together(roles.values())
    memberships = compiled.models_of(_of_user, values=[user.pk]) if audience is VENDOR else ()
    return Actor(
        user_id=user.pk,
        name=str(user),
        roles=frozenset(roles),
        grants=grants,
        is_narrow=bool(grants) and grants <= NARROW,
        memberships={each.vendor_id: each.effective_grants() for each in memberships},
    )
