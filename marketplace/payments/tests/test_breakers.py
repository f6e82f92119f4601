"""A gateway that fails again and again is left alone for a while, and then tried by one."""

import pytest

from marketplace.payments.breakers import MOST, REST, Breaker
from marketplace.payments.errors import GatewayUnavailable
from marketplace.payments.gateways import GatewayDown, GatewayFault, NotThere, OutcomeUnknown


class Clock:
    def __init__(self) -> None:
        self.now = 1_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def fail(breaker: Breaker, times: int = MOST, fault: type[GatewayFault] = GatewayDown) -> None:
    for _each in range(times):
        with pytest.raises(fault), breaker.watching():
            raise fault


def work(breaker: Breaker) -> None:
    with breaker.watching():
        pass


@pytest.mark.parametrize("fault", [GatewayDown, OutcomeUnknown])
def test_after_so_many_failures_in_a_row_nobody_passes(breaker: Breaker, fault: type[GatewayFault]) -> None:
    fail(breaker, MOST - 1, fault)
    breaker.pass_through()
    fail(breaker, 1, fault)
    with pytest.raises(GatewayUnavailable) as refusal:
        breaker.pass_through()
    assert refusal.value.facts == {"retry_after": REST + 1}


def test_an_answer_between_failures_begins_the_count_anew(breaker: Breaker) -> None:
    fail(breaker, MOST - 1)
    work(breaker)
    fail(breaker, MOST - 1)
    breaker.pass_through()


def test_not_there_is_an_answer(breaker: Breaker) -> None:
    fail(breaker, MOST - 1)
    fail(breaker, 1, NotThere)
    fail(breaker, MOST - 1)
    breaker.pass_through()


def test_a_fault_of_our_own_says_nothing_of_the_gateway(breaker: Breaker) -> None:
    fail(breaker, MOST - 1)
    with pytest.raises(ValueError, match="ours"), breaker.watching():
        raise ValueError("ours")
    breaker.pass_through()
    fail(breaker, 1)
    with pytest.raises(GatewayUnavailable):
        breaker.pass_through()


def test_after_its_rest_one_tries_and_the_others_wait_for_what_it_finds(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now += REST
    breaker.pass_through()
    with pytest.raises(GatewayUnavailable):
        breaker.pass_through()
    work(breaker)
    breaker.pass_through()
    breaker.pass_through()


def test_if_the_one_who_tries_fails_it_rests_again(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now += REST
    breaker.pass_through()
    fail(breaker, 1)
    clock.now += REST - 1
    with pytest.raises(GatewayUnavailable) as refusal:
        breaker.pass_through()
    assert refusal.value.facts == {"retry_after": 2}


def test_if_the_one_who_tries_is_never_heard_of_again_the_next_one_tries(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now += REST
    breaker.pass_through()
    clock.now += REST
    breaker.pass_through()
