"""One shop for all storms, and one without their guards: starting them takes longer than most of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.tests.rehearsal import rehearsed
from api.tests.storms.controls import Looking
from api.tests.storms.shop import Shop, calm, unguarded
from api.tests.storms.stage import Stages
from api.tests.storms.without import GUARDS, Unguarded


@pytest.fixture(scope="session")
def _open_shop() -> Iterator[Shop]:
    with rehearsed(SOKO_ACCESS_MINUTES="1440", SOKO_PAYOUT_GATEWAY="mock") as production, Stages() as stages:
        yield Shop(production, stages)


@pytest.fixture
def shop(_open_shop: Shop) -> Shop:
    """Production and its gateway, both well. Who breaks something puts it right again."""
    calm(_open_shop)
    return _open_shop


@pytest.fixture(scope="session")
def _unguarded_shop(_open_shop: Shop) -> Iterator[Shop]:
    calm(_open_shop)
    with unguarded(_open_shop, Unguarded) as control:
        for each in (guard for guard in GUARDS if issubclass(guard, Looking)):
            control.sql(f"CREATE SEQUENCE {each.looks}")
            control.sql(f"SELECT setval('{each.looks}', {each.enough})")
        yield control


@pytest.fixture
def without(_unguarded_shop: Shop) -> Callable[..., Shop]:
    """The shop that lacks a guard: `without(controls.StockLookedAtFirst, "a_check", of="catalog_stock")`. Its web processes lack it if
    it is among `GUARDS`, and those that take its steps in any case.

    No constraint of these names stands behind it, and whoever looks first waits for others from now on.
    """

    def taken(guard: Any, *constraints: str, of: str = "") -> Shop:
        shop = _unguarded_shop if guard in GUARDS else _unguarded_shop.lacking(guard)
        calm(shop)
        for each in constraints:
            shop.sql(f"ALTER TABLE {of} DROP CONSTRAINT IF EXISTS {each}")
            shop.sql(f"DROP INDEX IF EXISTS {each}")  # what a constraint with a condition is
        if issubclass(guard, Looking):
            shop.sql(f"CREATE SEQUENCE IF NOT EXISTS {guard.looks}")
            shop.sql(f"SELECT setval('{guard.looks}', 1, false)")
        return shop

    return taken
