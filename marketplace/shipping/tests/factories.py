"""Zones and methods to test with."""

from typing import Any

from core.money import Money
from core.testing import writing_as_system
from marketplace.shipping.models import PriceStep, ShippingMethod, Zone


def zone(**said: Any) -> Zone:
    """A zone of the market; Kenya, unless said."""
    with writing_as_system():
        row = Zone(**({"name": "Kenya", "countries": "KE"} | said))
        row.save()
    return row


def method(
    price: int = 30_000, *, steps: dict[int, int] | None = None, currency: str = "KES", **said: Any
) -> ShippingMethod:
    """A method of the market, or of a vendor that is said; a table of `steps` where there are some."""
    kind = "table" if steps else "flat"
    free_from = said.pop("free_from", None)
    with writing_as_system():
        row = ShippingMethod(**({"name": "Courier", "kind": kind, "days_min": 1, "days_max": 3} | said))
        row.price = Money(price, currency)
        row.free_from = Money(free_from, currency) if free_from is not None else None
        row.save()
        for up_to, cost in (steps or {}).items():
            step = PriceStep(method=row, up_to=up_to)
            step.price = Money(cost, currency)
            step.save()
    return row
