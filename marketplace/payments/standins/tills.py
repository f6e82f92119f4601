"""What both stand-ins keep, in the mock gateway's books: a payment under the name that each of them gives it."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from marketplace.payments.mockgateway.books import Books, Dispute, KeyReused, Movement
from marketplace.payments.mockgateway.webhooks import DAY


class Refusal(Exception):
    """An answer other than 200: its status and its document."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        super().__init__(str(status))
        self.answered, self.document = status, document


class NoReply(Exception):
    """What was asked for is done, and the connection ends without a word."""


@dataclass
class Manners:
    """How they misbehave, all off unless said: refuse everything (`down`), take long (`late`, in seconds), do the next so many
    charges, captures and refunds without a reply (`drop_replies`), decline every payment (`decline_all`), leave refunds
    open (`pending_refunds`), send each webhook so many times (`duplicate`), or `forged`, as the mock gateway does.
    """

    down: bool = False
    late: int = 0
    drop_replies: int = 0
    decline_all: bool = False
    pending_refunds: bool = False
    duplicate: int = 1
    forged: str = ""


@dataclass
class Till:
    """The books of one gateway: `names` leads from what it calls something to what the books call it."""

    tell: Callable[[Movement | Dispute], None]
    manners: Callable[[], Manners]
    books: Books = field(init=False)
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.books = Books(tell=self.tell)

    def take(self, key: str, amount: int, currency: str, subject: str, name: str) -> Movement:
        """A payment that waits for its payer. KeyReused where the key is another's."""
        movement = self.books.charge(
            key=key, amount=amount, currency=currency, source="tok_requires_action", subject=subject,
            declined=self.manners().decline_all, request_id="",
        )  # fmt: skip
        if movement.id not in self.names.values():
            self.names[name] = movement.id
        return movement

    def give_back(self, key: str, of: Movement, amount: int, currency: str, name: str) -> Movement:
        """A refund. KeyReused where the key is another's."""
        movement = self.books.refund(
            key=key, payment=of.id, amount=amount, currency=currency, pending=self.manners().pending_refunds,
            uncapped=False, request_id="",
        )  # fmt: skip
        if movement.id not in self.names.values():
            self.names[name] = movement.id
        return movement

    def named(self, name: str) -> Movement | None:
        """What is called so."""
        found = self.names.get(name, "")
        return self.books.fetch("payment", found) or self.books.fetch("refund", found)

    def name_of(self, movement_id: str) -> str:
        return next(name for name, found in self.names.items() if found == movement_id)

    def refunds_of(self, movement: Movement) -> list[Movement]:
        """Oldest first."""
        return [each for each in reversed(self.books.movements()) if each.payment == movement.id]


def minor(said: Any) -> int:
    """ "15.5" as hundredths: every currency has two decimals here."""
    whole, _dot, decimals = str(said).partition(".")
    return int(whole) * 100 + int(decimals.ljust(2, "0")[:2] or 0)


def major(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


def new_name(letters: int = 17) -> str:
    """What they call things: capitals and digits."""
    return secrets.token_hex(letters)[:letters].upper()


def moment(forged: str, *, old: int) -> int:
    """When a webhook says that it was sent."""
    shift = {"old": -old, "future": DAY}.get(forged, 0)
    return int(time.time()) + shift


__all__ = ["KeyReused", "Manners", "NoReply", "Refusal", "Till", "major", "minor", "moment", "new_name"]
