"""The port to those who move the money: what any gateway can be asked, what it answers, and which ones this market uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import ClassVar, Literal, Protocol

from django.conf import settings

from core.errors import BadRequest, Invalid
from core.money import Money

Status = Literal["succeeded", "failed", "requires_action", "requires_capture", "processing"]
#: What an event is about. "other" is what nothing here acts on: kept, and that is all.
About = Literal["payment", "refund", "dispute", "other"]


@dataclass(frozen=True)
class Answer:
    """What a gateway says of one payment or refund: its own words, believed only after amount and subject were compared.

    `amount` is what it was asked to move and `subject` what for; both are empty where it does not say. "requires_capture" is
    a payer's consent: no money has come, and none does before `capture`.
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
    """A signed hint that something happened. The truth is asked for with `fetch` or `fetch_dispute`; `key` is the one that we
    once sent, empty where the gateway does not say it: then `gateway_id` tells what it is about.
    """

    event_id: str
    kind: str
    gateway_id: str
    key: str
    about: About = "payment"


@dataclass(frozen=True)
class Dispute:
    """What a gateway says of a payer who asked their bank for money back. `payment_id` is its word for the payment; `due_at`
    is until when it takes evidence, None where it takes none.
    """

    gateway_id: str
    payment_id: str
    amount: Money
    reason: str
    status: Literal["open", "won", "lost"]
    due_at: datetime | None = None


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


class NotTaken(GatewayFault):
    """The gateway will not have what was said to it, and says why; said the same again, it would not either."""


class BadSignature(BadRequest):
    code, sentence = "bad_signature", "The signature does not fit this body, this moment or this market."


class UnknownGateway(Invalid):
    code, sentence = "unknown_gateway", "Payments are not taken through that gateway. Taken: {taken}."


class Gateway(Protocol):
    """Whoever moves the money. Amounts are Money; keys are ours, never used twice for different things.

    Every call raises GatewayDown when nothing was done and OutcomeUnknown when something may have been, and nothing else
    (what takes a gateway's id also NotThere). A refusal of the money (declined, more than was captured) is an Answer with
    status "failed". Beside these, where a gateway has them: `statement(*, since)`, StatementLines of all that moved since a
    moment, oldest first, with which our books are compared; `disputes(*, since)`, `fetch_dispute(gateway_id)` and
    `submit_evidence(*, key, gateway_id, text)`, each answering with Disputes; the last raises NotTaken where the gateway
    refuses these words and listens for others.
    """

    name: ClassVar[str]
    #: What a storefront's page has to get first: "source", a word for a card or an account; or "page", nothing, for the payer
    #: is sent to the gateway's own page.
    needs: ClassVar[Literal["source", "page"]]
    #: The currencies that it takes; None where that is a matter of the account with it.
    currencies: ClassVar[frozenset[str] | None]

    def charge(self, *, key: str, amount: Money, source: str, subject: str) -> Answer:
        """Take the amount from the source. The same key takes it once, however often it is sent."""
        ...

    def find(self, *, key: str, since: datetime | None = None) -> Answer | None:
        """The payment that was asked for under this key, not before `since`; None when the gateway never heard of it, or no
        money can come of what it heard, for nobody was told where to pay."""
        ...

    def fetch(self, gateway_id: str) -> Answer:
        """The payment or refund of this id, as it is now."""
        ...

    def capture(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        """Take the money that a payer has consented to, and say what the payment is now. Safe to repeat."""
        ...

    def cancel(self, gateway_id: str) -> Answer:
        """Call off a payment that waits, so that no money comes of it any more, and say what it is now: failed; or as it is,
        where its payer was faster or the gateway does not let go of it. Safe to repeat."""
        ...

    def refund(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        """Give back this much of a captured payment. The same key gives it back once."""
        ...

    def find_refund(self, *, key: str, gateway_id: str = "") -> Answer | None:
        """The refund of this payment that was asked for under this key; None when the gateway never heard of it."""
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


def can_dispute(gateway: Gateway) -> bool:
    """Whether this gateway tells of disputes."""
    return hasattr(gateway, "disputes")
