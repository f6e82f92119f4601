"""Asking carriers: for prices before anything is written, for labels, and for what became of a parcel. Never in a transaction."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial

import structlog
from django.conf import settings

from core.breakers import Breaker, Resting
from marketplace.shipping import carriers, memory
from marketplace.shipping.carriers import CarrierFault, CarrierQuote, Label, NotCarried, Parcel, TrackingEvent
from marketplace.shipping.errors import CarrierUnavailable

log = structlog.get_logger("shipping")
_breakers: dict[str, Breaker] = defaultdict(Breaker)


def learn(parcels: Iterable[tuple[str, Parcel]]) -> None:
    """Ask carriers what these parcels would cost, where that is not remembered. Raises nothing: a method has a price of its own
    for when its carrier does not answer. No question is begun after the time that two may take: somebody waits for all of this.
    """
    latest = time.monotonic() + 2 * settings.CARRIER_SECONDS
    for name, parcel in parcels:
        if time.monotonic() > latest:
            log.warning("carriers_slow")
            return
        if name not in carriers.names() or memory.recall(name, parcel) is not None:
            continue
        try:
            memory.keep(name, parcel, _asked(name, partial(_quoted, parcel=parcel)))
        except NotCarried:
            memory.keep(name, parcel, [])
        except (CarrierFault, Resting) as fault:
            log.warning("carrier_silent", carrier=name, fault=type(fault).__name__, said=str(fault))


def label(name: str, parcel: Parcel, *, service: str, key: str) -> Label:
    """Have a parcel carried. Raises OutcomeUnknown where a label may have been made, NotCarried where the carrier will not.

    Refuses with 422 `unknown_carrier`, and with 503 `carrier_unavailable` while nobody is there to be asked.
    """
    return _or_refused(name, lambda: _asked(name, lambda carrier: carrier.label(parcel, service=service, key=key)))


def offers(name: str, parcel: Parcel) -> list[CarrierQuote]:
    """What a carrier would take for a parcel now, the cheapest first. Raises NotCarried where it will not.

    Refuses with 422 `unknown_carrier`, and with 503 `carrier_unavailable` where the carrier does not answer.
    """
    return _answered(name, partial(_quoted, parcel=parcel))


def find_label(name: str, key: str) -> Label | None:
    """The label that a carrier made under our reference, if it did; it has no content. Refuses as `offers` does."""
    return _answered(name, lambda carrier: carrier.find(key))


def track(name: str, number: str) -> list[TrackingEvent]:
    """What a carrier tells of a parcel, oldest first; kept for five minutes. Nothing where it knows no such parcel.

    Refuses with 422 `unknown_carrier`, and with 503 `carrier_unavailable` where the carrier does not answer.
    """
    found = memory.recall_events(name, number)
    if found is None:
        try:
            found = _answered(name, lambda carrier: carrier.track(number))
        except NotCarried:
            found = []
        memory.keep_events(name, number, found)
    return found


def forget() -> None:
    """Close the breakers: for tests, and for whoever knows that a carrier is back."""
    _breakers.clear()


def _quoted(carrier: carriers.Carrier, parcel: Parcel) -> list[CarrierQuote]:
    return carrier.quote(parcel)


def _asked[T](name: str, ask: Callable[[carriers.Carrier], T]) -> T:
    carrier, breaker = carriers.carrier_of(name), _breakers[name]
    breaker.pass_through()
    with breaker.judging((CarrierFault,), answers=(NotCarried,)):
        return ask(carrier)


def _answered[T](name: str, ask: Callable[[carriers.Carrier], T]) -> T:
    """Ask what changes nothing: an answer that did not come is as none."""
    try:
        return _or_refused(name, lambda: _asked(name, ask))
    except carriers.OutcomeUnknown as fault:
        raise CarrierUnavailable(carrier=carriers.title_of(name)) from fault


def _or_refused[T](name: str, ask: Callable[[], T]) -> T:
    try:
        return ask()
    except (carriers.CarrierDown, Resting) as fault:
        raise CarrierUnavailable(carrier=carriers.title_of(name)) from fault
