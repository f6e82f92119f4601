"""Who sees and works orders: the buyer the whole, each vendor its own share, operations everything."""

from django.db.models import Q

from core.rules import NO_ROWS, Actor, Policy, Rows, granted


def bought(actor: Actor) -> Q:
    """One's own orders."""
    return Q(customer=actor.user_id) if actor.is_signed_in else NO_ROWS


def own_share(actor: Actor) -> Q:
    """The shares of vendors whose orders one works."""
    return Q(vendor__in=actor.tenants_where("work_orders"))


def in_own_share(actor: Actor) -> Q:
    """What belongs to the shares of vendors whose orders one works."""
    return Q(vendor_order__vendor__in=actor.tenants_where("work_orders"))


SEES = granted("view_orders")
MANAGES = granted("manage_orders")

ORDER = Policy(
    storefront=Rows(view=bought, verbs={"cancel": bought}),
    operations=Rows(view=SEES, verbs={"cancel": MANAGES, "refund": granted("refund")}),
)
VENDOR_ORDER = Policy(
    vendor=Rows(view=own_share, verbs=dict.fromkeys(("accept", "ship", "deliver", "cancel"), own_share)),
    operations=Rows(view=SEES, verbs=dict.fromkeys(("accept", "ship", "deliver", "cancel"), MANAGES)),
)
ORDER_LINE = Policy(vendor=Rows(view=in_own_share), operations=Rows(view=SEES))
SHIPMENT = Policy(vendor=Rows(view=in_own_share), operations=Rows(view=SEES))
