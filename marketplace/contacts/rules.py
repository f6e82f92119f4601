"""Who sees contact clicks."""

from django.db.models import Q

from core.rules import Actor, Policy, Rows, granted


def own_contacts(actor: Actor) -> Q:
    """Clicks on the listings of vendors whose contacts the actor may see."""
    return Q(vendor__in=actor.tenants_where("view_contacts"))


CLICK = Policy(vendor=Rows(view=own_contacts), operations=Rows(view=granted("view_contacts")))
