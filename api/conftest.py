"""Fixtures of the API's tests: a served demo market, once per session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.tests.rehearsal import MarketRehearsal, rehearsed
from api.tests.served import Served, served


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo market served over HTTP, with limits so high that tests of other things do not meet them."""
    folder: Path = tmp_path_factory.mktemp("market")
    with served(folder, SOKO_LIMITS_FACTOR="100000") as running:
        yield running


@pytest.fixture(scope="session")
def production() -> Iterator[MarketRehearsal]:
    """The processes of production on this machine, empty at first. Who breaks something puts it right again."""
    with rehearsed() as running:
        yield running
