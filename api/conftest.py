"""Fixtures of the API's tests: served demo markets, once per session."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.tests.beginning import Market, begin
from api.tests.rehearsal import MarketRehearsal, rehearsed
from api.tests.served import Served, served


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo market as its seeder leaves it: one for all workers, and for all lanes of one `make test`."""
    place = os.environ.get("SOKO_SEEDED_MARKET")
    here: Path = tmp_path_factory.getbasetemp()
    folder = Path(place) if place else (here.parent if "PYTEST_XDIST_WORKER" in os.environ else here) / "seeded"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            with served(folder):
                pass
            (folder / "done").touch()
    return folder


@contextmanager
def copied(seeded: Path, folder: Path) -> Iterator[Served]:
    """A copy of the seeded market, served with limits so high that tests of other things do not meet them."""
    shutil.copytree(seeded, folder, dirs_exist_ok=True)
    with served(folder, SOKO_LIMITS_FACTOR="100000", SOKO_UNPAID_ORDERS="1000") as running:
        yield running
    shutil.rmtree(folder / "media", ignore_errors=True)


@pytest.fixture(scope="session")
def market(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo market served over HTTP, for tests that leave it a demo market."""
    with copied(seeded, tmp_path_factory.mktemp("market")) as running:
        yield running


@pytest.fixture(scope="session")
def arena(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo market for the fuzzer, which leaves nothing as it was."""
    with copied(seeded, tmp_path_factory.mktemp("arena")) as running:
        yield running


@pytest.fixture(scope="session")
def production() -> Iterator[MarketRehearsal]:
    """The processes of production on this machine, empty at first. Who breaks something puts it right again."""
    with rehearsed() as running:
        yield running


@pytest.fixture(scope="session")
def begun(production: MarketRehearsal) -> Market:
    """That production with its first people."""
    return begin(production)
