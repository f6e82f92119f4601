"""What always holds of money: each sum is explained by facts, and no more goes back than came."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.idempotency import DEAD_AFTER
from core.invariants import WARNING, invariant
from core.models import IdempotencyKey
from marketplace.payments import queries, states
from marketplace.payments.models import MoneyMove, Payment, Refund, StatementDifference, WebhookAttempt, WebhookDelivery

Kind = MoneyMove.Kind


def of_payment(rows: QuerySet) -> Coalesce:
    """The sum of the amounts of the rows that belong to the outer payment; 0 without any."""
    summed = rows.filter(payment=OuterRef("pk")).order_by().values("payment").annotate(sum=Sum("amount_minor"))
    return Coalesce(Subquery(summed.values("sum"), output_field=IntegerField()), Value(0))


@invariant("I-P1", owner="payments")
def sums_that_nothing_explains() -> Iterator[str]:
    """What came and went back of a payment is the sum of its movements, in its own currency; no more went back than came."""
    moves = MoneyMove.objects.all()
    payments = Payment.objects.annotate(
        came=of_payment(moves.filter(kind=Kind.CAPTURED)), gone=of_payment(moves.filter(kind=Kind.REFUNDED))
    )
    odd = payments.exclude(came=F("captured_minor"), gone=F("refunded_minor"))
    over = Payment.objects.filter(Q(captured_minor__gt=F("amount_minor")) | Q(refunded_minor__gt=F("captured_minor")))
    yield from (
        f"payment {pk}" for pk in odd.union(over.annotate(came=Value(0), gone=Value(0))).values_list("pk", flat=True)
    )
    foreign = MoneyMove.objects.exclude(amount_currency=F("payment__amount_currency"))
    yield from (f"movement {pk}" for pk in foreign.order_by("pk").values_list("pk", flat=True))


@invariant("I-P2", owner="payments")
def promised_beyond_what_came() -> QuerySet:
    """What is set aside of a payment is the sum of its refunds that were promised or given, and no more than came."""
    promised = of_payment(Refund.objects.filter(status__in=states.HELD))
    payments = Payment.objects.annotate(promised=promised)
    odd = payments.filter(~Q(promised=F("held_minor")) | Q(promised__gt=F("captured_minor")))
    return odd.order_by("pk").values_list("pk", flat=True)


@invariant("I-P3", owner="payments")
def gateway_ids_that_are_not_one() -> Iterator[str]:
    """What a gateway calls something is the name of one thing; an event that was applied has one try that did it."""
    named: tuple[tuple[str, QuerySet, tuple[str, str]], ...] = (
        ("payment", Payment.objects.all(), ("gateway", "gateway_id")),
        ("refund", Refund.objects.all(), ("payment__gateway", "gateway_id")),
        ("webhook", WebhookDelivery.objects.all(), ("gateway", "event_id")),
    )
    for what, rows, names in named:
        known = rows.exclude(**{names[1]: ""}).order_by().values(*names).annotate(n=Count("pk")).filter(n__gt=1)
        yield from (f"{what} {each[names[1]]}" for each in known)
    done = WebhookAttempt.objects.filter(delivery=OuterRef("pk"), outcome=WebhookAttempt.Outcome.APPLIED)
    undone = WebhookDelivery.objects.filter(~Exists(done), status="applied")
    yield from (f"webhook {pk}" for pk in undone.order_by("pk").values_list("pk", flat=True))


@invariant("I-P4", owner="payments", severity=WARNING)
def keys_without_an_answer() -> QuerySet:
    """No keyed request has been without an answer for longer than requests live: it died, and its repeat would go on with it."""
    late = timezone.now() - DEAD_AFTER
    return IdempotencyKey.objects.filter(status=None, created_at__lt=late).order_by("pk").values_list("pk", flat=True)


@invariant("I-P5", owner="payments")
def statements_that_differ() -> QuerySet:
    """For no longer than a day a gateway's statement and our books tell a movement of money differently, unless a person explained it."""
    late = timezone.now() - timedelta(days=1)
    waiting = StatementDifference.objects.filter(status="open", found_at__lt=late)
    return waiting.order_by("pk").values_list("gateway_id", flat=True)


@invariant("I-P6", owner="payments")
def refunds_of_something_else() -> Iterator[str]:
    """A refund has a reason, somebody who asked, the currency of its payment, and as many movements as it succeeded: one or none."""
    moves = MoneyMove.objects.filter(
        refund=OuterRef("pk"), payment=OuterRef("payment"), amount_minor=OuterRef("amount_minor")
    )
    odd = (
        Q(reason="") | Q(asked_by_name="") | ~Q(amount_currency=F("payment__amount_currency"))
        | Q(~Exists(moves), status="succeeded") | ~Q(status="succeeded") & Q(Exists(moves))
    )  # fmt: skip
    yield from (f"refund {pk}" for pk in Refund.objects.filter(odd).order_by("pk").values_list("pk", flat=True))
    stray = MoneyMove.objects.filter(refund__isnull=False).exclude(refund__payment=F("payment"))
    stray |= MoneyMove.objects.filter(refund=None).exclude(gateway_id=F("payment__gateway_id"))
    yield from (f"movement {pk}" for pk in stray.order_by("pk").values_list("pk", flat=True))


@invariant("I-P7", owner="payments", severity=WARNING)
def stuck() -> Iterator[str]:
    """No payment and no refund waits for the word of its gateway longer than it may."""
    for rows in (Payment.objects.filter(queries.stuck_payments()), Refund.objects.filter(queries.stuck_refunds())):
        yield from rows.order_by("pk").values_list("reference", flat=True)
