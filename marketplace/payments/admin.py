"""What needs a pair of eyes among payments: a line of its own for what is stuck."""

from django.db.models import QuerySet

from core.admin.sidebar import Place, add_place
from core.rules import Actor, policy_of, scope
from marketplace.payments.models import Payment


def stuck(actor: Actor) -> QuerySet[Payment]:
    """Payments of which the gateway should have told long ago."""
    return scope(actor, Payment).filter(is_stuck=True)


add_place(
    Place(
        group="Money",
        title="Stuck payments",
        link="/admin/payments/payment/?is_stuck=true",
        icon="running_with_errors",
        shown=lambda actor: policy_of(Payment).may_ever(actor, "view"),
        open_work=stuck,
        rank=60,
    )
)
