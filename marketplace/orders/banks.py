"""What a buyer's bank says of an order, brought into its cases: as it was told last, whichever event is heard when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.actions import charging_back
from marketplace.orders.models import Dispute, Order
from marketplace.payments.models import Chargeback

BANK = Actor.system("the buyer's bank")


@dataclass(frozen=True)
class Word:
    """How a dispute stands at the bank. `outcome` is "won" or "lost", and empty before."""

    gateway_dispute_id: str
    amount_minor: int
    reason: str
    due_at: datetime | None
    outcome: str

    @classmethod
    def of(cls, row: Chargeback) -> "Word":
        outcome = "" if row.status == "open" else row.status
        return cls(row.gateway_id, row.amount.amount, row.reason, row.due_at, outcome)


def follow(reference: str, word: Word) -> None:
    """Let cases have what the bank gives back, open those of an order that this dispute needs, tell them what the bank says, decide
    them as it has, and count what no case has. The same word a second time changes nothing.
    """
    orders = list(Order.objects.filter(reference=reference).values_list("pk", flat=True))
    if word.outcome != "lost":
        taken = Dispute.objects.filter(
            gateway_dispute_id=word.gateway_dispute_id, vendor_order__order__in=orders, state="lost"
        )
        for key in list(taken.order_by("pk").values_list("pk", flat=True)):
            charging_back.recover(key, by=BANK)
    for order in orders:
        charging_back.charge_back(
            order, by=BANK, gateway_dispute_id=word.gateway_dispute_id, amount_minor=word.amount_minor, reason=word.reason,
            due_at=word.due_at,
        )  # fmt: skip
    cases = Dispute.objects.filter(
        gateway_dispute_id=word.gateway_dispute_id, vendor_order__order__in=orders, state__in=states.DISPUTED
    )
    _tell(list(cases.order_by("pk")), word)
    if word.outcome:
        for key in list(cases.order_by("pk").values_list("pk", flat=True)):
            charging_back.decide(key, by=BANK, is_won=word.outcome == "won")
    for order in orders:
        charging_back.bear_rest(order, by=BANK, gateway_dispute_id=word.gateway_dispute_id)


def _tell(cases: Sequence[Dispute], word: Word) -> None:
    for case, part in zip(cases, charging_back.parts_of(cases, word.amount_minor), strict=True):
        charging_back.follow(
            case.pk,
            by=BANK,
            amount_minor=part,
            disputed_minor=word.amount_minor,
            reason=word.reason,
            due_at=word.due_at,
        )


def unfollowed() -> QuerySet[Chargeback]:
    """Disputes over orders that banks have decided for their clients, and of which nobody has said what the market bears; and those
    of which cases say that the bank has money that it has given back."""
    ours = Exists(Order.objects.filter(reference=OuterRef("payment__subject")))
    taken = Dispute.objects.filter(
        vendor_order__order__reference=OuterRef("payment__subject"),
        gateway_dispute_id=OuterRef("gateway_id"),
        state="lost",
    )
    uncounted, given_back = Q(status="lost", borne_minor=None), ~Q(status="lost") & Exists(taken)
    return Chargeback.objects.filter(ours, uncounted | given_back).select_related("payment").order_by("pk")
