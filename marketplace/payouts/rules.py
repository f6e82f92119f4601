"""Who sees payouts, who says where to pay, and who prepares, approves and settles them."""

from django.db.models import Q

from core.rules import Actor, Policy, Rows, granted

SEES = granted("view_money")
PAYS = granted("pay_out")


def own(actor: Actor) -> Q:
    """Of vendors whose money one may see."""
    return Q(vendor__in=actor.tenants_where("view_money"))


def owned(actor: Actor) -> Q:
    """Of vendors that one owns: where their money goes is the owners' to say."""
    return Q(vendor__in=actor.tenants_where("own"))


PAYOUT_ACCOUNT = Policy(
    vendor=Rows(view=own, create=owned, verbs={"retire": owned}),
    operations=Rows(view=SEES, verbs=dict.fromkeys(("verify", "reject", "retire"), PAYS)),
)
BATCH = Policy(operations=Rows(view=SEES, verbs=dict.fromkeys(("approve", "cancel"), PAYS)))
PAYOUT = Policy(
    vendor=Rows(view=own),
    operations=Rows(view=SEES, verbs=dict.fromkeys(("mark_paid", "mark_failed", "mark_returned", "reconcile"), PAYS)),
)
