"""The journals of sales: what was sold, and what was taken back of it. Figures of the market and of vendors are sums of these."""

from django.db.models import QuerySet

from core.rules import Actor, policy_of
from marketplace.ledger.kinds import JournalKind
from marketplace.ledger.models import Journal, LineSplit

KINDS = (JournalKind.SALE, JournalKind.REVERSAL)


def sees_sales(actor: Actor) -> bool:
    """May the actor read what sales bring? Whoever may see how sales are split: of staff and of members those who see money."""
    return policy_of(LineSplit).may_ever(actor, "view")


def journals_of_sales(actor: Actor) -> QuerySet[Journal]:
    """What was sold and taken back of the shares whose splits the actor may see, to be summed: a vendor's members see no journal
    itself, as it names accounts of the market."""
    # The rule is said of the share, which journals of sales name as their splits do.
    return Journal.objects.filter(policy_of(LineSplit).q(actor), kind__in=KINDS).order_by()
