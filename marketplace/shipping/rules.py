"""Who sees and edits shipping: members their own vendor's, and what the market offers to all; operations everybody's."""

from django.db.models import Q

from core.rules import Actor, Policy, Rows, either, granted


def own(actor: Actor) -> Q:
    """Those of vendors whose profile one may change."""
    return Q(vendor__in=actor.tenants_where("edit_vendor"))


def own_team(actor: Actor) -> Q:
    """Those of vendors one is a member of."""
    return Q(vendor__in=actor.tenants_where())


def own_or_the_markets(actor: Actor) -> Q:
    """Those of vendors one is a member of, and the market's own."""
    return Q(vendor__in=actor.tenants_where()) | Q(vendor=None)


def of_own_method(actor: Actor) -> Q:
    """What belongs to a method of vendors whose profile one may change."""
    return Q(method__vendor__in=actor.tenants_where("edit_vendor"))


def of_team_method(actor: Actor) -> Q:
    """What belongs to a method of vendors one is a member of."""
    return Q(method__vendor__in=actor.tenants_where())


EDITS = granted("edit_shipping")
SEES = either(EDITS, granted("view_orders"))
STAFF = Rows(view=SEES, create=EDITS, change=EDITS, delete=EDITS)

ZONE = Policy(vendor=Rows(view=own_or_the_markets, create=own, change=own, delete=own), operations=STAFF)
METHOD = Policy(vendor=Rows(view=own_team, create=own, change=own, delete=own), operations=STAFF)
PRICE_STEP = Policy(
    vendor=Rows(view=of_team_method, create=of_own_method, change=of_own_method, delete=of_own_method), operations=STAFF
)
