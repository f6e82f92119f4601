"""Of what came no more goes back than that, promised or given, at any instant."""

import pytest
from django.db import IntegrityError, transaction

from core.errors import Invalid
from core.money import MixedCurrency, Money
from marketplace.payments import actions, queries
from marketplace.payments.errors import GatewayDisagrees, RefundExceedsCapture
from marketplace.payments.models import MoneyMove, Payment, Refund
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY, kes, said_of_refund

pytestmark = pytest.mark.django_db
WHY = "It arrived broken."


def test_a_promised_refund_holds_its_money_before_anybody_is_asked() -> None:
    payment = factories.paid()
    refund = factories.refund(payment, amount=50_000)
    assert (refund.status, refund.amount, refund.reason, refund.asked_by_name) == (
        "requested", kes(50_000), WHY, "system: mock gateway",
    )  # fmt: skip
    found = queries.standing(payment.subject)
    assert (found.captured, found.refunded, found.refund_pending) == (kes(150_000), kes(0), kes(50_000))


@pytest.mark.parametrize("held", [factories.refund, factories.refund_sending, factories.given_back])
def test_no_more_is_promised_than_came(held) -> None:  # type: ignore[no-untyped-def]
    payment = factories.paid()
    held(payment, amount=100_000)
    with pytest.raises(RefundExceedsCapture) as refusal:
        actions.request_refund(payment.pk, by=GATEWAY, amount=kes(50_001), reason=WHY)
    assert refusal.value.facts == {"left": "KES 500.00"}
    assert Refund.objects.count() == 1
    assert actions.request_refund(payment.pk, by=GATEWAY, amount=kes(50_000), reason=WHY).status == "requested"


def test_what_never_came_is_not_given_back() -> None:
    with pytest.raises(RefundExceedsCapture):
        actions.request_refund(factories.sending().pk, by=GATEWAY, amount=kes(1), reason=WHY)
    assert not Refund.objects.exists()


def test_a_refund_is_of_something_and_in_the_currency_of_its_payment() -> None:
    payment = factories.paid()
    with pytest.raises(Invalid):
        actions.request_refund(payment.pk, by=GATEWAY, amount=kes(0), reason=WHY)
    with pytest.raises(MixedCurrency):
        actions.request_refund(payment.pk, by=GATEWAY, amount=Money(1, "USD"), reason=WHY)


def test_what_was_given_back_is_booked_once_however_often_it_is_said() -> None:
    payment = factories.paid()
    refund = factories.refund_sending(payment)
    answer = said_of_refund(refund)
    for _again in range(3):
        actions.record_refund(refund.pk, by=GATEWAY, answer=answer)
    payment.refresh_from_db()
    assert (payment.refunded_minor, payment.held_minor, payment.captured_minor) == (50_000, 50_000, 150_000)
    moves = MoneyMove.objects.filter(kind="refunded")
    assert [(move.refund_id, move.amount, move.gateway_id) for move in moves] == [
        (refund.pk, kes(50_000), answer.gateway_id)
    ]


def test_a_failed_refund_lets_its_money_go() -> None:
    payment = factories.paid()
    refund = factories.refund_sending(payment, amount=150_000)
    actions.record_refund(refund.pk, by=GATEWAY, answer=said_of_refund(refund, "failed", gateway_id=""))
    assert queries.standing(payment.subject).refund_pending == kes(0)
    assert actions.request_refund(payment.pk, by=GATEWAY, amount=kes(150_000), reason=WHY).status == "requested"


@pytest.mark.parametrize("lie", [{"amount": kes(49_999)}, {"amount": Money(50_000, "USD")}, {"gateway_id": ""}])
def test_a_refund_of_another_amount_or_currency_is_not_believed(lie: dict) -> None:
    refund = factories.refund_sending()
    with pytest.raises(GatewayDisagrees):
        actions.record_refund(refund.pk, by=GATEWAY, answer=said_of_refund(refund, **lie))
    refund.refresh_from_db()
    assert (refund.status, refund.payment.refunded_minor) == ("sending", 0)


def test_one_refund_at_the_gateway_gives_back_one_of_ours() -> None:
    payment = factories.paid()
    first, second = factories.given_back(payment), factories.refund_sending(payment)
    with pytest.raises(GatewayDisagrees):
        actions.record_refund(second.pk, by=GATEWAY, answer=said_of_refund(second, gateway_id=first.gateway_id))


@pytest.mark.parametrize(
    "wrong",
    [{"held_minor": 150_001}, {"refunded_minor": 1}, {"captured_minor": 0}, {"held_minor": -1}],
)
def test_the_database_itself_refuses_sums_that_cannot_be(wrong: dict) -> None:
    payment = factories.paid()
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(**wrong)
