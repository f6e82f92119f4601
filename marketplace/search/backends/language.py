"""What is asked of an index of words: a small language that every backend translates into its own."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from marketplace.search.text import Asked


class Zone(Enum):
    """Which words of an entry are looked at: each zone has those of the one before it as well."""

    TITLE = "t"
    FACTS = "f"
    ALL = "b"


@dataclass(frozen=True)
class Part:
    """All these words, in this zone."""

    asked: Asked
    zone: Zone = Zone.ALL


@dataclass(frozen=True)
class Clause:
    """Entries that have one part and, if it is given, lack another."""

    has: Part
    lacks: Part | None = None


class Backend(Protocol):
    """What a kind of database can do with words."""

    def condition(self, key: str, clauses: tuple[Clause, ...], *, but_titled: bool) -> str:
        """SQL: this key of a listing is among those that the query of these clauses, its first parameter, finds; `but_titled`: and that
        have not just this title, its second.
        """
        ...

    def query(self, clauses: tuple[Clause, ...]) -> str:
        """The query for what meets any of the clauses, in the backend's language."""
        ...

    def near(self, word: str, most: int) -> list[tuple[str, int]]:
        """Known words that look like this one, the likest first, each with how many listings on show have it."""
        ...

    def trouble(self) -> str:
        """What is wrong between the entries and the index of their words; nothing, if all is well."""
        ...

    def repair(self) -> None:
        """Make the index of words anew from the entries and the known words."""
        ...
