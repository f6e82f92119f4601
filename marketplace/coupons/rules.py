"""Who sees and makes coupons: each vendor its own, operations all. Buyers know a code or they do not."""

from django.db.models import Q

from core.rules import Actor, Policy, Rows, granted


def of_own_team(actor: Actor) -> Q:
    """Coupons of every vendor in which the actor is a member."""
    return Q(vendor__in=actor.tenants_where())


def own(actor: Actor) -> Q:
    """Coupons of vendors whose prices the actor may change, that these vendors bear."""
    return Q(vendor__in=actor.tenants_where("edit_listings"), borne_by="vendor")


def of_team_coupon(actor: Actor) -> Q:
    """What belongs to the coupons of every vendor in which the actor is a member."""
    return Q(coupon__vendor__in=actor.tenants_where())


def of_own_coupon(actor: Actor) -> Q:
    """What belongs to coupons that the actor may change."""
    return Q(coupon__vendor__in=actor.tenants_where("edit_listings"), coupon__borne_by="vendor")


SEES = granted("view_orders")
EDITS = granted("edit_coupons")

COUPON = Policy(
    vendor=Rows(view=of_own_team, create=own, change=own, delete=own),
    operations=Rows(view=SEES, create=EDITS, change=EDITS, delete=EDITS),
)
COUPON_LISTING = Policy(
    vendor=Rows(view=of_team_coupon, create=of_own_coupon, delete=of_own_coupon),
    operations=Rows(view=SEES, create=EDITS, delete=EDITS),
)
REDEMPTION = Policy(vendor=Rows(view=of_team_coupon), operations=Rows(view=SEES))
