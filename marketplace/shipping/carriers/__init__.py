"""The port to those who carry parcels: what any carrier can be asked, what it answers, and which ones this market asks."""

from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import ClassVar, Literal, Protocol

from django.conf import settings

from core.errors import Invalid
from core.money import Money

#: What can be said of a parcel, whoever carries it.
Code = Literal[
    "announced", "picked_up", "in_transit", "out_for_delivery", "delivered", "trouble", "returned", "unknown"
]


@dataclass(frozen=True)
class Place:
    """Where a parcel starts or ends. What is not known is empty."""

    country: str
    town: str = ""
    street: str = ""
    name: str = ""
    phone: str = ""
    province: str = ""
    postal_code: str = ""


@dataclass(frozen=True)
class Parcel:
    """What is to be carried, from where to where. `value` is what it is worth."""

    weight_grams: int
    value: Money
    sender: Place
    recipient: Place


@dataclass(frozen=True)
class CarrierQuote:
    """What a carrier would take for a parcel, and in how many days it would be there (None where it does not say)."""

    service: str
    name: str
    price: Money
    days: int | None = None


@dataclass(frozen=True)
class Label:
    """What is stuck on a parcel: `content` in the format of `media_type`, and the number under which it is tracked.

    `price` is what our account is billed, None where the carrier does not say. One that was found again has no content: carriers
    hand a label out once.
    """

    tracking_number: str
    media_type: str
    content: bytes
    price: Money | None = None


@dataclass(frozen=True)
class TrackingEvent:
    """One thing that a carrier tells of a parcel: when, what in one of our words, its own sentence, and where (or empty)."""

    at: datetime
    code: Code
    sentence: str
    place: str = ""


class CarrierFault(Exception):
    """A carrier could not be asked, or its answer did not arrive or could not be understood."""


class CarrierDown(CarrierFault):
    """There was no connection, or nobody who would listen to us: nothing was done."""


class OutcomeUnknown(CarrierFault):
    """The question was sent and no usable answer came: a label may have been made."""


class NotCarried(CarrierFault):
    """The carrier answered: it does not carry this, there, or knows no such parcel."""


class NotKnown(NotCarried):
    """The carrier answered that it has no such thing: what other refusal may stand for something else never means this."""


class UnknownCarrier(Invalid):
    code, sentence = "unknown_carrier", "This market does not ask that carrier. Asked: {asked}."


class Carrier(Protocol):
    """Whoever carries parcels. Every call raises CarrierDown, OutcomeUnknown or NotCarried, and nothing else."""

    name: ClassVar[str]
    title: ClassVar[str]

    def quote(self, parcel: Parcel) -> list[CarrierQuote]:
        """What the parcel would cost with each service that goes there, the cheapest first."""
        ...

    def label(self, parcel: Parcel, *, service: str, key: str) -> Label:
        """Have the parcel carried, and get what is stuck on it. `key` is our reference: the carrier shows it on its invoice."""
        ...

    def find(self, key: str) -> Label | None:
        """The label that was made under our reference, without its content; None where the carrier has heard of none."""
        ...

    def track(self, number: str) -> list[TrackingEvent]:
        """What became of the parcel so far, oldest first."""
        ...


def names() -> list[str]:
    """The carriers that this market asks."""
    return settings.CARRIERS


def title_of(name: str) -> str:
    """A carrier as people write it."""
    return carrier_of(name).title if name in names() else name


def carrier_of(name: str) -> Carrier:
    """The carrier of this name, as configured. Refuses with 422 `unknown_carrier` a name that SOKO_CARRIERS does not have."""
    if name not in names():
        raise UnknownCarrier(asked=", ".join(names()) or "none")
    return import_module(f"{__name__}.{name}").connect()
