"""What the mock gateway keeps: payments, refunds and the statement, in memory and, if asked to, in a file."""

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

Kind = Literal["payment", "refund", "transfer"]
OPEN = ("requires_action", "processing")
WAITING = (*OPEN, "requires_capture")
DECLINES = {
    "tok_declined": ("card_declined", "The card was declined."),
    "tok_no_funds": ("insufficient_funds", "There is not enough money on the card."),
}
SOURCES = {
    "tok_ok": "succeeded",
    "tok_drop_reply": "succeeded",
    "tok_slow": "succeeded",
    "tok_requires_action": "requires_action",
    "tok_processing": "processing",
    "tok_consent": "requires_capture",
}


#: What becomes of money sent to an account of these words; to any other it goes at once.
DESTINATIONS = {"acct_closed": "failed", "acct_processing": "processing"}


class KeyReused(Exception):
    """This key was used before, for something else."""


@dataclass(frozen=True)
class Movement:
    """A payment, or a refund of one (`payment`). `asked` is what was sent with the key, to tell a repetition from a mistake."""

    id: str
    kind: Kind
    key: str
    asked: dict[str, Any]
    status: str
    amount: int
    currency: str
    subject: str
    created: int
    payment: str = ""
    failure_code: str = ""
    failure_sentence: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class Dispute:
    """A payer who asked their bank for money of a payment back. `due` is until when evidence is taken, 0 where none is."""

    id: str
    payment: str
    amount: int
    currency: str
    reason: str
    status: str
    due: int
    changed: int
    evidence: str = ""
    kind: str = "dispute"

    @property
    def key(self) -> str:
        """What a webhook names beside the dispute: its payment."""
        return self.payment


@dataclass(frozen=True)
class StatementLine:
    """Money that moved: what an account is reconciled with."""

    number: int
    kind: Literal["captured", "refunded"]
    gateway_id: str
    key: str
    subject: str
    amount: int
    currency: str
    at: int


class Books:
    """One change at a time, written to the end of the file, if there is one, before anybody is told of it."""

    def __init__(
        self,
        file: Path | None = None,
        tell: Callable[[Movement | Dispute], None] = lambda told: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._lock = threading.RLock()
        self._file, self._tell, self._now = file, tell, now
        self._movements: dict[str, Movement] = {}
        self._keys: dict[str, str] = {}
        self._statement: list[StatementLine] = []
        self._disputes: dict[str, Dispute] = {}
        if file and file.exists():
            self._read(file)

    def charge(
        self, *, key: str, amount: int, currency: str, source: str, subject: str, declined: bool, request_id: str
    ) -> Movement:
        """Take money. The same key answers with what it did the first time; with other words, KeyReused."""
        asked = {"kind": "payment", "amount": amount, "currency": currency, "source": source, "subject": subject}
        with self._lock:
            if before := self._repeated(key, asked):
                return before
            status, (code, sentence) = SOURCES.get(source, "failed"), ("", "")
            if status == "failed" or declined:
                status = "failed"
                unknown = ("unknown_source", "There is no such source of money.")
                code, sentence = DECLINES["tok_declined"] if declined else DECLINES.get(source, unknown)
            movement = Movement(
                f"pay_{secrets.token_hex(12)}", "payment", key, asked, status, amount, currency, subject, int(self._now()),
                failure_code=code, failure_sentence=sentence, request_id=request_id,
            )  # fmt: skip
            return self._book(movement)

    def refund(
        self, *, key: str, payment: str, amount: int, currency: str, pending: bool, uncapped: bool, request_id: str
    ) -> Movement:
        """Give money back, as far as it was captured and not given back or promised. KeyReused as for a charge."""
        asked = {"kind": "refund", "payment": payment, "amount": amount, "currency": currency}
        with self._lock:
            if before := self._repeated(key, asked):
                return before
            code, sentence = self._no_refund(payment, amount, currency, uncapped=uncapped)
            status = "failed" if code else "processing" if pending else "succeeded"
            whose = self._movements.get(payment)
            movement = Movement(
                f"ref_{secrets.token_hex(12)}", "refund", key, asked, status, amount, currency,
                whose.subject if whose else "", int(self._now()), payment=payment,
                failure_code=code, failure_sentence=sentence, request_id=request_id,
            )  # fmt: skip
            return self._book(movement)

    def transfer(
        self, *, key: str, amount: int, currency: str, destination: str, subject: str, request_id: str
    ) -> Movement:
        """Send money to an account. KeyReused as for a charge. Nobody is notified, and the statement of what buyers paid has it not."""
        asked = {
            "kind": "transfer", "amount": amount, "currency": currency, "destination": destination, "subject": subject,
        }  # fmt: skip
        with self._lock:
            if before := self._repeated(key, asked):
                return before
            status = DESTINATIONS.get(destination, "succeeded")
            code, sentence = ("account_closed", "The account is closed.") if status == "failed" else ("", "")
            return self._book(
                Movement(
                    f"tra_{secrets.token_hex(12)}", "transfer", key, asked, status, amount, currency, subject,
                    int(self._now()), failure_code=code, failure_sentence=sentence, request_id=request_id,
                )
            )  # fmt: skip

    def settle(self, movement_id: str, *, approve: bool) -> Movement | None:
        """Decide what waits for a person or for time. One that is decided stays as it is; None when there is none."""
        with self._lock:
            movement = self._movements.get(movement_id)
            if movement is None or movement.status not in OPEN:
                return movement
            if approve:
                return self._book(replace(movement, status="succeeded"))
            return self._book(
                replace(movement, status="failed", failure_code="refused", failure_sentence="It was not approved.")
            )

    def capture(self, movement_id: str) -> Movement | None:
        """Take what its payer has consented to. Any other stays as it is; None when there is none."""
        with self._lock:
            movement = self.fetch("payment", movement_id)
            if movement is None or movement.status != "requires_capture":
                return movement
            return self._book(replace(movement, status="succeeded"))

    def dispute(self, payment: str, *, reason: str, amount: int = 0, days: int = 7) -> Dispute | None:
        """A payer disputes a payment that has come, all of it unless said. None where there is no such payment."""
        with self._lock:
            of = self.fetch("payment", payment)
            if of is None or of.status != "succeeded":
                return None
            due = int(self._now()) + days * 24 * 3600
            return self._keep(
                Dispute(
                    f"dis_{secrets.token_hex(12)}", payment, amount or of.amount, of.currency, reason, "open", due, 0
                )
            )

    def answer(self, dispute_id: str, text: str) -> Dispute | None:
        """Take evidence, once, while the dispute is open. None when there is none."""
        with self._lock:
            dispute = self._disputes.get(dispute_id)
            if dispute is None or dispute.status != "open" or dispute.evidence:
                return dispute
            return self._keep(replace(dispute, evidence=text, due=0))

    def decide(self, dispute_id: str, *, won: bool) -> Dispute | None:
        """The bank decides. None when there is none."""
        with self._lock:
            dispute = self._disputes.get(dispute_id)
            return dispute and self._keep(replace(dispute, status="won" if won else "lost", due=0))

    def correct(self, dispute_id: str, *, amount: int, days: int = 7) -> Dispute | None:
        """The bank wants another amount, and takes up anew what it had decided. None when there is none."""
        with self._lock:
            dispute = self._disputes.get(dispute_id)
            due = int(self._now()) + days * 24 * 3600
            return dispute and self._keep(replace(dispute, amount=amount, status="open", due=due, evidence=""))

    def disputes(self, *, since: int = 0) -> list[Dispute]:
        """Those that were opened or changed since that second, oldest first."""
        with self._lock:
            return [each for each in self._disputes.values() if each.changed >= since]

    def fetch_dispute(self, dispute_id: str) -> Dispute | None:
        return self._disputes.get(dispute_id)

    def cancel(self, movement_id: str) -> Movement | None:
        """End a payment that waits. One that is decided stays as it is; None when there is none."""
        with self._lock:
            movement = self.fetch("payment", movement_id)
            if movement is None or movement.status not in WAITING:
                return movement
            return self._book(
                replace(movement, status="failed", failure_code="cancelled", failure_sentence="It was called off.")
            )

    def find(self, kind: Kind, key: str) -> Movement | None:
        """What was done under a key."""
        movement = self._movements.get(self._keys.get(key, ""))
        return movement if movement and movement.kind == kind else None

    def fetch(self, kind: Kind, movement_id: str) -> Movement | None:
        movement = self._movements.get(movement_id)
        return movement if movement and movement.kind == kind else None

    def movements(self) -> list[Movement]:
        """All, newest first."""
        with self._lock:
            return list(reversed(self._movements.values()))

    def statement(self, *, after: int = 0, since: int = 0, most: int = 500) -> list[StatementLine]:
        """The lines after that number and not before that second, oldest first."""
        with self._lock:
            return list(islice((line for line in self._statement[after:] if line.at >= since), most))

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._movements, self._keys, self._statement, self._disputes = {}, {}, [], {}
            if self._file:
                self._file.unlink(missing_ok=True)

    def _repeated(self, key: str, asked: dict[str, Any]) -> Movement | None:
        before = self._movements.get(self._keys.get(key, ""))
        if before and before.asked != asked:
            raise KeyReused
        return before

    def _no_refund(self, payment: str, amount: int, currency: str, *, uncapped: bool) -> tuple[str, str]:
        """Why this cannot be given back: code and sentence, empty when it can."""
        of = self._movements.get(payment)
        if of is None or of.kind != "payment":
            return "no_such_payment", "There is no such payment."
        if of.status != "succeeded":
            return "not_captured", "Nothing was captured by that payment."
        if of.currency != currency:
            return "other_currency", f"That payment was in {of.currency}."
        given = sum(
            each.amount for each in self._movements.values() if each.payment == payment and each.status != "failed"
        )
        if given + amount > of.amount and not uncapped:
            return "refund_exceeds_capture", "That is more than was captured and not yet given back."
        return "", ""

    def _keep(self, dispute: Dispute) -> Dispute:
        dispute = replace(dispute, changed=int(self._now()))
        self._write({"dispute": asdict(dispute)})
        self._disputes[dispute.id] = dispute
        self._tell(dispute)
        return dispute

    def _write(self, line: dict[str, Any]) -> None:
        if self._file:
            with self._file.open("a") as file:
                file.write(json.dumps(line) + "\n")

    def _book(self, movement: Movement) -> Movement:
        at = int(self._now())
        self._write({"at": at, "movement": asdict(movement)})
        self._enter(movement, at=at)
        if movement.kind != "transfer":
            self._tell(movement)
        return movement

    def _enter(self, movement: Movement, *, at: int) -> None:
        self._movements[movement.id] = movement
        self._keys[movement.key] = movement.id
        if movement.status == "succeeded" and movement.kind != "transfer":
            kind: Literal["captured", "refunded"] = "captured" if movement.kind == "payment" else "refunded"
            self._statement.append(
                StatementLine(
                    len(self._statement) + 1, kind, movement.id, movement.key, movement.subject,
                    movement.amount, movement.currency, at,
                )
            )  # fmt: skip

    def _read(self, file: Path) -> None:
        """Take up what was written. A last line without an end was never told to anybody: it goes."""
        whole, end, torn = file.read_text().rpartition("\n")
        if torn:
            file.write_text(whole + end)
        for line in whole.splitlines():
            kept = json.loads(line)
            if "dispute" in kept:
                self._disputes[kept["dispute"]["id"]] = Dispute(**kept["dispute"])
                continue
            self._enter(Movement(**kept["movement"]), at=kept["at"])
