"""The mock gateway without its process: its own books behind the port, and a hand that makes calls go wrong."""

from typing import Any, ClassVar, Literal

from core.money import Money
from marketplace.payments.gateways import Answer, Dispute, GatewayDown, GatewayEvent, NotThere, OutcomeUnknown
from marketplace.payments.mockgateway import books


class Till:
    """`fate` is what becomes of the next call that moves money, and then no more: it is not reached (`down`), or it is done
    and the reply is lost (`lost`). It caps no refund: that is for the market to do.
    """

    name: ClassVar[str] = "mock"
    needs: ClassVar[Literal["source", "page"]] = "source"
    currencies: ClassVar[frozenset[str] | None] = None

    def __init__(self, now: Any) -> None:
        self.books = books.Books(now=lambda: now().timestamp())
        self.fate = ""

    def charge(self, *, key: str, amount: Money, source: str, subject: str) -> Answer:
        return self._moved(
            lambda: self.books.charge(
                key=key, amount=amount.amount, currency=amount.currency, source=source, subject=subject,
                declined=False, request_id="",
            )
        )  # fmt: skip

    def find(self, *, key: str, since: Any = None) -> Answer | None:
        return self._found("payment", key)

    def fetch(self, gateway_id: str) -> Answer:
        found = self.books.fetch("refund" if gateway_id.startswith("ref_") else "payment", gateway_id)
        if found is None:
            raise NotThere("It knows no such thing.")
        return _answer(found)

    def capture(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        return self._moved(lambda: self.books.capture(gateway_id))

    def cancel(self, gateway_id: str) -> Answer:
        return self._moved(lambda: self.books.cancel(gateway_id))

    def refund(self, *, key: str, gateway_id: str, amount: Money) -> Answer:
        pending, self.fate = self.fate == "slow", "" if self.fate == "slow" else self.fate
        return self._moved(
            lambda: self.books.refund(
                key=key, payment=gateway_id, amount=amount.amount, currency=amount.currency, pending=pending,
                uncapped=True, request_id="",
            )
        )  # fmt: skip

    def find_refund(self, *, key: str, gateway_id: str = "") -> Answer | None:
        return self._found("refund", key)

    def transfer(self, *, key: str, amount: Money, destination: str, subject: str) -> Answer:
        return self._moved(
            lambda: self.books.transfer(
                key=key, amount=amount.amount, currency=amount.currency, destination=destination, subject=subject,
                request_id="",
            )
        )  # fmt: skip

    def find_transfer(self, *, key: str) -> Answer | None:
        return self._found("transfer", key)

    def fetch_dispute(self, gateway_id: str) -> Dispute:
        found = self.books.fetch_dispute(gateway_id)
        if found is None:
            raise NotThere("It knows no such thing.")
        return Dispute(found.id, found.payment, Money(found.amount, found.currency), found.reason, found.status)  # type: ignore[arg-type]

    def disputes(self, *, since: Any) -> list[Dispute]:
        return [self.fetch_dispute(each.id) for each in self.books.disputes()]

    def told(self, moved: books.Movement | books.Dispute, number: int) -> GatewayEvent:
        """What a webhook says of it; one of the same number is the same webhook."""
        return GatewayEvent(
            f"evt_{moved.id}_{number}", f"{moved.kind}.{moved.status}", moved.id, moved.key, about=moved.kind  # type: ignore[arg-type]
        )  # fmt: skip

    def _found(self, kind: Any, key: str) -> Answer | None:
        found = self.books.find(kind, key)
        return None if found is None else _answer(found)

    def _moved(self, do: Any) -> Answer:
        fate, self.fate = self.fate, ""
        if fate == "down":
            raise GatewayDown("There was no connection.")
        try:
            done = do()
        except books.KeyReused:
            raise OutcomeUnknown("It answered with 409.") from None
        if fate == "lost":
            raise OutcomeUnknown("The reply was lost.")
        return _answer(done)


def _answer(said: books.Movement) -> Answer:
    return Answer(
        said.status, said.id, Money(said.amount, said.currency), said.subject, said.failure_code, said.failure_sentence,  # type: ignore[arg-type]
    )  # fmt: skip
