"""What a provider said of a sale, kept for a checkout: so that nobody is asked while an order is being written.

The key is the whole sale: another price, place or day is another question. What is lost is asked again, or told by the table.
"""

import hashlib

from django.conf import settings
from django.core.cache import cache

from core.money import Money
from marketplace.taxes.assessing import Assessment
from marketplace.taxes.sales import Sale

KEPT = 3600  # seconds: longer than anybody looks at a total


def recall(sale: Sale) -> Assessment | None:
    """What the provider said of this very sale, if it was asked lately."""
    if settings.TAX_PROVIDER == "table":
        return None
    found = cache.get(_key(sale))
    if found is None:
        return None
    *lines, shipping = (Money(each, sale.shipping.currency) for each in found)
    return Assessment(tuple(lines), shipping, sale.is_included)


def keep(sale: Sale, said: Assessment) -> None:
    """Remember what the provider said."""
    cache.set(_key(sale), [each.amount for each in (*said.lines, said.shipping)], KEPT)


def _key(sale: Sale) -> str:
    digest = hashlib.sha256(f"{settings.TAX_PROVIDER} {sale!r}".encode()).hexdigest()
    return f"soko:tax:{digest[:40]}"
