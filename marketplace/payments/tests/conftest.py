"""Each case of the gateways' contract meets the counterparts that can decide it, and no other."""

from typing import Any

import pytest

from marketplace.payments.gateways import Gateway
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.tests import counterparts
from marketplace.payments.tests.counterparts import COUNTERPARTS, Counterpart


def pytest_generate_tests(metafunc: Any) -> None:
    if "counterpart" in metafunc.fixturenames:
        case = metafunc.function.__name__
        judges = [name for name, excused in COUNTERPARTS.items() if case not in excused]
        metafunc.parametrize("counterpart", judges, indirect=True)


@pytest.fixture
def mock_counterpart(mock_gateway: GatewayProcess) -> Counterpart:
    return counterparts.mock_counterpart(mock_gateway)


@pytest.fixture
def counterpart(request: pytest.FixtureRequest) -> Counterpart:
    return request.getfixturevalue(request.param)


@pytest.fixture
def gateway(counterpart: Counterpart) -> Gateway:
    return counterpart.gateway


@pytest.fixture
def key() -> str:
    """A key that was never sent."""
    return counterparts.new_key()
