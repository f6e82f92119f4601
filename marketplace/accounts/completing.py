"""Standard roles of a market that is older than some grants: those that nobody has edited get what the role table gives by now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction

from core.actions import lock, retrying_locks
from core.models import Audit
from core.resources import operations
from core.rules import Actor
from marketplace.accounts.models import Role
from marketplace.accounts.roles import ROLES, SUPER_ADMIN

WHY = "The role table gives it by now."


@dataclass(frozen=True)
class Completed:
    """A standard role that lacks grants of the role table: which, whether people have edited it, and whether it has them now."""

    name: str
    lacks: Sequence[str]
    is_edited: bool
    is_done: bool


def complete_roles(*, by: Actor, also: Collection[str] = (), dry: bool = False) -> list[Completed]:
    """Give the standard roles that nobody has edited the grants that they lack, and those edited ones that `also` names.

    Takes no grant away. Answers each role that lacked something, in the order of the table; done again, it finds only edited ones.
    """
    found = []
    for name, standard in ROLES.items():
        if name == SUPER_ADMIN:  # gives everything, whatever its row says
            continue
        with retrying_locks(), transaction.atomic():
            key = Role.objects.filter(name=name).values_list("pk", flat=True).first()
            if key is None:
                continue
            role = lock(Role, key)
            lacks = sorted(standard.grants - set(role.grants))
            if not lacks:
                continue
            is_edited = _is_edited(role)
            is_done = not dry and (not is_edited or name in also)
            if is_done:
                operations.update(role, {"grants": sorted({*role.grants, *lacks})}, by=by, reason=WHY)
            found.append(Completed(name, lacks, is_edited, is_done))
    return found


def _is_edited(role: Role) -> bool:
    """Has a person ever changed it? What the platform did itself is no edit."""
    told = Audit.objects.filter(model=Role._meta.label_lower, object_id=role.pk, actor_id__isnull=False)
    return told.exists()
