"""The port to those who move the money: what any gateway can be asked, what it answers, and which ones this market uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import ClassVar, Literal, Protocol

from django.conf import settings

from core.errors import BadRequest, Invalid
from core.money import Money

Status = Literal["succeeded", "failed", "requires_action", "processing"]


@dataclass(frozen=True)
class Answer:
    """What a gateway says of one payment or refund: its own words, believed only after amount and subject were compared.

    `amount` is what it was asked to move and `subject` what for; both are empty where it does not say.
    """

    status: Status
    gateway_id: str
    amount: Money | None = None
    subject: str = ""
    failure_code: str = ""
    failure_sentence: str = ""
    action_url: str = ""


@dataclass(frozen=True)
class GatewayEvent:
    """A signed hint that something happened. The truth is asked for with `fetch`; `key` is the one that we once sent."""

    event_id: str
    kind: str
    gateway_id: str
    key: str


@dataclass(frozen=True)
class StatementLine:
    """One movement of money as the gateway's own statement has it; `kind` is "captured" or "refunded"."""

    kind: str
    gateway_id: str
    key: str
    subject: str
    amount: Money
    at: datetime


class GatewayFault(Exception):
    """A gateway could not be asked, or its answer did not arrive or could not be understood."""


class GatewayDown(GatewayFault):
    """There was no connection, or nobody who would listen to us: nothing was done."""


class OutcomeUnknown(GatewayFault):
    """The question was sent and no usable answer came: it may have been done. `find` with the same key tells, later."""


class NotThere(GatewayFault):
    """The gateway knows no payment or refund by this id."""


class BadSignature(BadRequest):
    code, sentence = "bad_signature", "The signature does not fit this body, this moment or this market."


class UnknownGateway(Invalid):
    code, sentence = "unknown_gateway", "Payments are not taken through that gateway. Taken: {taken}."


class Gateway(Protocol):
    """Whoever moves the money. Amounts are Money; keys are ours, never used twice for different things.

    Every call raises GatewayDown when nothing was done and OutcomeUnknown when something may have been, and nothing else
    (`fetch` and `cancel` also NotThere). A refusal of the money (declined, more than was captured) is an Answer with status
    "failed". A gateway that gives a statement has `statement(*, since)` beside these: StatementLines of all that moved since
    a moment, oldest first. Our books are compared with it.
    """

    name: ClassVar[str]

    def charge(self, *, key: str, amount: Money, source: str, subject: str) -> Answer:
        """Take the amount from the source. The same key takes it once, however often it is sent."""
        ...

    def find(self, *, key: str) -> Answer | None:
        """The payment that was asked for under this key; None when the gateway never heard of it."""
        ...

    def fetch(self, gateway_id: str) -> Answer:
        """The payment or refund of this id, as it is now."""
        ...

    def cancel(self, gateway_id: str) -> Answer:
        """Call off a payment that waits, so that no money comes of it any more, and say what it is now: failed; or as it is,
        where its payer was faster or the gateway does not let go of it. Safe to repeat."""
        ...

    def refund(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        """Give back this much of a captured payment. The same key gives it back once."""
        ...

    def find_refund(self, *, key: str) -> Answer | None:
        """The refund that was asked for under this key; None when the gateway never heard of it."""
        ...

    def read_event(self, raw: bytes, headers: Mapping[str, str]) -> GatewayEvent:
        """The event in a webhook's raw body. Refuses with 400 `bad_signature` whatever is not signed, fresh and readable."""
        ...


def names() -> list[str]:
    """The gateways that this market takes payments through; the first is used where none is named."""
    return settings.GATEWAYS


def gateway_of(name: str) -> Gateway:
    """The gateway of this name, as configured. Refuses with 422 `unknown_gateway` a name that SOKO_GATEWAYS does not have."""
    if name not in names():
        raise UnknownGateway(taken=", ".join(names()) or "none")
    return import_module(f"{__name__}.{name}").connect()
