"""The market's own table of rates, and what has been learnt of a sale from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Q, QuerySet

from core import compiled
from core.money import Money
from marketplace.taxes import memory
from marketplace.taxes.assessing import Assessment, Rate, Taxable, assess
from marketplace.taxes.models import TaxCountry, TaxRate
from marketplace.taxes.sales import Sale, Spot

TABLE = "table"


@dataclass(frozen=True)
class Book:
    """The rates of a country on a day, and how its prices are told."""

    rates: tuple[Rate, ...]
    is_included: bool
    on: date

    def sale(self, lines: Sequence[Taxable], shipping: Money, *, origin: Spot, to: Spot) -> Sale:
        """What somebody sells, as it is told there."""
        return Sale(tuple(lines), shipping, origin, to, self.on, self.is_included)

    def assess(self, sale: Sale) -> Assessment:
        """The tax of a sale: as the provider said, where one was asked and answered, or else by the table."""
        return memory.recall(sale) or self.by_table(sale)

    def by_table(self, sale: Sale) -> Assessment:
        """The tax of a sale by the market's own rates."""
        return assess(
            sale.lines,
            sale.shipping,
            self.rates,
            town=sale.to.town,
            province=sale.to.province,
            on=self.on,
            is_included=self.is_included,
        )


def book(country: str, on: date) -> Book:
    """The rates of a country on a day, in one query where there are none, and two where there are."""
    rates = tuple(row.rate() for row in compiled.models_of(_current, on, values=[country]))
    matters = rates or settings.TAX_PROVIDER != TABLE
    return Book(rates, not matters or prices_include_tax(country), on)


def _current(on: date, country: str) -> QuerySet[TaxRate]:
    valid = Q(valid_until=None) | Q(valid_until__gte=on)
    return TaxRate.objects.filter(valid, country=country, valid_from__lte=on).order_by("pk")


def prices_include_tax(country: str) -> bool:
    """How prices are told there."""
    said = TaxCountry.objects.filter(country=country).values_list("prices_include_tax", flat=True).first()
    return True if said is None else said
