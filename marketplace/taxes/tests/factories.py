"""Rates to test with."""

from datetime import date
from typing import Any

from core.testing import writing_as_system
from marketplace.taxes.models import TaxCountry, TaxRate


def tax_rate(**said: Any) -> TaxRate:
    """A rate; VAT of 16 % on everything in Kenya, unless said."""
    usual = {"name": "VAT", "country": "KE", "basis_points": 1600, "valid_from": date(2020, 1, 1)}
    with writing_as_system():
        row = TaxRate(**(usual | said))
        row.save()
    return row


def tax_country(country: str, *, prices_include_tax: bool) -> TaxCountry:
    """How prices are told there."""
    with writing_as_system():
        row = TaxCountry(country=country, prices_include_tax=prices_include_tax)
        row.save()
    return row
