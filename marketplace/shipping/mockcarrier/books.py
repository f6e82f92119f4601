"""What the mock carrier knows: its parcels with what happened to them, what it takes, and how it misbehaves."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

LABEL = b"%PDF-1.4\n% A label of the mock carrier: it carries nothing.\n%%EOF\n"
SWITCHES = {"status": 0, "drop": False, "lost": False, "nonsense": False, "slow": 0}


@dataclass(frozen=True)
class Checkpoint:
    """One thing that happened to a parcel. `code` is the carrier's own."""

    at: datetime
    code: str
    sentence: str
    town: str
    country: str


@dataclass
class Books:
    """All of it, for as long as the process lives."""

    parcels: dict[str, list[Checkpoint]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    switches: dict[str, Any] = field(default_factory=lambda: dict(SWITCHES))
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokens: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self) -> None:
        """Forget everything, with all switches off."""
        with self.lock:
            self.parcels.clear()
            self.keys.clear()
            self.asked.clear()
            self.switches, self.tokens = dict(SWITCHES), 0

    def send(self, prefix: str, country: str, town: str, *, key: str) -> str:
        """Take a parcel under its sender's reference; returns its number. Asked twice, it takes two, as carriers do."""
        with self.lock:
            number = f"{prefix}{len(self.parcels) + 1:010d}"
            code = "SA" if prefix == "10" else "OC"
            self.keys[key] = number
            self.parcels[number] = [Checkpoint(datetime.now(UTC), code, "Shipment information received", town, country)]
        return number

    def note(self, number: str, said: list[dict[str, str]]) -> None:
        """Let things happen to a parcel, known or not."""
        found = [
            Checkpoint(
                datetime.fromisoformat(each["at"]), each["code"], each["sentence"], each["town"], each["country"]
            )
            for each in said
        ]
        with self.lock:
            self.parcels.setdefault(number, []).extend(found)


def price(kilograms: str, *, base: int, each: int) -> str:
    """So much for a parcel, and so much for each kilogram that has begun; written with two decimals."""
    whole, _dot, rest = kilograms.partition(".")
    begun = int(whole) + (1 if rest.strip("0") else 0)
    amount = base + each * begun
    return f"{amount // 100}.{amount % 100:02d}"
