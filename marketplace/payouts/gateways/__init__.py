"""The port to those who send money to vendors: what they can be asked, and which one this market uses."""

from importlib import import_module
from typing import ClassVar, Protocol

from django.conf import settings

from core.money import Money
from marketplace.payments.gateways import Answer

OFFLINE = "offline"


class TransferGateway(Protocol):
    """Whoever sends the money. It does a thing once for each key, and raises GatewayDown where nothing was done,
    OutcomeUnknown where something may have been, and nothing else. That it will not send it is an Answer with status "failed".
    """

    name: ClassVar[str]

    def transfer(self, *, key: str, amount: Money, destination: str, subject: str) -> Answer:
        """Send the amount to the account."""
        ...

    def find_transfer(self, *, key: str) -> Answer | None:
        """What was sent under this key; None where it never heard of it."""
        ...


def name() -> str:
    """Through whom this market pays its vendors; `offline` is by hand."""
    return settings.PAYOUT_GATEWAY


def gateway_of(name: str) -> TransferGateway:
    """The gateway of this name."""
    return import_module(f"{__name__}.{name}").connect()
