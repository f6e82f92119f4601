"""Who sees the books, and who says what the market takes: finance everything, each vendor its own accounts."""

from django.db.models import Q

from core.rules import Actor, Policy, Rows, granted

SEES = granted("view_money")
SETS = granted("set_fees")


def own_account(actor: Actor) -> Q:
    """The accounts of vendors whose money one may see."""
    return Q(vendor__in=actor.tenants_where("view_money"))


def own_posting(actor: Actor) -> Q:
    """What was posted to those."""
    return Q(account__vendor__in=actor.tenants_where("view_money"))


def own_line(actor: Actor) -> Q:
    """What was taken from lines of those vendors."""
    return Q(line__vendor_order__vendor__in=actor.tenants_where("view_money"))


def own_split(actor: Actor) -> Q:
    """How sales of those vendors were split."""
    return Q(share__vendor__in=actor.tenants_where("view_money"))


def own_terms(actor: Actor) -> Q:
    """On what terms those vendors are paid."""
    return Q(vendor__in=actor.tenants_where("view_money"))


def owned(actor: Actor) -> Q:
    """Those of vendors that one owns: what becomes of their money is the owners' to say."""
    return Q(vendor__in=actor.tenants_where("own"))


ACCOUNT = Policy(vendor=Rows(view=own_account), operations=Rows(view=SEES))
JOURNAL = Policy(operations=Rows(view=SEES))
POSTING = Policy(vendor=Rows(view=own_posting), operations=Rows(view=SEES))
LINE_SPLIT = Policy(vendor=Rows(view=own_split), operations=Rows(view=SEES))
LINE_COMMISSION = Policy(vendor=Rows(view=own_line), operations=Rows(view=SEES))
COMMISSION_RULE = Policy(operations=Rows(view=SEES, create=SETS, change=SETS, delete=SETS))
TERMS = Policy(vendor=Rows(view=own_terms), operations=Rows(view=SEES, create=SETS, change=SETS))
WALLET = Policy(
    vendor=Rows(view=own_account, create=owned, verbs={"top_up": owned}),
    operations=Rows(view=SEES, verbs={"give_back": granted("pay_out")}),
)
