"""What happens to money when many come at the same moment (PostgreSQL, real transactions, the mock gateway's own statement).

Each storm has its positive control: with the guard taken away, the very same storm must break what the guard keeps.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from django.db import connection, models
from django.db.models import F, Sum

from core import invariants
from core.testing.races import at_once
from marketplace.accounts.tests.factories import make_user
from marketplace.payments import actions, flows
from marketplace.payments.actions import paying, refunding
from marketplace.payments.gateways import GatewayEvent
from marketplace.payments.gateways.mock import MockGateway, connect
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.models import MoneyMove, Payment, Refund, WebhookDelivery
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY, kes

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
WHY = "It arrived broken."


def broken() -> set[str]:
    """The invariants of money that do not hold now."""
    return {each.invariant.name for each in invariants.run() if each.invariant.owner == "payments" and not each.holds}


def moved(gateway: GatewayProcess, kind: str = "captured") -> list[int]:
    """What the gateway itself says that it moved."""
    return [line["amount"] for line in gateway.statement() if line["kind"] == kind]


def database(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone() if cursor.description else None


def a_moment() -> None:
    """Time enough for the others to look before one writes."""
    database("SELECT pg_sleep(0.2)")


def deadlocks() -> int:
    """How many this database has seen so far."""
    database("SELECT pg_stat_force_next_flush()")
    return database("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0]


@contextmanager
def without(model: type[models.Model], name: str) -> Iterator[None]:
    """The table lacks one of its constraints within the block, and its rows afterwards."""
    constraint = next(each for each in model._meta.constraints if each.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        database(f'TRUNCATE "{model._meta.db_table}" CASCADE')
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


def unlocked[M: models.Model](model: type[M], subject: M | int) -> M:
    """The row as the database has it, with no hold on it."""
    return model._default_manager.get(pk=getattr(subject, "pk", subject))


def unclaim(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nobody waits for anybody else's claim, and each tells the gateway a key of their own."""
    numbers = count()
    charge, refund = MockGateway.charge, MockGateway.refund

    def another(**said: Any) -> dict[str, Any]:
        return said | {"key": f"{said['key']}-{next(numbers)}"}

    monkeypatch.setattr(actions, "claim", lambda pk, by: [a_moment(), unlocked(Payment, pk)][1])
    monkeypatch.setattr(actions, "claim_refund", lambda pk, by: [a_moment(), unlocked(Refund, pk)][1])
    monkeypatch.setattr(MockGateway, "charge", lambda self, **said: charge(self, **another(**said)))
    monkeypatch.setattr(MockGateway, "refund", lambda self, **said: refund(self, **another(**said)))


# --- Starting and charging -----------------------------------------------------------------------------------------------


@pytest.fixture
def starting(monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Somebody starts to pay for the same thing, and has looked before any of the others writes."""
    payer, name = make_user(), paying.references.new
    monkeypatch.setattr(paying.references, "new", lambda prefix: [a_moment(), name(prefix)][1])
    return lambda: factories.started(payer, subject="SK-0000-0000-0001")


def test_of_eight_who_start_a_payment_at_once_one_does(starting: Callable[[], object]) -> None:
    assert at_once([starting] * 8) == {"done": 1, "payment_under_way": 7}
    assert Payment.objects.count() == 1


def test_where_the_database_lets_them_all_eight_do(starting: Callable[[], object]) -> None:
    """The positive control: the same eight, and no unique subject."""
    with without(Payment, "payment_one_alive"):
        assert at_once([starting] * 8) == {"done": 8}
        assert Payment.objects.count() == 8


def charging(payment: Payment) -> Callable[[], object]:
    return lambda: flows.charge(Payment.objects.get(pk=payment.pk), source="tok_ok", by=GATEWAY)


def test_of_eight_who_pay_at_once_one_is_charged(mock_gateway: GatewayProcess) -> None:
    payment = factories.started()
    answers = at_once([charging(payment)] * 8)
    assert set(answers) <= {"done", "payment_under_way"}
    payment.refresh_from_db()
    assert (payment.status, moved(mock_gateway)) == ("succeeded", [150_000])
    assert MoneyMove.objects.count() == 1
    assert broken() == set()


def test_without_claim_and_key_many_are_charged(mock_gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = factories.sending()
    unclaim(monkeypatch)
    at_once([charging(payment)] * 4)
    assert moved(mock_gateway) == [150_000] * 4


def asking(payment: Payment) -> Callable[[], Any]:
    """The gateway takes it, and nobody here hears the answer."""
    amount, subject = payment.amount, payment.subject
    return lambda: connect().charge(key=payment.key, amount=amount, source="tok_ok", subject=subject)


def test_one_answer_that_comes_eight_ways_at_once_is_booked_once() -> None:
    payment = factories.sending()
    answer = factories.said(payment)
    assert at_once([lambda: actions.record(payment.pk, by=GATEWAY, answer=answer)] * 8) == {"done": 8}
    assert [move.amount for move in MoneyMove.objects.all()] == [kes(150_000)]
    assert broken() == set()


def test_without_the_lock_it_is_the_database_that_refuses_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control, in two: without lock the others try to book it too; without the unique fact they do."""
    monkeypatch.setattr("core.actions.lock", unlocked)
    compare = paying._compare
    monkeypatch.setattr(paying, "_compare", lambda payment, answer: [compare(payment, answer), a_moment()])
    payment = factories.sending()
    answer = factories.said(payment)
    booking = [lambda: actions.record(payment.pk, by=GATEWAY, answer=answer)] * 4
    assert at_once(booking) == {"done": 1, "IntegrityError": 3}
    other = factories.sending()
    answer = factories.said(other)
    with without(MoneyMove, "money_moves_once"):
        assert at_once([lambda: actions.record(other.pk, by=GATEWAY, answer=answer)] * 4) == {"done": 4}
        assert MoneyMove.objects.filter(payment=other).count() == 4
        assert "I-P1" in broken()


# --- Giving back ---------------------------------------------------------------------------------------------------------


def asking_back(payment: Payment, amount: int) -> Callable[[], object]:
    return lambda: actions.request_refund(payment.pk, by=GATEWAY, amount=kes(amount), reason=WHY)


def promised(payment: Payment) -> int:
    return payment.refunds.aggregate(sum=Sum("amount_minor"))["sum"]


def test_of_sixteen_who_ask_for_a_seventh_at_once_seven_get_it() -> None:
    payment = factories.paid()
    answers = at_once([asking_back(payment, 20_000)] * 16)
    assert answers == {"done": 7, "refund_exceeds_capture": 9}
    payment.refresh_from_db()
    assert (promised(payment), payment.held_minor) == (140_000, 140_000)
    assert broken() == set()


def looked_first(payment: Payment, minor: int) -> bool:
    """As shops have it that give back more than they took: a look, and a write later."""
    if payment.captured_minor - payment.held_minor < minor:
        return False
    a_moment()
    Payment.objects.filter(pk=payment.pk).update(held_minor=F("held_minor") + minor)
    payment.refresh_from_db(fields=["held_minor"])
    return True


def test_who_looks_first_and_writes_later_promises_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control: no lock, no condition in the update, no CHECK."""
    monkeypatch.setattr(refunding, "lock", unlocked)
    monkeypatch.setattr(refunding, "hold", looked_first)
    payment = factories.paid()
    with without(Payment, "payment_amounts_in_bounds"):
        assert at_once([asking_back(payment, 100_000)] * 4) == {"done": 4}
        assert promised(payment) == 400_000
        assert "I-P2" in broken()


def test_each_of_the_three_guards_holds_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    by_check = factories.paid()
    with monkeypatch.context() as patched:
        patched.setattr(refunding, "lock", unlocked)
        patched.setattr(refunding, "hold", looked_first)
        assert at_once([asking_back(by_check, 100_000)] * 4) == {"done": 1, "IntegrityError": 3}
    by_condition = factories.paid()
    with monkeypatch.context() as patched:
        patched.setattr(refunding, "lock", unlocked)
        assert at_once([asking_back(by_condition, 100_000)] * 4) == {"done": 1, "refund_exceeds_capture": 3}
    by_lock = factories.paid()
    with monkeypatch.context() as patched:
        patched.setattr(refunding, "hold", looked_first)
        assert at_once([asking_back(by_lock, 100_000)] * 4) == {"done": 1, "refund_exceeds_capture": 3}
    assert [promised(each) for each in (by_check, by_condition, by_lock)] == [100_000] * 3


def returning(refund: Refund) -> Callable[[], object]:
    return lambda: flows.send_refund(Refund.objects.select_related("payment").get(pk=refund.pk), by=GATEWAY)


def test_a_refund_that_eight_send_at_once_goes_back_once(mock_gateway: GatewayProcess) -> None:
    refund = factories.refund(flows.charge(factories.started(), source="tok_ok", by=GATEWAY))
    answers = at_once([returning(refund)] * 8)
    assert set(answers) <= {"done", "payment_under_way", "wrong_state"}
    refund.refresh_from_db()
    assert (refund.status, moved(mock_gateway, "refunded")) == ("succeeded", [50_000])
    assert broken() == set()


def test_without_claim_and_key_it_goes_back_as_often_as_it_is_sent(
    mock_gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = factories.refund_sending(flows.charge(factories.started(), source="tok_ok", by=GATEWAY))
    unclaim(monkeypatch)
    mock_gateway.switch(refund_cap_off=True)
    at_once([returning(refund)] * 4)
    assert moved(mock_gateway, "refunded") == [50_000] * 4


def test_asking_booking_and_returning_at_once_never_deadlock() -> None:
    before = deadlocks()
    for _each in range(4):
        payment = factories.paid()
        sent = [factories.refund_sending(payment, amount=20_000) for _ in range(4)]
        answers = [factories.said_of_refund(each) for each in sent]
        at_once(
            [
                *[
                    lambda each=each, answer=answer: actions.record_refund(each.pk, by=GATEWAY, answer=answer)
                    for each, answer in zip(sent, answers, strict=True)
                ],
                *[asking_back(payment, 20_000)] * 4,
                *[lambda each=each: actions.lose_refund(each.pk, by=GATEWAY, why="No answer came.") for each in sent],
            ]
        )
        payment.refresh_from_db()
        assert (payment.refunded_minor, payment.held_minor) == (80_000, 140_000)
    assert deadlocks() == before
    assert broken() == set()


# --- Hearing -------------------------------------------------------------------------------------------------------------


def telling(gateway: GatewayProcess) -> Callable[[], object]:
    sent = gateway.webhooks()[-1]
    return lambda: flows.hear("mock", sent.raw, sent.headers)


def test_twenty_copies_of_a_webhook_at_once_are_kept_and_booked_once(mock_gateway: GatewayProcess) -> None:
    payment = factories.lost()
    asking(payment)()
    assert at_once([telling(mock_gateway)] * 20) == {"done": 20}
    applying = [lambda: flows.apply(WebhookDelivery.objects.get())] * 8
    assert set(at_once(applying)) <= {"done", "wrong_state"}
    payment.refresh_from_db()
    assert (payment.status, WebhookDelivery.objects.get().status) == ("succeeded", "applied")
    assert MoneyMove.objects.count() == 1
    assert broken() == set()


def test_copies_that_each_have_a_number_of_their_own_are_many(
    mock_gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: the same twenty, and no event id that holds them together. Booked is it once all the same."""
    numbers, read = count(), MockGateway.read_event

    def another(self: MockGateway, raw: bytes, headers: Any) -> GatewayEvent:
        event = read(self, raw, headers)
        return GatewayEvent(f"evt_{next(numbers)}", event.kind, event.gateway_id, event.key)

    monkeypatch.setattr(MockGateway, "read_event", another)
    asking(factories.lost())()
    assert at_once([telling(mock_gateway)] * 20) == {"done": 20}
    found = list(WebhookDelivery.objects.all())
    assert len(found) == 20
    at_once([lambda each=each: flows.apply(each) for each in found[:8]])
    assert MoneyMove.objects.count() == 1


def test_reply_webhook_and_clock_at_once_end_in_one_booking(mock_gateway: GatewayProcess) -> None:
    payment = factories.lost()
    asking(payment)()
    flows.hear("mock", mock_gateway.webhooks()[-1].raw, mock_gateway.webhooks()[-1].headers)
    at_once(
        [
            charging(payment),
            lambda: flows.apply(WebhookDelivery.objects.get()),
            lambda: flows.reconcile(Payment.objects.get(pk=payment.pk)),
        ]
        * 3
    )
    flows.reconcile(Payment.objects.get(pk=payment.pk))
    payment.refresh_from_db()
    assert (payment.status, moved(mock_gateway), MoneyMove.objects.count()) == ("succeeded", [150_000], 1)
    assert broken() == set()
