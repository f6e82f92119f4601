"""The port to those who know tax: what a provider can be asked, what it answers, and which one this market asks."""

from importlib import import_module
from typing import Any, ClassVar, Protocol

from django.conf import settings

from core import asking
from core.money import Money
from marketplace.taxes.assessing import Assessment
from marketplace.taxes.sales import Sale


class ProviderFault(Exception):
    """A provider could not be asked, or its answer did not arrive or could not be understood."""


class CannotSay(ProviderFault):
    """The provider answered that it knows no tax for this: another country, a place it cannot find."""


class TaxProvider(Protocol):
    """Whoever knows tax. An estimate is asked for: nothing is recorded there, so asking twice does no harm."""

    name: ClassVar[str]

    def assess(self, sale: Sale) -> Assessment:
        """The tax of each line and of the shipping. Raises ProviderFault, and nothing else."""
        ...


def provider() -> TaxProvider:
    """The one that SOKO_TAX_PROVIDER names; there is none for the market's own table."""
    return import_module(f"{__name__}.{settings.TAX_PROVIDER}").connect()


def told(url: str, body: bytes, *, headers: dict[str, str], basic: tuple[str, str] | None = None) -> dict[str, Any]:
    """Ask with a POST and read the answer. A refusal in the range of 400 is CannotSay, unless it is of who asks, or how often."""
    try:
        sent = {"Content-Type": "application/json", **headers}
        reply = asking.ask("POST", url, seconds=settings.TAX_SECONDS, headers=sent, content=body, auth=basic)
        if reply.status in (401, 403, 429) or reply.status >= 500 or reply.status < 200:
            raise ProviderFault(f"It answered with {reply.status}.")
        if reply.status >= 300:
            raise CannotSay(f"It answered with {reply.status}.")
        return reply.said
    except (asking.NotAsked, asking.NoReply) as fault:
        raise ProviderFault(str(fault)) from fault


def checked(sale: Sale, lines: list[Money], shipping: Money) -> Assessment:
    """An assessment that can be one: as many lines as were asked about, nothing below zero, no more than what holds it."""
    wholes = [*(each.amount for each in sale.lines), sale.shipping]
    parts = [*lines, shipping]
    if len(parts) != len(wholes) or any(part.amount < 0 for part in parts):
        raise ProviderFault("It answered with what is no tax of these lines.")
    if sale.is_included and any(whole < part for whole, part in zip(wholes, parts, strict=True)):
        raise ProviderFault("It answered with more tax than the price holds.")
    return Assessment(tuple(lines), shipping, sale.is_included)
