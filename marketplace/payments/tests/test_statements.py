"""The gateway's statement against our books: what was planted is found, settles when both agree, and is finance's to explain."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from core import invariants
from core.models import OutboxEvent
from marketplace.cast import Person
from marketplace.payments import actions, breakers, flows, reactions, statements, tasks
from marketplace.payments.events import ReconcileAsked
from marketplace.payments.gateways import GatewayFault
from marketplace.payments.gateways.mock import connect
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.models import MoneyMove, Payment, StatementDay, StatementDifference
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY, kes

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has just moved is compared too: nobody waits for a quarter of an hour here."""
    monkeypatch.setattr(statements, "GRACE", -statements.SKEW)


def paid(mock_gateway: GatewayProcess) -> Payment:
    """Money that both know of; a part of it has gone back."""
    payment = flows.charge(factories.started(), source="tok_ok", by=GATEWAY)
    flows.send_refund(factories.refund(payment, amount=50_000), by=GATEWAY)
    payment.refresh_from_db()
    return payment


def plant(kind: str, **wrong: Any) -> None:
    """Write something wrong into our books, past everything that forbids it."""
    QuerySet(MoneyMove).filter(kind=kind).update(**wrong)


def told() -> list[tuple[str, str, int, str]]:
    rows = StatementDifference.objects.order_by("pk")
    return [(row.fault, row.kind, row.amount.amount, row.status) for row in rows]


def is_broken() -> bool:
    (found,) = [each for each in invariants.run() if each.invariant.name == "I-P5"]
    return not found.holds


def test_books_that_agree_leave_nothing_to_do(mock_gateway: GatewayProcess) -> None:
    for _each in range(3):
        paid(mock_gateway)
    assert (tasks.compare_statements(), told()) == (0, [])


def test_money_that_only_the_gateway_has_is_found_and_settles_once_it_is_booked(mock_gateway: GatewayProcess) -> None:
    paid(mock_gateway)
    lost = flows.charge(factories.started(), source="tok_drop_reply", by=GATEWAY)
    assert tasks.compare_statements() == 1
    assert told() == [("missing", "captured", 150_000, "open")]
    row = StatementDifference.objects.get()
    assert row.payment == lost
    assert row.sentence == (
        f"The gateway says that KES 1,500.00 came for {lost.subject}; nothing of it is written here."
    )
    assert tasks.compare_statements() == 1
    flows.reconcile(lost)
    assert tasks.compare_statements() == 0
    assert told() == [("missing", "captured", 150_000, "settled")]


def given_up(mock_gateway: GatewayProcess) -> Payment:
    """The charge reached the gateway only after we had given it up: the money is there, and nobody here knows."""
    payment = factories.sending()
    Payment.objects.filter(pk=payment.pk).update(status_since=timezone.now() - timedelta(minutes=4))
    tasks.reconcile_payments()
    connect().charge(key=payment.key, amount=payment.amount, source="tok_ok", subject=payment.subject)
    payment.refresh_from_db()
    assert payment.status == "failed"
    return payment


def test_money_that_came_for_a_payment_that_was_given_up_is_asked_about_and_the_difference_ends(
    mock_gateway: GatewayProcess,
) -> None:
    payment = given_up(mock_gateway)
    assert tasks.compare_statements() == 1
    (asked,) = OutboxEvent.objects.filter(name="payments.ReconcileAsked")
    assert asked.payload == {"payment_id": payment.pk, "refund_id": 0}
    reactions.ask(ReconcileAsked(**asked.payload))
    payment.refresh_from_db()
    assert (payment.status, payment.captured_minor, MoneyMove.objects.count()) == ("succeeded", 150_000, 1)
    assert tasks.compare_statements() == 0
    assert told() == [("missing", "captured", 150_000, "settled")]
    assert OutboxEvent.objects.filter(name="payments.ReconcileAsked").count() == 1


def test_only_missing_money_that_came_is_asked_about_and_not_what_a_person_explained(
    mock_gateway: GatewayProcess, finance: Person
) -> None:
    factories.paid()
    assert tasks.compare_statements() == 1
    assert not OutboxEvent.objects.filter(name="payments.ReconcileAsked").exists()
    given_up(mock_gateway)
    tasks.compare_statements()
    row = StatementDifference.objects.get(fault="missing")
    actions.explain(row.pk, by=finance.actor("operations"), reason="Taken over into the books by hand.")
    before = OutboxEvent.objects.count()
    tasks.compare_statements()
    assert OutboxEvent.objects.count() == before


def test_finance_has_the_gateway_asked_about_a_failed_payment(mock_gateway: GatewayProcess, finance: Person) -> None:
    payment = given_up(mock_gateway)
    page = finance.admin.get(f"/admin/payments/payment/{payment.pk}/change/").content.decode()
    assert f"/admin/payments/payment/{payment.pk}/verb/reconcile/" in page
    assert finance.api("operations").post(f"/payments/{payment.reference}/reconcile").status_code == 200
    (asked,) = OutboxEvent.objects.filter(name="payments.ReconcileAsked")
    reactions.ask(ReconcileAsked(**asked.payload))
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_a_failed_payment_that_its_gateway_still_waits_for_shows_its_payer_no_way_to_pay() -> None:
    payment = factories.declined()
    waiting = factories.said(payment, "requires_action", action_url="https://bank.example/confirm")
    payment = actions.record(payment.pk, by=GATEWAY, answer=waiting)
    assert (payment.status, payment.action_url) == ("failed", "")


def test_money_that_only_we_have_is_found(mock_gateway: GatewayProcess) -> None:
    paid(mock_gateway)
    planted = factories.paid()
    assert tasks.compare_statements() == 1
    row = StatementDifference.objects.get()
    assert (row.fault, row.gateway_id, row.payment) == ("extra", planted.gateway_id, planted)


@pytest.mark.parametrize("planted", [{"amount_minor": 49_999}, {"amount_currency": "USD"}])
def test_a_refund_of_another_amount_is_found(mock_gateway: GatewayProcess, planted: dict[str, Any]) -> None:
    payment = paid(mock_gateway)
    plant("refunded", **planted)
    assert tasks.compare_statements() == 1
    assert told() == [("differs", "refunded", 50_000, "open")]
    assert StatementDifference.objects.get().payment == payment


def test_what_we_heard_of_days_late_is_looked_for_where_the_gateway_has_it(
    mock_gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement is read from when the first of our movements was asked for, which may be long before we booked it."""
    payment, asked = paid(mock_gateway), timezone.now() - timedelta(days=20)
    Payment.objects.update(started_at=asked)
    read, since = type(connect()).statement, []
    monkeypatch.setattr(type(connect()), "statement", lambda port, **said: [since.append(said), read(port, **said)][1])
    assert (tasks.compare_statements(), told()) == (0, [])
    assert since == [{"since": asked - statements.SKEW}]
    assert payment.captured_minor == 150_000


def test_what_has_just_moved_is_not_judged_yet(mock_gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "GRACE", timedelta(minutes=15))
    flows.charge(factories.started(), source="tok_drop_reply", by=GATEWAY)
    factories.paid()
    assert (tasks.compare_statements(), told()) == (0, [])


def test_after_a_day_it_breaks_the_invariant_until_finance_has_explained_it(
    mock_gateway: GatewayProcess, finance: Person, support: Person
) -> None:
    factories.paid()
    tasks.compare_statements()
    assert not is_broken()
    StatementDifference.objects.update(found_at=timezone.now() - timedelta(days=2))
    assert is_broken()
    row = StatementDifference.objects.get()
    path, why = f"/statement-differences/{row.pk}/explain", {"reason": "Booked by hand after the gateway's own error."}
    assert support.api("operations").post(path, why).status_code == 404
    answer = finance.api("operations").post(path, why)
    assert (answer.status_code, answer.json()["status"], answer.json()["explanation"]) == (
        200, "explained", why["reason"],
    )  # fmt: skip
    assert not is_broken()
    assert (tasks.compare_statements(), told()[0][3]) == (0, "explained")
    plant("captured", amount_minor=149_000)
    assert (tasks.compare_statements(), told()[0][3]) == (1, "open")


def test_a_gateway_that_cannot_be_asked_is_a_fault_and_settles_nothing(mock_gateway: GatewayProcess) -> None:
    factories.paid()
    tasks.compare_statements()
    mock_gateway.switch(down=True)
    with pytest.raises(GatewayFault):
        tasks.compare_statements()
    assert told()[0][3] == "open"


def test_a_gateway_without_a_statement_is_left_alone(
    mock_gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.paid()
    monkeypatch.delattr(type(connect()), "statement")
    breakers.forget()
    assert (tasks.compare_statements(), told()) == (0, [])


def test_the_statement_is_read_to_its_end_and_from_a_moment_on(mock_gateway: GatewayProcess) -> None:
    gateway = connect()
    for number in range(3):
        gateway.charge(key=f"KEY-{number:08}", amount=kes(100 + number), source="tok_ok", subject="SK-1")
    began = timezone.now() - HOUR
    assert [line.amount for line in gateway.statement(since=began)] == [kes(100), kes(101), kes(102)]
    assert list(gateway.statement(since=timezone.now() + HOUR)) == []


def test_finance_finds_it_in_the_admin(mock_gateway: GatewayProcess, finance: Person, client: Any) -> None:
    factories.paid()
    tasks.compare_statements()
    assert finance.user is not None
    client.force_login(finance.user)
    page = client.get("/admin/payments/statementdifference/?status=open").content.decode()
    assert "We have it that KES 1,500.00 came" in page
    assert 'data-soko-work="statement_differences" data-soko-count="1"' in client.get("/admin/").content.decode()


def test_what_the_gateway_said_of_each_day_is_kept_whether_we_know_of_it_or_not(mock_gateway: GatewayProcess) -> None:
    paid(mock_gateway)
    flows.charge(factories.started(), source="tok_drop_reply", by=GATEWAY)  # nothing of it is here
    plant("refunded", amount_minor=1)  # and what went back is written wrongly
    tasks.compare_statements()
    today = StatementDay.objects.get(day=timezone.localdate())
    assert today.gateway == "mock"
    assert today.sums == {"captured": {"KES": [2, 300_000]}, "refunded": {"KES": [1, 50_000]}}
    assert [each.sums for each in StatementDay.objects.exclude(pk=today.pk)] == [{}] * (
        StatementDay.objects.count() - 1
    )
    assert StatementDay.objects.count() >= 3


def test_a_later_word_on_a_day_takes_the_place_of_the_first(mock_gateway: GatewayProcess) -> None:
    paid(mock_gateway)
    tasks.compare_statements()
    days = StatementDay.objects.count()
    paid(mock_gateway)
    tasks.compare_statements()
    assert StatementDay.objects.count() == days
    assert StatementDay.objects.get(day=timezone.localdate()).sums["captured"] == {"KES": [2, 300_000]}


def test_what_both_know_stands_on_the_day_of_our_books(mock_gateway: GatewayProcess) -> None:
    """The gateway's clock says today, ours said yesterday: that is no difference of either day."""
    payment = paid(mock_gateway)
    yesterday = timezone.now() - timedelta(days=1)
    QuerySet(Payment).filter(pk=payment.pk).update(status_since=yesterday)
    tasks.compare_statements()
    assert StatementDay.objects.get(day=timezone.localdate(yesterday)).sums == {"captured": {"KES": [1, 150_000]}}
    assert StatementDay.objects.get(day=timezone.localdate()).sums == {"refunded": {"KES": [1, 50_000]}}
