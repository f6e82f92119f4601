"""Avalara AvaTax, REST v2: an estimate is a SalesOrder, which is not recorded (`POST /api/v2/transactions/create`)."""

from typing import ClassVar

import orjson
from django.conf import settings

from core.money import Money
from marketplace.taxes.assessing import Assessment
from marketplace.taxes.providers import ProviderFault, checked, told
from marketplace.taxes.sales import Sale, Spot

FREIGHT = "FR020100"  # Avalara's code of shipping by a carrier
SHIPPING = "shipping"
CLIENT = "Soko; 1; REST; v2; market"


class Avalara:
    """Told with basic authentication: the account's number and its licence key."""

    name: ClassVar[str] = "avalara"

    def __init__(self, *, url: str, account: str, key: str, company: str) -> None:
        self._url, self._basic, self._company = url, (account, key), company

    def assess(self, sale: Sale) -> Assessment:
        answer = told(
            f"{self._url}/api/v2/transactions/create",
            orjson.dumps(self._asked(sale)),
            headers={"X-Avalara-Client": CLIENT},
            basic=self._basic,
        )
        try:
            taxes = {str(each["lineNumber"]): str(each["tax"]) for each in answer["lines"]}
            numbers = [str(number) for number in range(1, len(sale.lines) + 1)]
            found = [Money.from_major(taxes[number], sale.shipping.currency) for number in (*numbers, SHIPPING)]
        except (LookupError, TypeError, ValueError):
            raise ProviderFault("It answered with what makes no sense.") from None
        return checked(sale, found[:-1], found[-1])

    def _asked(self, sale: Sale) -> dict[str, object]:
        lines = [
            {"number": str(number), "quantity": 1, "amount": amount(line.amount), "taxIncluded": sale.is_included}
            for number, line in enumerate(sale.lines, start=1)
        ]
        freight = {
            "number": SHIPPING, "quantity": 1, "amount": amount(sale.shipping), "taxIncluded": sale.is_included, "taxCode": FREIGHT,
        }  # fmt: skip
        return {
            "type": "SalesOrder",
            "companyCode": self._company,
            "date": sale.on.isoformat(),
            "customerCode": "buyer",
            "currencyCode": sale.shipping.currency,
            "addresses": {"shipFrom": _address(sale.origin), "shipTo": _address(sale.to)},
            "lines": [*lines, freight],
        }


def amount(money: Money) -> orjson.Fragment:
    """A JSON number in major units, written out digit by digit: no binary fraction ever stands in between."""
    return orjson.Fragment(money.major())


def _address(spot: Spot) -> dict[str, str]:
    said = {"country": spot.country, "city": spot.town, "region": spot.province, "postalCode": spot.postal_code}
    return {name: value for name, value in said.items() if value}


def connect() -> Avalara:
    """The one that the settings name."""
    return Avalara(
        url=settings.AVALARA_URL,
        account=settings.AVALARA_ACCOUNT,
        key=settings.AVALARA_KEY,
        company=settings.AVALARA_COMPANY,
    )
