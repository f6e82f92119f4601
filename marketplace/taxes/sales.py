"""A sale as tax is asked of it: what one vendor sells to one place on one day."""

from dataclasses import dataclass
from datetime import date

from core.money import Money
from marketplace.taxes.assessing import Taxable


@dataclass(frozen=True)
class Spot:
    """A country, and a town, a state and a postal code of it where they are known."""

    country: str
    town: str = ""
    province: str = ""
    postal_code: str = ""


@dataclass(frozen=True)
class Sale:
    """What one vendor sells: its lines and what sending them costs, from where to where, told with tax or before it."""

    lines: tuple[Taxable, ...]
    shipping: Money
    origin: Spot
    to: Spot
    on: date
    is_included: bool
