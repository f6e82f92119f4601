"""Asking a provider for the tax of sales, before anything is written: what it says is remembered, what fails is told by the table."""

import time
from collections import defaultdict
from collections.abc import Iterable

import structlog
from django.conf import settings

from core.breakers import Breaker, Resting
from marketplace.taxes import memory, providers
from marketplace.taxes.providers import CannotSay, ProviderFault
from marketplace.taxes.sales import Sale

log = structlog.get_logger("taxes")
_breakers: dict[str, Breaker] = defaultdict(Breaker)


def is_asked() -> bool:
    """Does this market ask somebody else for its tax?"""
    return settings.TAX_PROVIDER != "table"


def learn(sales: Iterable[Sale]) -> None:
    """Ask the provider for what is not remembered. Never in a transaction; raises nothing: whoever gets no answer has the table.

    No question is begun after the time that two may take: somebody waits for all of this.
    """
    if not is_asked():
        return
    breaker, latest = _breakers[settings.TAX_PROVIDER], time.monotonic() + 2 * settings.TAX_SECONDS
    for sale in sales:
        if time.monotonic() > latest:
            log.warning("tax_provider_slow", provider=settings.TAX_PROVIDER)
            return
        if memory.recall(sale) is not None:
            continue
        try:
            breaker.pass_through()
            with breaker.judging((ProviderFault,), answers=(CannotSay,)):
                memory.keep(sale, providers.provider().assess(sale))
        except (Resting, ProviderFault) as fault:
            log.warning("tax_by_table", provider=settings.TAX_PROVIDER, fault=type(fault).__name__, said=str(fault))


def forget() -> None:
    """Close the breakers: for tests, and for whoever knows that a provider is back."""
    _breakers.clear()
