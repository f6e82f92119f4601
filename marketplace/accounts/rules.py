"""Who sees and changes accounts, roles and who holds them."""

from django.db.models import Q

from core.rules import NO_ROWS, Actor, Policy, Rows, granted, signed_in
from marketplace.accounts.roles import SUPER_ADMIN


def within_reach(actor: Actor) -> Q:
    """Accounts one may act on: those of super admins are for those who edit roles."""
    return Q() if actor.has("edit_roles") else ~Q(held__role__name=SUPER_ADMIN)


def editable_roles(_actor: Actor) -> Q:
    """Every role but the super admin's, which always gives everything."""
    return ~Q(name=SUPER_ADMIN)


def own_roles(_actor: Actor) -> Q:
    """Roles that people have added."""
    return Q(is_standard=False)


def own_addresses(actor: Actor) -> Q:
    """Where the actor has things sent."""
    return Q(user=actor.user_id) if actor.is_signed_in else NO_ROWS


USER = Policy(
    operations=Rows(
        view=granted("view_people"),
        change=granted("edit_people", within_reach),
        verbs={
            "deactivate": granted("edit_people", within_reach),
            "reactivate": granted("edit_people", within_reach),
            "give_role": granted("edit_roles"),
            "take_role": granted("edit_roles"),
        },
    ),
)
ROLE = Policy(
    operations=Rows(
        view=granted("view_people"),
        create=granted("edit_roles"),
        change=granted("edit_roles", editable_roles),
        delete=granted("edit_roles", own_roles),
    ),
)
HELD_ROLE = Policy(operations=Rows(view=granted("view_people")))
ADDRESS = Policy(
    storefront=Rows(view=own_addresses, create=signed_in, change=own_addresses, delete=own_addresses),
    operations=Rows(view=granted("view_people")),
)
