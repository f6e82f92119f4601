"""One shop for all storms: starting it takes longer than most of them."""

from collections.abc import Iterator

import pytest

from api.tests.rehearsal import rehearsed
from api.tests.storms.rig import Shop, calm


@pytest.fixture(scope="session")
def _open_shop() -> Iterator[Shop]:
    with rehearsed(SOKO_ACCESS_MINUTES="1440") as production:
        yield Shop(production)


@pytest.fixture
def shop(_open_shop: Shop) -> Shop:
    """Production and its gateway, both well. Who breaks something puts it right again."""
    calm(_open_shop)
    return _open_shop
