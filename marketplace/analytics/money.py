"""A vendor's money on its first screen: what it has, what is on its way, and the way to its statements."""

from typing import Any

from core.admin.landing import Panel, changelist_url
from core.audiences import VENDOR
from core.rules import Actor, scope
from marketplace.ledger import queries
from marketplace.ledger.models import Account
from marketplace.payouts.models import Payout
from marketplace.vendors.models import Vendor

LATEST = 3


def sees_own(actor: Actor) -> bool:
    """Is it somebody of a vendor who may see its money?"""
    return actor.audience is VENDOR and bool(actor.tenants_where("view_money"))


def own_money(actor: Actor) -> dict[str, Any]:
    """What the actor's vendors have, by currency, and their latest payouts."""
    keys = actor.tenants_where("view_money")
    names = dict(Vendor.objects.filter(pk__in=keys).values_list("pk", "name"))
    found = sorted(queries.standings(keys).items())
    payouts = scope(actor, Payout).order_by("-prepared_at", "-pk")[:LATEST]
    accounts = changelist_url(Account)
    return {
        "standings": [(names[vendor], stands) for (vendor, _currency), stands in found],
        "several": len(names) > 1,
        "payouts": [(each, f"{changelist_url(Payout)}{each.pk}/change/") for each in payouts],
        "balances": f"{accounts}balances/",
        "statement": f"{accounts}statement/",
    }


OWN = Panel("Your money", "analytics/money.html", own_money, aside=True, shown=sees_own)
