"""TaxJar, API v2: the sales tax of an order that is put on top of its prices (`POST /v2/taxes`)."""

from typing import Any, ClassVar

import orjson
from django.conf import settings

from core.money import Money
from marketplace.taxes.assessing import Assessment
from marketplace.taxes.providers import CannotSay, ProviderFault, checked, told
from marketplace.taxes.sales import Sale


class TaxJar:
    """Told with a token. It knows no prices that hold their tax: such a sale is for the table."""

    name: ClassVar[str] = "taxjar"

    def __init__(self, *, url: str, key: str) -> None:
        self._url, self._key = url, key

    def assess(self, sale: Sale) -> Assessment:
        if sale.is_included:
            raise CannotSay("It knows only tax that is put on top.")
        answer = told(
            f"{self._url}/v2/taxes", orjson.dumps(_asked(sale)), headers={"Authorization": f"Bearer {self._key}"}
        )
        try:
            return checked(sale, *_read(sale, answer["tax"]))
        except (LookupError, TypeError, ValueError):
            raise ProviderFault("It answered with what makes no sense.") from None


def _asked(sale: Sale) -> dict[str, Any]:
    items = [
        {"id": str(number), "quantity": 1, "unit_price": orjson.Fragment(line.amount.major())}
        for number, line in enumerate(sale.lines, start=1)
    ]
    within = {"to_state": sale.to.province, "to_zip": sale.to.postal_code}
    return {name: value for name, value in within.items() if value} | {
        "from_country": sale.origin.country, "from_city": sale.origin.town, "to_country": sale.to.country,
        "to_city": sale.to.town, "shipping": orjson.Fragment(sale.shipping.major()), "line_items": items,
    }  # fmt: skip


def _read(sale: Sale, tax: dict[str, Any]) -> tuple[list[Money], Money]:
    """The tax of each line and of the shipping. Without a breakdown (no tax is due there) all of them share the whole."""

    def money(said: Any) -> Money:
        return Money.from_major(str(said), sale.shipping.currency)

    breakdown, whole = tax.get("breakdown"), money(tax["amount_to_collect"])
    if breakdown is None:
        amounts = [*(line.amount.amount for line in sale.lines), sale.shipping.amount if tax["freight_taxable"] else 0]
        parts = whole.share_out(amounts) if whole.amount else [whole] * len(amounts)
        return parts[:-1], parts[-1]
    taxes = {str(each["id"]): money(each["tax_collectable"]) for each in breakdown["line_items"]}
    lines = [taxes[str(number)] for number in range(1, len(sale.lines) + 1)]
    return lines, money(breakdown.get("shipping", {}).get("tax_collectable", 0))


def connect() -> TaxJar:
    """The one that the settings name."""
    return TaxJar(url=settings.TAXJAR_URL, key=settings.TAXJAR_KEY)
