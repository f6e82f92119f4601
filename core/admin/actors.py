"""Who is acting in the admin: operations people by their grants, members of vendors by their memberships, nobody else."""

from django.http import HttpRequest

from core.audiences import OPERATIONS, VENDOR
from core.rules import Actor, actor_of


def admin_actor(request: HttpRequest) -> Actor:
    """The actor of a request, built once per request from the database: a right withdrawn is gone at the next click.

    Operations rights come first; a member of a vendor acts as such; anybody else is nobody.
    """
    known = getattr(request, "_admin_actor", None)
    if known is None:
        known = actor_of_user(getattr(request, "user", None))
        request._admin_actor = known  # type: ignore[attr-defined]
    return known


def actor_of_user(user: object) -> Actor:
    """The admin's actor for a Django user; nobody for the inactive, the anonymous and those with neither grant nor vendor.

    Whoever has but a narrow part in operations and works for a vendor, too, is at the vendor's desk here.
    """
    if not getattr(user, "is_authenticated", False) or not getattr(user, "is_active", False):
        return Actor.anonymous
    staff = actor_of(user, OPERATIONS)
    if staff.grants and not staff.is_narrow:
        return staff
    member = actor_of(user, VENDOR)
    return member if member.memberships else staff if staff.grants else Actor.anonymous


def may_enter(actor: Actor) -> bool:
    """May this actor open the admin at all?"""
    return bool(actor.grants or actor.memberships)
