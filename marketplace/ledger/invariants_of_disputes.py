"""What always holds of disputed money: no more is disputed than there is, what is disputed is held, and what is decided is not."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, Sum
from django.utils import timezone

from core.invariants import invariant
from marketplace.ledger import queries, waiting
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Posting
from marketplace.orders import states
from marketplace.orders.models import Dispute, DisputeEntry, Order
from marketplace.payments.models import Chargeback, Refund
from marketplace.payments.states import PENDING


@invariant("I-Y4", owner="ledger")
def disputes_that_the_books_do_not_know() -> Iterator[str]:
    """No more is disputed than there is; what is disputed is held, and what was decided is let go.

    No more than the share cost, nor at a bank than came. What has been disputed for half an hour is held, all of it or all that its
    vendor has of the share; of what was decided half an hour ago, and has gone back by now, nothing is. What a bank has taken for
    half an hour is in the books, all of it.
    """
    over = Dispute.objects.exclude(
        amount_minor__lte=F("vendor_order__total_minor"), amount_currency=F("vendor_order__total_currency")
    )
    yield from (f"dispute {pk}" for pk in over.order_by("pk").values_list("pk", flat=True))
    beyond = Chargeback.objects.exclude(
        amount_minor__lte=F("payment__captured_minor"), amount_currency=F("payment__amount_currency")
    )
    yield from (f"chargeback {pk}" for pk in beyond.order_by("pk").values_list("pk", flat=True))
    late = timezone.now() - waiting.DISPUTES_LATE
    yield from _not_whole(late)
    yield from _not_held(late)
    for ended in (waiting.to_charge_back(), waiting.to_let_go().exclude(_moved_since(late))):
        yield from (f"{case} is not let go" for case in ended.filter(state_since__lt=late))


def _not_whole(late: datetime) -> Iterator[str]:
    """What banks have taken half an hour ago, and the books do not have, or not all of it. It waits for refunds to end."""
    busy = Refund.objects.filter(Q(status__in=PENDING) | Q(status_since__gte=late), payment=OuterRef("payment"))
    rows = Chargeback.objects.filter(
        ~Exists(busy),
        Exists(Order.objects.filter(reference=OuterRef("payment__subject"))),
        status="lost",
        status_since__lt=late,
    )
    for row in rows.select_related("payment").order_by("pk").iterator(500):
        cases = Dispute.objects.filter(
            vendor_order__order__reference=row.payment.subject, gateway_dispute_id=row.gateway_id, state="lost"
        )
        known = Q(journal__cause_reference=row.key) | Q(journal__cause_reference__startswith=f"{row.pk}/")
        taken = Posting.objects.filter(
            Q(journal__cause_model=waiting.DISPUTE, journal__cause_reference__in=cases.values("reference"))
            | Q(known, journal__cause_model=waiting.CHARGEBACK),
            journal__kind=JournalKind.CHARGEBACK, account__kind=AccountKind.GATEWAY, account__part=row.gateway,
        ).aggregate(sum=Sum("amount_minor"))["sum"] or 0  # fmt: skip
        if -taken != row.amount.amount:
            yield f"chargeback {row.pk}: the bank took {row.amount}, the books have {-taken}"


def _moved_since(late: datetime) -> Exists:
    """Whether money of the order was still on its way back then: what is held waits for it, however long ago the case ended."""
    order = OuterRef("vendor_order__order__reference")
    return Exists(Refund.objects.filter(payment__subject=order, status_since__gte=late))


def _not_held(late: datetime) -> Iterator[str]:
    """Open cases of which too little, or too much, is held. What a bank says otherwise is followed within half an hour, too."""
    told = DisputeEntry.objects.filter(dispute=OuterRef("pk"), party="gateway", at__gte=late)
    cases = Dispute.objects.filter(~Exists(told), state__in=states.DISPUTED, opened_at__lt=late)
    for case in cases.select_related("vendor_order__order").order_by("pk").iterator(500):
        if queries.hold_step(case):
            yield f"{case} holds {queries.held_for(case.vendor_order, case.reference)}"
