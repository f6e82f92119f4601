"""A gateway that is slow or comes and goes: what who pays is told, how soon, and that everything else goes on as ever."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from core import asking
from marketplace.cast import Goods, Person
from marketplace.orders.models import Order
from marketplace.orders.tasks import complete_orders
from marketplace.orders.tests.factories import ADDRESS, place
from marketplace.payments import breakers, tasks
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.models import Payment

pytestmark = pytest.mark.django_db
PROMISED = 8  # seconds, to who pays


@pytest.fixture(autouse=True)
def _no_limits(settings: Any) -> None:
    """One buyer orders and pays here for many."""
    settings.LIMITS_FACTOR, settings.UNPAID_ORDERS = 1_000, 1_000


@pytest.fixture
def paying(customer: Person, goods: Goods) -> Callable[[], str]:
    """Order a mug and pay for it: status, and the state of the payment or the code of the refusal."""

    def pay(order: Order | None = None) -> str:
        order = order or place(customer.user, {goods.mug: 1})
        body = {"order": order.reference, "source": "tok_ok"}
        answer = customer.api().post("/payments", body, Idempotency_Key=uuid4().hex)
        said = answer.json()
        if answer.status_code == 503:
            assert 1 <= int(answer["Retry-After"]) <= breakers.REST + 1
        return f"{answer.status_code} {said.get('status') if answer.status_code < 300 else said['code']}"

    return pay


@pytest.fixture
def half_a_minute_passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """For the breaker."""
    passed = [0]

    def passes() -> None:
        passed[0] += breakers.REST
        monkeypatch.setattr(breakers.breaker_of("mock"), "_clock", lambda: time.monotonic() + passed[0])

    return passes


def the_clock_finishes(mock_gateway: GatewayProcess, orders: int) -> None:
    """All are paid, and each once."""
    Payment.objects.filter(status__in=("sending", "unknown")).update(
        status_since=timezone.now() - timedelta(seconds=20), asked_at=None
    )
    tasks.reconcile_payments()
    complete_orders()
    assert set(Order.objects.values_list("payment_state", flat=True)) == {"paid"}
    assert [line["amount"] for line in mock_gateway.statement()] == [500] * orders


def trying_again(paying: Callable[..., str]) -> list[str]:
    """Everybody whose order is not paid pays once more."""
    return [paying(order) for order in Order.objects.filter(payment_state="pending").order_by("pk")]


def test_whoever_pays_is_answered_in_time_with_the_settings_as_they_come(settings: Any) -> None:
    assert asking.CONNECT + settings.GATEWAY_SECONDS < PROMISED


def test_a_gateway_that_is_too_slow_is_not_waited_for_and_after_five_not_asked(
    customer: Person,
    goods: Goods,
    mock_gateway: GatewayProcess,
    settings: Any,
    paying: Callable[..., str],
    half_a_minute_passes: Callable[[], None],
) -> None:
    settings.GATEWAY_SECONDS = 0.3
    mock_gateway.switch(late=20)
    began = time.monotonic()
    assert [paying() for _each in range(breakers.MOST)] == ["202 unknown"] * breakers.MOST
    assert time.monotonic() - began < breakers.MOST * 20  # sooner than it would have answered
    last = place(customer.user, {goods.mug: 1})
    assert paying(last) == "503 gateway_unavailable"
    assert Payment.objects.get(subject=last.reference).status == "started"
    api = customer.api()
    assert api.get("/listings").status_code == 200
    assert api.post("/cart/lines", {"variant_id": goods.mug.pk}).status_code in (200, 201)
    other = api.post("/orders", ADDRESS, Idempotency_Key=uuid4().hex).json()["id"]
    mock_gateway.switch(late=0)
    settings.GATEWAY_SECONDS = 6
    assert paying(last) == "503 gateway_unavailable"
    half_a_minute_passes()
    assert paying(last) == "201 succeeded"
    assert paying(Order.objects.get(reference=other)) == "201 succeeded"
    the_clock_finishes(mock_gateway, breakers.MOST + 2)


def test_a_gateway_that_comes_and_goes_for_long_opens_and_closes_the_breaker(
    mock_gateway: GatewayProcess, paying: Callable[..., str], half_a_minute_passes: Callable[[], None]
) -> None:
    mock_gateway.switch(flap=breakers.MOST)
    assert [paying() for _each in range(breakers.MOST + 1)] == ["202 unknown"] * 5 + ["503 gateway_unavailable"]
    half_a_minute_passes()
    waiting = Order.objects.get(pk=max(Order.objects.values_list("pk", flat=True)))
    assert paying(waiting) == "201 succeeded"
    assert [paying() for _each in range(2)] == ["201 succeeded"] * 2
    mock_gateway.switch(flap=0)
    assert trying_again(paying) == ["201 succeeded"] * 5  # of which the gateway had done nothing
    the_clock_finishes(mock_gateway, 8)


def test_if_the_one_who_tries_fails_it_stays_open(
    mock_gateway: GatewayProcess, paying: Callable[..., str], half_a_minute_passes: Callable[[], None]
) -> None:
    mock_gateway.switch(flap=breakers.MOST + 1)
    assert [paying() for _each in range(breakers.MOST)] == ["202 unknown"] * 5
    half_a_minute_passes()
    assert [paying(), paying()] == ["202 unknown", "503 gateway_unavailable"]


def test_a_gateway_that_fails_every_other_time_is_asked_on(
    mock_gateway: GatewayProcess, paying: Callable[..., str]
) -> None:
    mock_gateway.switch(flap=1)
    assert [paying() for _each in range(8)] == ["202 unknown", "201 succeeded"] * 4
    mock_gateway.switch(flap=0)
    assert trying_again(paying) == ["201 succeeded"] * 4
    the_clock_finishes(mock_gateway, 8)
