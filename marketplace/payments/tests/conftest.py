"""Each case of the gateways' contract meets the counterparts that can decide it, and no other."""

from collections.abc import Iterator
from typing import Any

import pytest

from marketplace.payments.gateways import Gateway
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.standins.control import StandInProcess
from marketplace.payments.tests import counterparts, pages, stripes
from marketplace.payments.tests.counterparts import COUNTERPARTS, Counterpart
from marketplace.payments.tests.stripes import Localstripe, StatefulMock


def pytest_generate_tests(metafunc: Any) -> None:
    if "counterpart" in metafunc.fixturenames:
        case = metafunc.function.__name__
        # What Node runs is judged in the lane that has Node.
        judges = [
            pytest.param(name, marks=pytest.mark.contract if name == "stateful_counterpart" else ())
            for name, excused in COUNTERPARTS.items()
            if case not in excused
        ]
        metafunc.parametrize("counterpart", judges, indirect=True)


@pytest.fixture
def mock_counterpart(mock_gateway: GatewayProcess) -> Counterpart:
    return counterparts.mock_counterpart(mock_gateway)


@pytest.fixture(scope="session")
def _localstripe() -> Iterator[Localstripe]:
    with Localstripe() as process:
        yield process


@pytest.fixture
def localstripe_counterpart(_localstripe: Localstripe) -> Counterpart:
    return stripes.localstripe_counterpart(_localstripe)


@pytest.fixture(scope="session")
def _stateful() -> Iterator[StatefulMock]:
    with StatefulMock() as process:
        yield process


@pytest.fixture
def stateful_counterpart(_stateful: StatefulMock) -> Counterpart:
    return stripes.stateful_counterpart(_stateful)


@pytest.fixture(scope="session")
def _stand_ins() -> Iterator[StandInProcess]:
    process = StandInProcess(secret="CHASECK_TEST-" + "s" * 40)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def stand_ins(_stand_ins: StandInProcess) -> StandInProcess:
    """Chapa's and PayPal's; they have forgotten everything."""
    _stand_ins.reset()
    return _stand_ins


@pytest.fixture
def chapa_counterpart(stand_ins: StandInProcess) -> Counterpart:
    return pages.chapa_counterpart(stand_ins)


@pytest.fixture
def paypal_counterpart(stand_ins: StandInProcess) -> Counterpart:
    return pages.paypal_counterpart(stand_ins)


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
