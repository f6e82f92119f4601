"""What carriers said, kept for a checkout: so that nobody is asked while an order is being written.

The key is the carrier and the whole question: another weight or place is another one. What is lost is asked again.
"""

import hashlib

from django.core.cache import cache

from core.money import Money
from marketplace.shipping.carriers import CarrierQuote, Parcel, TrackingEvent

QUOTES_KEPT, EVENTS_KEPT = 1800, 300  # seconds


def recall(carrier: str, parcel: Parcel) -> list[CarrierQuote] | None:
    """What this carrier would take for this parcel, if it was asked lately; an empty list where it does not carry it."""
    found = cache.get(_key("quote", carrier, parcel))
    if found is None:
        return None
    return [
        CarrierQuote(service, name, Money(amount, currency), days) for service, name, amount, currency, days in found
    ]


def keep(carrier: str, parcel: Parcel, said: list[CarrierQuote]) -> None:
    """Remember what a carrier said."""
    rows = [(each.service, each.name, each.price.amount, each.price.currency, each.days) for each in said]
    cache.set(_key("quote", carrier, parcel), rows, QUOTES_KEPT)


def recall_events(carrier: str, number: str) -> list[TrackingEvent] | None:
    """What was told of a parcel, if somebody asked in the last minutes."""
    return cache.get(_key("track", carrier, number))


def keep_events(carrier: str, number: str, said: list[TrackingEvent]) -> None:
    """Remember what was told of a parcel, for a few minutes."""
    cache.set(_key("track", carrier, number), said, EVENTS_KEPT)


def _key(kind: str, carrier: str, asked: object) -> str:
    digest = hashlib.sha256(f"{carrier} {asked!r}".encode()).hexdigest()
    return f"soko:carrier:{kind}:{digest[:40]}"
