"""Gateways, orders and books side by side: alike where nothing is planted, and each planted difference is found and named."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.actions import action
from core.rules import Actor
from marketplace.analytics.spans import last_days
from marketplace.cast import Goods, Person
from marketplace.finance import differences, reconciliation
from marketplace.finance.tests.factories import AMOUNT, BACK, compared, moved
from marketplace.ledger import tasks as ledger
from marketplace.ledger.actions import Cause, Entry, post
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.tests.factories import booked, given_back
from marketplace.orders import actions as orders
from marketplace.orders.models import Order
from marketplace.payments import actions, flows, statements
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.models import MoneyMove, Payment, Refund, StatementDay, StatementDifference
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY

pytestmark = pytest.mark.django_db
FAULTS = dict.fromkeys(differences.FAULTS, 0)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has just moved is compared too: nobody waits for a quarter of an hour here."""
    monkeypatch.setattr(statements, "GRACE", -statements.SKEW)
    monkeypatch.setattr(reconciliation, "GRACE", -statements.SKEW)


def sums() -> dict[str, tuple[int, int, int | None]]:
    """Of today by kind: what orders, books and the statement say."""
    return {
        row.place.kind: (row.orders.amount, row.books.amount, row.statement.amount if row.statement else None)
        for row in reconciliation.compare(last_days(1)).rows
    }


def named() -> list[tuple[str, str]]:
    found, following = differences.page(last_days(1))
    assert following is None
    return [(each.fault, each.sentence) for each in found]


def counted() -> dict[str, int]:
    return {fault: number for fault, number in differences.count(last_days(1)).items() if number}


def off() -> dict[str, int]:
    return reconciliation.compare(last_days(1)).off


@action(label="Book by hand", audited=False)
def book_nothing(*, by: Actor, amount: int) -> object:
    """A journal of money that no payment tells of."""
    entries = (Entry(AccountKind.GATEWAY, amount, part="mock"), Entry(AccountKind.CLEARING, -amount))
    return post(JournalKind.CAPTURE, Cause("payments.payment", "PY-NOBODY"), entries, currency="KES", at=timezone.now())


def test_where_all_is_well_the_three_are_the_same_and_nothing_is_named(mock_gateway: GatewayProcess) -> None:
    moved()
    moved()
    compared()
    assert sums() == {
        "captured": (2 * AMOUNT, 2 * AMOUNT, 2 * AMOUNT),
        "refunded": (2 * BACK, 2 * BACK, 2 * BACK),
    }
    assert (off(), counted(), named()) == ({}, {}, [])


def test_what_only_the_gateway_has_differs_and_is_named(mock_gateway: GatewayProcess) -> None:
    moved()
    lost = flows.charge(factories.started(), source="tok_drop_reply", by=GATEWAY)
    compared()
    assert sums()["captured"] == (AMOUNT, AMOUNT, 2 * AMOUNT)
    assert off() == {"KES": AMOUNT}
    said = f"The gateway says that KES 1,500.00 came for {lost.subject}; nothing of it is written here."
    assert named() == [("statement_differs", said)]


def test_what_the_gateway_has_not_differs_and_is_named(mock_gateway: GatewayProcess) -> None:
    moved()
    ours = factories.paid()
    ledger.catch_up()
    compared()
    assert sums()["captured"] == (2 * AMOUNT, 2 * AMOUNT, AMOUNT)
    assert off() == {"KES": AMOUNT}
    said = f"We have it that KES 1,500.00 came for {ours.subject}; the gateway has nothing of it."
    assert named() == [("statement_differs", said)]


def test_what_the_books_lack_differs_and_is_named(mock_gateway: GatewayProcess) -> None:
    moved()
    payment = moved(booked=False)
    compared()
    assert sums() == {"captured": (2 * AMOUNT, AMOUNT, 2 * AMOUNT), "refunded": (2 * BACK, BACK, 2 * BACK)}
    assert off() == {"KES": AMOUNT + BACK}
    assert named() == [
        (
            "payment_not_booked",
            f"KES 1,500.00 came for {payment.subject}; the books have nothing of it on that day.",
        ),
        (
            "refund_not_booked",
            f"KES 500.00 went back for {payment.subject}; the books have nothing of it on that day.",
        ),
    ]


def test_what_the_books_alone_have_differs_and_is_named(mock_gateway: GatewayProcess) -> None:
    moved()
    book_nothing(by=GATEWAY, amount=700)
    compared()
    assert sums()["captured"] == (AMOUNT, AMOUNT + 700, AMOUNT)
    assert off() == {"KES": 700}
    said = "The books have it that KES 7.00 came by PY-NOBODY; no payment says so of that moment."
    assert named() == [("capture_of_nothing", said)]


def test_what_a_payment_says_otherwise_differs_from_both_and_is_named(mock_gateway: GatewayProcess) -> None:
    payment = moved()
    QuerySet(Payment).filter(pk=payment.pk).update(amount_minor=AMOUNT - 1, captured_minor=AMOUNT - 1)
    QuerySet(Refund).update(amount_minor=BACK + 1)
    compared()
    assert sums() == {"captured": (AMOUNT - 1, AMOUNT, AMOUNT), "refunded": (BACK + 1, BACK, BACK)}
    assert off() == {"KES": 2}
    assert [fault for fault, _said in named()] == ["payment_not_booked", "refund_not_booked"]
    assert named()[0][1] == f"KES 1,499.99 came for {payment.subject}; the books have KES 1,500.00."


def test_an_order_that_says_otherwise_is_named(customer: Person, goods: Goods) -> None:
    sold = [booked(customer.user, {goods.mug: 1}) for _each in range(4)]
    gone_back(sold[3])
    assert counted() == {}
    QuerySet(Order).filter(pk=sold[0].pk).update(total_minor=999_999)
    QuerySet(Order).filter(pk=sold[1].pk).update(payment_state="pending")
    QuerySet(Order).filter(pk=sold[3].pk).update(refunded_minor=0)
    assert counted() == {"order_differs": 3}
    said = [sentence for _fault, sentence in named()]
    assert said[2].endswith("the order says that it costs KES 9,999.99.")
    assert said[1].endswith("the order says that it is pending.")
    assert said[0] == f"KES 1.00 went back for {sold[3].reference}; the order says KES 0.00."
    assert (off(), sums()["captured"][0]) == ({}, sums()["captured"][1])


def test_a_refund_of_an_earlier_payment_that_its_order_does_not_know_is_named(customer: Person, goods: Goods) -> None:
    order = booked(customer.user, {goods.mug: 1})
    gone_back(order)
    long_ago = timezone.now() - timedelta(days=5)
    QuerySet(Payment).filter(subject=order.reference).update(status_since=long_ago)
    assert "order_refund_differs" not in counted()
    QuerySet(Order).filter(pk=order.pk).update(refunded_minor=40)
    assert counted()["order_refund_differs"] == 1
    assert (
        "order_refund_differs",
        f"KES 1.00 went back for {order.reference} in all; the order says KES 0.40.",
    ) in named()


def test_an_order_that_is_paid_by_nobody_is_named(customer: Person, goods: Goods) -> None:
    order = booked(customer.user, {goods.mug: 1})
    QuerySet(Payment).filter(subject=order.reference).update(subject="SK-SOMETHINGELSE")
    assert counted() == {"order_without_payment": 1}
    assert named() == [("order_without_payment", f"{order.reference} says that it is paid; no payment does.")]
    assert "order_without_payment" not in differences.count(last_days(1), gateway="mock")


def test_a_difference_that_a_person_explained_does_not_count_any_more(
    mock_gateway: GatewayProcess, finance: Person
) -> None:
    payment = moved()
    flows.charge(factories.started(), source="tok_drop_reply", by=GATEWAY)  # the gateway alone
    factories.paid()  # we alone
    ledger.catch_up()
    QuerySet(MoneyMove).filter(payment=payment, kind="refunded").update(amount_minor=BACK - 5)  # both, unlike
    compared()
    assert off() == {}  # what is missing and what is extra weigh each other up in a sum; by name they do not
    assert counted() == {"statement_differs": 3}
    for row in StatementDifference.objects.all():
        actions.explain(row.pk, by=finance.actor("operations"), reason="Taken over by hand.")
    compared()
    assert counted() == {}


def test_of_a_gateway_that_tells_nothing_only_orders_and_books_are_compared() -> None:
    factories.paid()
    ledger.catch_up()
    assert sums() == {"captured": (AMOUNT, AMOUNT, None)}
    (gateway,) = reconciliation.compare(last_days(1)).gateways
    assert (gateway.name, gateway.tells) == ("mock", False)
    assert off() == {}


def test_a_statement_that_was_not_compared_for_long_is_not_taken_for_todays(mock_gateway: GatewayProcess) -> None:
    moved()
    compared()
    moved()
    QuerySet(StatementDay).update(until=timezone.now() - timedelta(hours=4))
    assert sums()["captured"] == (2 * AMOUNT, 2 * AMOUNT, None)
    assert off() == {}


def test_days_before_and_after_a_span_do_not_count(mock_gateway: GatewayProcess) -> None:
    moved()
    compared()
    span = last_days(1)
    assert reconciliation.compare(span.before).rows == []
    assert differences.count(span.before) == FAULTS
    assert reconciliation.compare(span, gateway="stripe").rows == []


def test_pages_of_differences_hold_each_once() -> None:
    for _each in range(3):
        factories.given_back()  # neither is in the books
    whole, _end = differences.page(last_days(1))
    assert len(whole) == 6
    found: list[Any] = []
    after = None
    for _page in range(6):
        some, after = differences.page(last_days(1), after=after, limit=2)
        found += some
        if after is None:
            break
    assert [(each.fault, each.about.pk) for each in found] == [(each.fault, each.about.pk) for each in whole]


def gone_back(order: Order) -> None:
    """KES 1.00 of an order went back; the books know, and so does the order."""
    given_back(order, 100)
    orders.book_refund(order.pk, by=GATEWAY)


def many(count: int) -> None:
    """So many more payments of each kind, straight into the table."""
    base = factories.paid()
    rows = []
    for number in range(count):
        row = Payment.objects.get(pk=base.pk)
        row.pk, row.reference, row.key = None, f"PY-{base.pk}-{number}", f"KEY-{base.pk}-{number}"
        row.gateway_id, row.subject = f"pay-{base.pk}-{number}", f"SK-{base.pk}-{number}"
        row._state.adding = True
        rows.append(row)
    QuerySet(Payment).bulk_create(rows)


def test_a_hundred_rows_cost_as_many_queries_as_ten() -> None:
    def cost() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            reconciliation.compare(last_days(30))
            number = sum(differences.count(last_days(30)).values())
            differences.page(last_days(30), limit=5)
        return len(queries), number

    many(9)
    ten, first = cost()
    many(89)
    hundred, second = cost()
    assert (first, second) == (10, 100)
    assert hundred == ten
