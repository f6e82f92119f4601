"""The invariants of money hold in every state, and find each kind of damage."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from core import invariants
from core.models import IdempotencyKey
from marketplace.payments.models import MoneyMove, Payment, Refund
from marketplace.payments.tests import factories

pytestmark = pytest.mark.django_db


def broken() -> dict[str, list[str]]:
    """The invariants of money that do not hold, and what breaks them."""
    found = [each for each in invariants.run() if each.invariant.owner == "payments"]
    assert not any(each.fault for each in found)
    return {each.invariant.name: [str(one) for one in each.sample] for each in found if not each.holds}


def everything() -> Payment:
    """Payments in all states, and one with refunds in all of theirs."""
    for make in factories.STATES.values():
        make()
    payment = factories.paid()
    for make in (factories.refund, factories.refund_sending, factories.given_back):
        make(payment, amount=10_000)
    failing = factories.refund_sending(payment, amount=20_000)
    factories.actions.record_refund(
        failing.pk, by=factories.GATEWAY, answer=factories.said_of_refund(failing, "failed", gateway_id="")
    )
    return Payment.objects.get(pk=payment.pk)


def test_they_hold_in_every_state() -> None:
    payment = everything()
    assert (payment.captured_minor, payment.held_minor, payment.refunded_minor) == (150_000, 30_000, 10_000)
    assert broken() == {}


def falsified(move: MoneyMove, **values: object) -> str:
    """Facts refuse to be changed; somebody with the database in hand is not asked."""
    QuerySet(MoneyMove).filter(pk=move.pk).update(**values)
    return f"movement {move.pk}"


def unexplained(payment: Payment) -> str:
    Payment.objects.filter(pk=payment.pk).update(refunded_minor=20_000)
    return f"payment {payment.pk}"


def foreign_money(payment: Payment) -> str:
    return falsified(MoneyMove.objects.get(payment=payment, kind="captured"), amount_currency="USD")


def unpromised(payment: Payment) -> str:
    Payment.objects.filter(pk=payment.pk).update(held_minor=30_001)
    return str(payment.pk)


def without_movement(payment: Payment) -> str:
    refund = payment.refunds.get(status="sending")
    Refund.objects.filter(pk=refund.pk).update(status="succeeded")
    return f"refund {refund.pk}"


def of_another_payment(payment: Payment) -> str:
    return falsified(MoneyMove.objects.get(payment=payment, kind="refunded"), payment=factories.paid())


def named_twice(payment: Payment) -> str:
    payment.refunds.filter(status__in=("sending", "requested")).update(gateway_id="ref_twice")
    return "refund ref_twice"


def forgotten(payment: Payment) -> str:
    refund = payment.refunds.filter(status="sending")
    refund.update(status_since=timezone.now() - timedelta(minutes=6))
    return refund.get().reference


def unanswered(payment: Payment) -> str:
    row = IdempotencyKey(scope="anybody POST /payments", key="k" * 16, fingerprint="", body="")
    row.save()
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    return str(row.pk)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("I-P1", unexplained),
        ("I-P1", foreign_money),
        ("I-P2", unpromised),
        ("I-P3", named_twice),
        ("I-P4", unanswered),
        ("I-P6", without_movement),
        ("I-P6", of_another_payment),
        ("I-P7", forgotten),
    ],
)
def test_they_find_what_is_wrong(name: str, damage: Callable[[Payment], str]) -> None:
    wrong = damage(everything())
    assert wrong in broken()[name]


def test_no_row_is_left_out_of_the_facts() -> None:
    everything()
    assert MoneyMove.objects.count() == 3
    assert Refund.objects.count() == 4
