"""Reads of money: how something stands that was or is being paid for, and what nobody has finished."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from core import context
from core.money import Money
from marketplace.payments import states
from marketplace.payments.models import Chargeback, Payment, Refund, WebhookDelivery

STUCK_AFTER = timedelta(minutes=5)
SOON = timedelta(minutes=1)
#: How long the gateway is not asked again about what has been open for no longer than this: ever more seldom.
RHYTHM = ((timedelta(hours=1), timedelta(0)), (timedelta(days=1), timedelta(minutes=15)), (None, timedelta(hours=6)))
FORGOTTEN_AFTER = timedelta(days=1)  # a payer who was asked to confirm may take long, but not so long


@dataclass(frozen=True)
class Standing:
    """What came for a subject, what went back, and what is to go back; None where nothing was ever started for it.

    `live` is the payment that counts: the one that is under way or has come.
    """

    captured: Money | None = None
    refunded: Money | None = None
    refund_pending: Money | None = None
    live: Payment | None = None


def standing(subject: str) -> Standing:
    """How a subject stands. Payments that are extra (their money goes back whatever happens) do not count."""
    live = Payment.objects.filter(subject=subject, is_extra=False).exclude(status="failed").first()
    if live is None:
        return Standing()
    return Standing(captured=live.captured, refunded=live.refunded, refund_pending=live.pending, live=live)


def stuck_payments() -> Q:
    """Payments that should have ended: the gateway has been asked for minutes, and does not say."""
    now = context.now()
    asked = Q(status__in=("sending", "unknown"), status_since__lt=now - STUCK_AFTER)
    unwanted = Q(status__in=states.OPEN, called_off_at__lt=now - STUCK_AFTER)
    return asked | unwanted | Q(status="requires_action", status_since__lt=now - FORGOTTEN_AFTER)


def stuck_refunds() -> Q:
    """Refunds that should have ended: the gateway has been asked for minutes, and does not say."""
    return Q(status__in=states.PENDING, status_since__lt=context.now() - STUCK_AFTER)


def open_payments(*, quiet_for: timedelta) -> QuerySet[Payment]:
    """Payments that only the gateway can end, that nobody touched for so long, and that it is time to ask about again."""
    return _rested(Payment.objects.filter(status__in=states.OPEN), quiet_for)


def open_refunds(*, quiet_for: timedelta) -> QuerySet[Refund]:
    """Refunds that have not ended, that nobody touched for so long, and that it is time to ask about again."""
    return _rested(Refund.objects.filter(status__in=states.PENDING), quiet_for)


def _rested[M: (Payment, Refund)](rows: QuerySet[M], quiet_for: timedelta) -> QuerySet[M]:
    now = context.now()
    due = Q(asked_at=None)
    for age, pause in RHYTHM:
        young = Q(status_since__gt=now - age) if age else Q()
        due |= young & Q(asked_at__lte=now - pause)
    rested = rows.filter(due, status_since__lte=now - quiet_for)
    return rested.order_by(F("asked_at").asc(nulls_first=True), "pk")


def forgotten() -> QuerySet[Payment]:
    """Payments that were started long ago and never sent to anybody."""
    return Payment.objects.filter(status="started", status_since__lt=context.now() - FORGOTTEN_AFTER).order_by("pk")


def extra() -> QuerySet[Payment]:
    """Payments whose money is to go back as a whole, and of which some has not been asked back.

    One whose refund failed is left to people: asked by a clock, the gateway would refuse it each minute for ever.
    """
    refused = Refund.objects.filter(payment=OuterRef("pk"), status__in=states.LEFT)
    return Payment.objects.filter(~Exists(refused), is_extra=True, held_minor__lt=F("captured_minor")).order_by("pk")


def unheard(*, at_once: int) -> list[int]:
    """Keys of webhooks that wait and are due for another try: soon at first, then ever more seldom."""
    now = context.now()
    waiting = WebhookDelivery.objects.filter(status="waiting").annotate(tried_at=Max("attempts__at"))
    rows = waiting.order_by("received_at").values_list("pk", "received_at", "tried_at").iterator()
    due = (pk for pk, came, tried in rows if now - (tried or came) >= max(SOON, (now - came) // 4))
    return list(islice(due, at_once))


def told_of(delivery: WebhookDelivery) -> Payment | Refund | None:
    """The payment or refund that a webhook is about, by the key that we once sent, or by the gateway's id where it says no
    key; None where there is none yet."""
    payments = Payment.objects.filter(gateway=delivery.gateway)
    refunds = Refund.objects.filter(payment__gateway=delivery.gateway).select_related("payment")
    named = {"key": delivery.key} if delivery.key else {"gateway_id": delivery.gateway_id}
    if not any(named.values()):
        return None
    return payments.filter(**named).first() or refunds.filter(**named).first()


#: How a chargeback stands with us, by the clock of the database: what can be answered, and why another one cannot.
ANSWERING = {
    "to_answer": Q(status="open", evidence="", sent_at=None, due_at__gt=Now()),
    "unsent": Q(status="open", sent_at=None) & ~Q(evidence="") & (Q(due_at=None) | Q(due_at__gt=Now())),
    "answered": Q(status="open") & ~Q(sent_at=None),
    "too_late": Q(status="open", sent_at=None, due_at__lte=Now()),
    "not_taken": Q(status="open", evidence="", sent_at=None, due_at=None),
    "decided": ~Q(status="open"),
}
#: Nobody has said anything, or the gateway does not have what was said.
UNANSWERED = ("to_answer", "unsent")


def unanswered() -> Q:
    """Chargebacks that are to be answered while the gateway listens."""
    return ANSWERING["to_answer"] | ANSWERING["unsent"]


def answering(row: Chargeback) -> str:
    """The same word of one chargeback."""
    if row.status != "open":
        return "decided"
    if row.sent_at is not None:
        return "answered"
    if row.due_at is not None and row.due_at <= context.now():
        return "too_late"
    if row.evidence:
        return "unsent"
    return "not_taken" if row.due_at is None else "to_answer"


def chargebacks_of(subject: str) -> QuerySet[Chargeback]:
    """The disputes over what was paid for a subject, newest first."""
    return Chargeback.objects.filter(payment__subject=subject).order_by("-opened_at", "-pk")
