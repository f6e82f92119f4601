"""Patterns of texts: a strict subset of regular expressions, matched in linear time (docs/decisions/0016).

Understood are literal characters, `.`, `\\d`, `\\w`, classes such as `[A-Z0-9]`, each with `?`, `*`, `+`, `{3}` or `{2,5}` behind it, and
`|` between whole alternatives. A text must match as a whole. The same source means the same in the browser's `pattern`
and in JSON Schema.
"""

from collections.abc import Callable
from dataclasses import dataclass

from core.memo import for_good

LONGEST, MOST_REPEATS, UNBOUNDED = 200, 500, 10**6
SYNTAX = frozenset("^$\\.*+?()[]{}|/")
DIGITS = frozenset("0123456789")
WORDS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
SAMPLES = (*map(chr, range(32, 127)), "é", "ß", "Я", "中")


class PatternFault(ValueError):
    """Why a pattern is not taken, in a sentence."""


@dataclass(frozen=True)
class Characters:
    """A set of characters: these and these spans, or all but them."""

    ones: frozenset[str] = frozenset()
    spans: tuple[tuple[str, str], ...] = ()
    negated: bool = False

    def __contains__(self, character: str) -> bool:
        held = character in self.ones or any(low <= character <= high for low, high in self.spans)
        return held is not self.negated


@dataclass(frozen=True)
class Piece:
    """So many characters of a set."""

    characters: Characters
    least: int = 1
    most: int = 1

    @property
    def varies(self) -> bool:
        return self.least != self.most


@dataclass(frozen=True)
class Pattern:
    """A pattern as it was read. `source` is what JSON Schema and browsers are given: anchored at both ends."""

    alternatives: tuple[tuple[Piece, ...], ...]
    text: str

    @property
    def source(self) -> str:
        return f"^(?:{self.text})$"

    def matches(self, text: str) -> bool:
        """Does the whole text match? Costs one pass over the text for each piece, whatever the text."""
        return any(_matches(pieces, text) for pieces in self.alternatives)


def _matches(pieces: tuple[Piece, ...], text: str) -> bool:
    """All ends that can be reached, piece by piece: from each reached start a run of ends, gathered as differences."""
    size = len(text)
    reached = [True] + [False] * size
    for piece in pieces:
        changes = [0] * (size + 2)
        run = 0
        for start in range(size, -1, -1):
            run = run + 1 if start < size and text[start] in piece.characters else 0
            if reached[start] and run >= piece.least:
                changes[start + piece.least] += 1
                changes[start + min(run, piece.most) + 1] -= 1
        depth = 0
        for end in range(size + 1):
            depth += changes[end]
            reached[end] = depth > 0
    return reached[size]


@for_good
def read(text: str) -> Pattern:
    """The pattern of a text. PatternFault for what is not in the subset, and for what a backtracking engine would choke on."""
    if len(text) > LONGEST:
        raise PatternFault(f"At most {LONGEST} characters.")
    reader = _Reader(text)
    alternatives = [reader.alternative()]
    while reader.taken("|"):
        alternatives.append(reader.alternative())
    for pieces in alternatives:
        _refuse_crowds(pieces)
    return Pattern(tuple(tuple(each) for each in alternatives), text)


def _refuse_crowds(pieces: list[Piece]) -> None:
    """At most two repetitions of varying length may share a character: clients match with engines that try every split."""
    if not pieces:
        raise PatternFault("An alternative is empty.")
    varying = [piece.characters for piece in pieces if piece.varies]
    for character in SAMPLES:
        if sum(character in each for each in varying) > 2:
            raise PatternFault(
                f"More than two repetitions of varying length take “{character}”: some clients would never finish. Join them."
            )


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0

    def taken(self, character: str) -> bool:
        if self.text[self.place : self.place + 1] != character:
            return False
        self.place += 1
        return True

    def next(self, what: str) -> str:
        if self.place >= len(self.text):
            raise PatternFault(f"It ends where {what} is expected.")
        self.place += 1
        return self.text[self.place - 1]

    def alternative(self) -> list[Piece]:
        pieces = []
        while self.place < len(self.text) and self.text[self.place] != "|":
            least_most = (1, 1)
            characters = self.characters()
            for sign, amount in (("?", (0, 1)), ("*", (0, UNBOUNDED)), ("+", (1, UNBOUNDED))):
                if self.taken(sign):
                    least_most = amount
                    break
            else:
                if self.taken("{"):
                    least_most = self.counts()
            pieces.append(Piece(characters, *least_most))
        return pieces

    def characters(self) -> Characters:
        sign = self.next("a character")
        readers: dict[str, Callable[[], Characters]] = {
            "[": self.a_class,
            "\\": lambda: self.escaped(SYNTAX),
            ".": lambda: Characters(frozenset("\n\r\u2028\u2029"), negated=True),
        }
        if sign in readers:
            return readers[sign]()
        if sign in SYNTAX:
            raise PatternFault(f"“{sign}” means something else here; write \\{sign} for the character itself.")
        return Characters(frozenset(sign))

    def escaped(self, allowed: frozenset[str]) -> Characters:
        letter = self.next("an escaped character")
        if letter in "dw":
            return Characters(DIGITS if letter == "d" else WORDS)
        if letter not in allowed:
            raise PatternFault(f"\\{letter} is not understood; known are \\d, \\w and escaped signs.")
        return Characters(frozenset(letter))

    def a_class(self) -> Characters:
        negated, ones, spans = self.taken("^"), set[str](), list[tuple[str, str]]()
        while not self.taken("]"):
            low = self.one_of_class()
            sign, after = self.text[self.place : self.place + 1], self.text[self.place + 1 : self.place + 2]
            if len(low) == 1 and sign == "-" and after not in ("]", ""):
                self.place += 1
                high = self.one_of_class()
                if len(high) != 1 or min(high) < min(low):
                    raise PatternFault("A span such as a-z goes from the lower character to the higher.")
                spans.append((min(low), min(high)))
            else:
                ones |= low
        if not ones and not spans:
            raise PatternFault("A class in brackets is empty.")
        return Characters(frozenset(ones), tuple(spans), negated)

    def one_of_class(self) -> frozenset[str]:
        letter = self.next("the end of a class")
        if letter == "\\":
            return self.escaped(SYNTAX | {"-"}).ones
        if letter == "[":
            raise PatternFault("Write \\[ for a bracket within a class.")
        return frozenset(letter)

    def counts(self) -> tuple[int, int]:
        said, closed, rest = self.text[self.place :].partition("}")
        least, comma, most = said.partition(",")
        if (
            not closed
            or not least.isdecimal()
            or not (most.isdecimal() or not most)
            or not said.isascii()
            or len(said) > 7
        ):
            raise PatternFault("Write counts such as {3}, {2,5} or {2,}.")
        self.place = len(self.text) - len(rest)
        found = int(least), int(most) if most else (UNBOUNDED if comma else int(least))
        if found[0] > MOST_REPEATS or (found[1] != UNBOUNDED and not found[0] <= found[1] <= MOST_REPEATS):
            raise PatternFault(f"Counts rise, and are at most {MOST_REPEATS}.")
        return found
