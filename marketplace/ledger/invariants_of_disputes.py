"""What always holds of disputed money: no more is disputed than there is, what is disputed is held, and what is decided is not."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, Sum
from django.utils import timezone

from core.invariants import invariant
from marketplace.ledger import queries, waiting
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Journal, Posting
from marketplace.orders import states
from marketplace.orders.models import Dispute, DisputeEntry, Order
from marketplace.payments.models import Chargeback, Refund
from marketplace.payments.states import PENDING


@invariant("I-Y4", owner="ledger")
def disputes_that_the_books_do_not_know() -> Iterator[str]:
    """No more is disputed than there is; what is disputed is held, and what was decided is let go.

    No more than the share cost; of what a bank took, the market bears at least what is more than came. What has been disputed for
    half an hour is held, all of it or all that its vendor has of the share; of what was decided half an hour ago, and has gone back
    by now, nothing is. What a bank has taken for half an hour is in the books, all of it; what it has given back is theirs no more.
    """
    over = Dispute.objects.exclude(
        amount_minor__lte=F("vendor_order__total_minor"), amount_currency=F("vendor_order__total_currency")
    )
    yield from (f"dispute {pk}" for pk in over.order_by("pk").values_list("pk", flat=True))
    # A bank may want more than came, but no vendor loses that.
    beyond = Chargeback.objects.filter(
        ~Q(amount_currency=F("payment__amount_currency"))
        | Q(borne_minor__lt=F("amount_minor") - F("payment__captured_minor"))
    )
    yield from (f"chargeback {pk}" for pk in beyond.order_by("pk").values_list("pk", flat=True))
    late = timezone.now() - waiting.DISPUTES_LATE
    yield from _not_whole(late)
    yield from _not_held(late)
    for ended in (waiting.to_charge_back(), waiting.to_let_go().exclude(_moved_since(late))):
        yield from (f"{case} is not let go" for case in ended.filter(state_since__lt=late))


def _not_whole(late: datetime) -> Iterator[str]:
    """What banks have taken, or given back, half an hour ago, and the books do not have, or not all of it. It waits for refunds to
    end."""
    busy = Refund.objects.filter(Q(status__in=PENDING) | Q(status_since__gte=late), payment=OuterRef("payment"))
    posted = Dispute.objects.filter(
        waiting.posted(JournalKind.CHARGEBACK, waiting.DISPUTE),
        vendor_order__order__reference=OuterRef("payment__subject"),
        gateway_dispute_id=OuterRef("gateway_id"),
    )
    once_taken = Exists(posted) | Exists(Journal.objects.filter(waiting.of_chargeback()))
    rows = Chargeback.objects.filter(
        Q(status="lost") | once_taken,
        ~Exists(busy),
        Exists(Order.objects.filter(reference=OuterRef("payment__subject"))),
        status_since__lt=late,
    )
    for row in rows.select_related("payment").order_by("pk").iterator(500):
        taken, has = _taken_by_books(row), row.amount.amount if row.status == "lost" else 0
        if taken != has and has:
            yield f"chargeback {row.pk}: the bank took {row.amount}, the books have {taken}"
        elif taken != has:
            yield f"chargeback {row.pk}: the bank has given it back, the books have {taken} taken"


def _taken_by_books(row: Chargeback) -> int:
    """What the books say that a bank has of a dispute: by its cases, and beside them."""
    cases = Dispute.objects.filter(
        vendor_order__order__reference=row.payment.subject, gateway_dispute_id=row.gateway_id
    ).values("reference")
    of_cases = Q(cause_reference__in=cases) | Q(
        reverses__kind=JournalKind.CHARGEBACK, reverses__cause_reference__in=cases
    )
    beside = Q(cause_reference=row.key) | Q(cause_reference__startswith=f"{row.pk}/")
    journals = Journal.objects.filter(
        Q(of_cases, cause_model=waiting.DISPUTE) | Q(beside, cause_model=waiting.CHARGEBACK),
        kind=JournalKind.CHARGEBACK,
    )
    postings = Posting.objects.filter(
        journal__in=journals.values("pk"), account__kind=AccountKind.GATEWAY, account__part=row.gateway
    )
    return -(postings.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


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
