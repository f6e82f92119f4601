"""Where gateway, orders and books differ, by name: each single payment, refund, journal or movement that is told differently."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from core.money import Money
from marketplace.analytics.spans import Span
from marketplace.finance.reconciliation import Gateway, at_gateways, gateways_of, up_to
from marketplace.ledger.kinds import JournalKind
from marketplace.ledger.models import Posting
from marketplace.ledger.queries import PAYMENT, REFUND
from marketplace.orders import states
from marketplace.orders.models import Order
from marketplace.payments.models import Payment, Refund, StatementDifference

#: An order that was placed longer before is not paid any more.
PLACED_BEFORE = timedelta(days=92)


@dataclass(frozen=True)
class Named:
    """One thing that two of the three tell differently: what each says, in a sentence, and the row that it is about."""

    fault: str
    sentence: str
    amount: Money
    at: datetime
    about: Any


@dataclass(frozen=True)
class Source:
    """One way to differ: its rows, newest first, and how each is told."""

    fault: str
    title: str
    rows: Callable[[Span, Sequence[Gateway]], QuerySet[Any]]
    tell: Callable[[Any], Named]
    names_gateway: bool = True


def count(span: Span, *, gateway: str = "") -> dict[str, int]:
    """How many of each fault there are in a span."""
    known = gateways_of(gateway)
    return {each.fault: each.rows(span, known).count() for each in SOURCES if each.names_gateway or not gateway}


def page(
    span: Span, *, gateway: str = "", after: tuple[int, int] | None = None, limit: int = 50
) -> tuple[list[Named], tuple[int, int] | None]:
    """So many of them, from a place on; with the place at which it goes on, None at the end."""
    known = gateways_of(gateway)
    found: list[Named] = []
    place, last = at = after or (0, 0)
    for number in range(place, len(SOURCES)):
        source = SOURCES[number]
        if gateway and not source.names_gateway:
            continue
        rows = source.rows(span, known).order_by("-pk")
        if last and number == place:
            rows = rows.filter(pk__lt=last)
        for row in rows[: limit - len(found) + 1]:
            if len(found) == limit:
                return found, at
            found.append(source.tell(row))
            at = (number, row.pk)
    return found, None


# --- Orders and books --------------------------------------------------------------------------------------------------------


def _booked(kind: str, model: str, gateway: str) -> Subquery:
    rows = at_gateways().filter(
        journal__kind=kind, journal__cause_model=model, journal__cause_reference=OuterRef("reference"),
        account__part=OuterRef(gateway), amount_currency=OuterRef("amount_currency"), at=OuterRef("status_since"),
    )  # fmt: skip
    return Subquery(rows.values("amount_minor")[:1])


def _paid(span: Span, known: Sequence[Gateway]) -> QuerySet[Payment]:
    return Payment.objects.filter(up_to(known, name="gateway", at="status_since", span=span), status="succeeded")


def _given_back(span: Span, known: Sequence[Gateway]) -> QuerySet[Refund]:
    at = up_to(known, name="payment__gateway", at="status_since", span=span)
    return Refund.objects.filter(at, status="succeeded").select_related("payment")


def payments_not_booked(span: Span, known: Sequence[Gateway]) -> QuerySet[Payment]:
    """Money that came, and that the books do not have, or not like this."""
    rows = _paid(span, known).annotate(booked=_booked(JournalKind.CAPTURE, PAYMENT, "gateway"))
    return rows.filter(Q(booked=None) | ~Q(booked=F("captured_minor")))


def refunds_not_booked(span: Span, known: Sequence[Gateway]) -> QuerySet[Refund]:
    """Money that went back, and that the books do not have, or not like this."""
    rows = _given_back(span, known).annotate(booked=_booked(JournalKind.REFUND, REFUND, "payment__gateway"))
    return rows.filter(Q(booked=None) | ~Q(booked=-F("amount_minor")))


def _posted(kind: str, model: str, known: Sequence[Gateway], span: Span) -> QuerySet[Posting]:
    at = up_to(known, name="account__part", at="at", span=span)
    return at_gateways().filter(at, journal__kind=kind, journal__cause_model=model).select_related("journal", "account")


def captures_of_nothing(span: Span, known: Sequence[Gateway]) -> QuerySet[Posting]:
    """Money that came by the books alone."""
    paid = Payment.objects.filter(
        reference=OuterRef("journal__cause_reference"), gateway=OuterRef("account__part"), status="succeeded",
        status_since=OuterRef("at"),
    )  # fmt: skip
    return _posted(JournalKind.CAPTURE, PAYMENT, known, span).exclude(Exists(paid))


def refunds_of_nothing(span: Span, known: Sequence[Gateway]) -> QuerySet[Posting]:
    """Money that went back by the books alone."""
    back = Refund.objects.filter(
        reference=OuterRef("journal__cause_reference"), payment__gateway=OuterRef("account__part"), status="succeeded",
        status_since=OuterRef("at"),
    )  # fmt: skip
    return _posted(JournalKind.REFUND, REFUND, known, span).exclude(Exists(back))


# --- Orders and their payments -----------------------------------------------------------------------------------------------


def _with_order(rows: QuerySet[Any], subject: str) -> QuerySet[Any]:
    order = Order.objects.filter(reference=OuterRef(subject))
    return rows.annotate(
        order_state=Subquery(order.values("payment_state")[:1]),
        order_total=Subquery(order.values("total_minor")[:1]),
        order_back=Subquery(order.values("refunded_minor")[:1]),
    ).exclude(order_state=None)


def orders_that_differ(span: Span, known: Sequence[Gateway]) -> QuerySet[Payment]:
    """Payments of which their orders say something else: not paid, another sum, or that other money went back."""
    rows = _with_order(_paid(span, known).filter(is_extra=False), "subject")
    alike = Q(order_state__in=states.PAID, order_total=F("captured_minor"), order_back=F("refunded_minor"))
    return rows.exclude(alike)


def refunds_that_differ(span: Span, known: Sequence[Gateway]) -> QuerySet[Refund]:
    """Refunds of earlier payments of which their orders say that other money went back."""
    rows = _given_back(span, known).filter(payment__is_extra=False, payment__status_since__lt=span.begins)
    return _with_order(rows, "payment__subject").exclude(order_back=F("payment__refunded_minor"))


def orders_without_money(span: Span, known: Sequence[Gateway]) -> QuerySet[Order]:
    """Orders that say that they are paid, and no payment does. They name no gateway."""
    until = min((each.until for each in known), default=span.ends)
    paid = Payment.objects.filter(subject=OuterRef("reference"), status="succeeded")
    return Order.objects.filter(
        ~Exists(paid), payment_state__in=states.PAID, total_minor__gt=0,
        placed_at__gte=span.begins - PLACED_BEFORE, placed_at__lt=span.ends,
        paid_at__gte=span.begins, paid_at__lt=min(span.ends, until),
    )  # fmt: skip


# --- Statements --------------------------------------------------------------------------------------------------------------


def statement_differences(span: Span, known: Sequence[Gateway]) -> QuerySet[StatementDifference]:
    """Movements that a gateway's statement tells differently, and that nobody has explained."""
    rows = StatementDifference.objects.filter(status="open", gateway__in=[each.name for each in known])
    return span.within(rows, "moved_at")


def _money(minor: int, currency: str) -> str:
    return str(Money(minor, currency))


def _of_payment(row: Any) -> Named:
    has = "nothing of it on that day" if row.booked is None else _money(row.booked, row.amount.currency)
    said = f"{row.captured} came for {row.subject}; the books have {has}."
    return Named("payment_not_booked", said, row.captured, row.status_since, row)


def _of_refund(row: Any) -> Named:
    has = "nothing of it on that day" if row.booked is None else _money(-row.booked, row.amount.currency)
    said = f"{row.amount} went back for {row.payment.subject}; the books have {has}."
    return Named("refund_not_booked", said, row.amount, row.status_since, row)


def _of_capture(row: Posting) -> Named:
    said = (
        f"The books have it that {row.size} came by {row.journal.cause_reference}; no payment says so of that moment."
    )
    return Named("capture_of_nothing", said, row.size, row.at, row.journal)


def _of_refund_journal(row: Posting) -> Named:
    said = f"The books have it that {row.size} went back by {row.journal.cause_reference}; no refund says so of that moment."
    return Named("refund_of_nothing", said, row.size, row.at, row.journal)


def _of_order(row: Any) -> Named:
    currency = row.amount.currency
    if row.order_state not in states.PAID:
        said = f"{row.captured} came for {row.subject}; the order says that it is {row.order_state.replace('_', ' ')}."
    elif row.order_total != row.captured_minor:
        said = (
            f"{row.captured} came for {row.subject}; the order says that it costs {_money(row.order_total, currency)}."
        )
    else:
        said = f"{row.refunded} went back for {row.subject}; the order says {_money(row.order_back, currency)}."
    return Named("order_differs", said, row.captured, row.status_since, row)


def _of_earlier(row: Any) -> Named:
    order = _money(row.order_back, row.amount.currency)
    said = f"{row.payment.refunded} went back for {row.payment.subject} in all; the order says {order}."
    return Named("order_refund_differs", said, row.amount, row.status_since, row)


def _of_unpaid(row: Order) -> Named:
    assert row.paid_at is not None
    return Named(
        "order_without_payment", f"{row.reference} says that it is paid; no payment does.", row.total, row.paid_at, row
    )


def _of_statement(row: StatementDifference) -> Named:
    return Named("statement_differs", row.sentence, row.amount, row.moved_at, row)


SOURCES: Sequence[Source] = (
    Source("statement_differs", "The gateway says otherwise", statement_differences, _of_statement),
    Source("payment_not_booked", "Came and is not in the books", payments_not_booked, _of_payment),
    Source("refund_not_booked", "Went back and is not in the books", refunds_not_booked, _of_refund),
    Source("capture_of_nothing", "Came by the books alone", captures_of_nothing, _of_capture),
    Source("refund_of_nothing", "Went back by the books alone", refunds_of_nothing, _of_refund_journal),
    Source("order_differs", "The order says otherwise", orders_that_differ, _of_order),
    Source("order_refund_differs", "The order says that other money went back", refunds_that_differ, _of_earlier),
    Source("order_without_payment", "Paid by the order alone", orders_without_money, _of_unpaid, names_gateway=False),
)  # fmt: skip
FAULTS = tuple(each.fault for each in SOURCES)
