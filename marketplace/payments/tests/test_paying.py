"""A payment is started once for a subject, and ends by what the gateway says and in no other way."""

import pytest

from core.errors import WrongState
from core.money import Money
from marketplace.accounts.tests.factories import make_user
from marketplace.payments import actions, queries
from marketplace.payments.errors import AlreadyPaid, GatewayDisagrees, PaymentUnderWay
from marketplace.payments.gateways import UnknownGateway
from marketplace.payments.models import MoneyMove, Payment
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY, kes, said

pytestmark = pytest.mark.django_db


def test_a_payment_is_started_by_a_row_and_nothing_else() -> None:
    payer = make_user()
    payment = factories.started(payer, subject="SK-0000-0000-0001")
    assert (payment.status, payment.amount, payment.payer, payment.gateway) == ("started", kes(150_000), payer, "mock")
    assert (payment.captured_minor, payment.held_minor, payment.gateway_id) == (0, 0, "")
    assert payment.reference.startswith("PAY-")
    assert not MoneyMove.objects.exists()


def test_who_starts_again_gets_the_payment_that_is_under_way() -> None:
    payer = make_user()
    first = factories.started(payer, subject="SK-0000-0000-0001")
    assert factories.started(payer, subject="SK-0000-0000-0001") == first
    assert Payment.objects.count() == 1


def test_what_is_paid_is_not_paid_again() -> None:
    payment = factories.paid()
    with pytest.raises(AlreadyPaid):
        factories.started(payment.payer, subject=payment.subject)


@pytest.mark.parametrize("other", [{"amount": kes(1)}, {"payer": None}])
def test_nobody_joins_the_payment_of_somebody_else_or_of_another_amount(other: dict) -> None:
    payment = factories.started()
    with pytest.raises(PaymentUnderWay):
        factories.started(**{"payer": payment.payer, "subject": payment.subject, **other})


def test_a_gateway_that_is_not_configured_is_refused() -> None:
    with pytest.raises(UnknownGateway):
        factories.started(gateway="paypal")


def test_after_a_failure_another_payment_may_be_started() -> None:
    first = factories.declined()
    second = factories.started(first.payer, subject=first.subject)
    assert (second.pk, second.key) != (first.pk, first.key)
    assert queries.standing(first.subject).live == second


def test_a_claimed_payment_is_not_claimed_by_a_second_one() -> None:
    payment = factories.sending()
    with pytest.raises(PaymentUnderWay):
        actions.claim(payment.pk, by=GATEWAY)


def test_what_the_gateway_took_is_booked_once_however_often_it_is_said() -> None:
    payment = factories.sending()
    answer = said(payment)
    for _again in range(3):
        actions.record(payment.pk, by=GATEWAY, answer=answer)
    payment.refresh_from_db()
    assert (payment.status, payment.captured_minor, payment.gateway_id) == ("succeeded", 150_000, answer.gateway_id)
    assert [(move.kind, move.amount, move.gateway_id) for move in MoneyMove.objects.all()] == [
        ("captured", kes(150_000), answer.gateway_id)
    ]


@pytest.mark.parametrize("state", ["sending", "unknown", "requires_action"])
@pytest.mark.parametrize(
    "lie",
    [
        {"amount": kes(149_999)},
        {"amount": kes(150_001)},
        {"amount": Money(150_000, "USD")},
        {"amount": None},
        {"subject": "SK-0000-0000-0009"},
        {"subject": ""},
        {"gateway_id": ""},
    ],
)
def test_money_of_another_amount_currency_or_subject_is_not_believed(state: str, lie: dict) -> None:
    payment = factories.STATES[state]()
    with pytest.raises(GatewayDisagrees):
        actions.record(payment.pk, by=GATEWAY, answer=said(payment, **lie))
    payment.refresh_from_db()
    assert (payment.status, payment.captured_minor) == (state, 0)
    assert not MoneyMove.objects.exists()


def test_one_payment_at_the_gateway_pays_for_one_of_ours() -> None:
    first, second = factories.paid(), factories.sending()
    with pytest.raises(GatewayDisagrees):
        actions.record(second.pk, by=GATEWAY, answer=said(second, gateway_id=first.gateway_id))


def test_money_that_has_come_does_not_fail_afterwards() -> None:
    payment = factories.paid()
    with pytest.raises(GatewayDisagrees):
        actions.record(payment.pk, by=GATEWAY, answer=said(payment, "failed"))
    assert queries.standing(payment.subject).captured == kes(150_000)


def test_what_is_unknown_stays_unknown_until_the_gateway_says() -> None:
    payment = factories.lost()
    with pytest.raises(WrongState):
        actions.abandon(payment.pk, by=GATEWAY)
    payment = actions.record(payment.pk, by=GATEWAY, answer=said(payment, "processing"))
    assert payment.status == "unknown"
    assert actions.record(payment.pk, by=GATEWAY, answer=said(payment)).status == "succeeded"


def test_a_lost_reply_does_not_undo_what_was_recorded_meanwhile() -> None:
    payment = factories.paid()
    assert actions.lose(payment.pk, by=GATEWAY, why="The reply was dropped.").status == "succeeded"


def test_money_that_comes_after_it_was_given_up_counts_where_nothing_took_its_place() -> None:
    payment = factories.declined()
    payment = actions.record(payment.pk, by=GATEWAY, answer=said(payment))
    assert (payment.status, payment.is_extra) == ("succeeded", False)
    assert queries.standing(payment.subject).captured == kes(150_000)


def test_money_that_comes_twice_for_one_thing_goes_back_as_a_whole() -> None:
    late = factories.declined()
    factories.paid(late.payer, subject=late.subject)
    late = actions.record(late.pk, by=GATEWAY, answer=said(late))
    assert (late.status, late.is_extra, late.captured_minor) == ("succeeded", True, 150_000)
    assert queries.standing(late.subject).captured == kes(150_000)
    refund = actions.return_extra(late.pk, by=GATEWAY)
    assert refund is not None
    assert (refund.amount, refund.payment) == (kes(150_000), late)
    assert actions.return_extra(late.pk, by=GATEWAY) is None
