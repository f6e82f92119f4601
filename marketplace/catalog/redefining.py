"""What becomes of a value when its definition changes: it fits still, it is mapped to another, or it is lost. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.resources.definitions import CHOOSING, Definition, Kind
from core.resources.document_values import Fault, checked, read_text, shown_text, write_text

KEEPS, BECOMES, LOSES = "keeps", "becomes", "loses"
OTHERWISE = "*"
ABSENT = "(none)"
LONGEST_CODE = 48


@dataclass(frozen=True)
class Fate:
    """What becomes of one value."""

    word: str
    value: Any = None


@dataclass(frozen=True)
class Rewriting:
    """From one definition to the next. The mapping has texts as files write them; `*` stands for all that would be
    lost, `(none)` for no value at all."""

    old: Definition
    new: Definition
    mapping: Mapping[str, str]

    def of(self, value: Any) -> Fate:
        """The fate of a stored value. Several choices share it: those that are lost leave the list."""
        if value is None:
            fate = self._mapped(self.mapping.get(ABSENT, ""))
            return fate if fate.word == BECOMES else Fate(KEEPS)
        if self.old.kind is Kind.MULTI_CHOICE and self.new.kind is Kind.MULTI_CHOICE and isinstance(value, list):
            return self._of_many(value)
        text = self.text_of(value)
        if text in self.mapping:
            return self._mapped(self.mapping[text])
        try:
            if self.old.kind is self.new.kind and self.old.unit == self.new.unit:
                return Fate(KEEPS, checked(self.new, value, former=value))
            read = read_text(self.new, self._carried(value, text))
            return Fate(BECOMES, read) if read is not None else Fate(LOSES)
        except (Fault, TypeError):
            return self._mapped(self.mapping.get(OTHERWISE, ""))

    def _of_many(self, codes: list[Any]) -> Fate:
        found: list[str] = []
        for code in codes:
            to = self.mapping.get(str(code), code if self.new.option(code) else self.mapping.get(OTHERWISE, ""))
            if to and self.new.option(to) and to not in found:
                found.append(to)
        if found == codes:
            return Fate(KEEPS, codes)
        return Fate(BECOMES, found) if found else Fate(LOSES)

    def _mapped(self, text: str) -> Fate:
        try:
            return Fate(BECOMES, read_text(self.new, text)) if text else Fate(LOSES)
        except Fault:
            return Fate(LOSES)

    def _carried(self, value: Any, text: str) -> str:
        """The text by which a value goes over: with its unit where it has one, as people read it where it becomes a text."""
        if self.new.kind is Kind.TEXT and self.old.kind in CHOOSING:
            return shown_text(self.old, value)
        if self.new.unit and self.old.unit and self.old.kind is Kind.NUMBER:
            return f"{text} {self.old.unit}"
        return text

    def text_of(self, value: Any) -> str:
        """A stored value as the mapping names it."""
        try:
            return write_text(self.old, value)
        except (Fault, TypeError, KeyError, AttributeError, ValueError):
            return str(value)[:200]

    def suggested(self, value: Any) -> str:
        """What a value that is lost might become: the nearest bound, or the option that reads like it. Empty for no idea."""
        if self.new.kind is Kind.NUMBER and self.old.kind is Kind.NUMBER and isinstance(value, int | float):
            for bound, beyond in ((self.new.minimum, min), (self.new.maximum, max)):
                if bound is not None and beyond(value, bound) == value:
                    return write_text(self.new, int(bound) if bound == int(bound) else bound)
        if self.new.kind in CHOOSING:
            plain = code_of(self.text_of(value))
            return next((each.code for each in self.new.open_options if plain in (each.code, code_of(each.label))), "")
        return ""


def code_of(label: str) -> str:
    """A code that may stand for a label: "Land Rover" is land_rover, "4K" is o_4k."""
    plain = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[: LONGEST_CODE - 2].strip("_") or "other"
    return plain if plain[0].isalpha() else f"o_{plain}"


def lines(mapping: Mapping[str, str]) -> str:
    """A mapping as people edit it: a line for each, `old = new`."""
    return "\n".join(f"{old} = {new}" for old, new in mapping.items())


def read_lines(text: str) -> dict[str, str]:
    """The mapping of such lines. ValueError for a line without an equals sign, and for one said twice."""
    found: dict[str, str] = {}
    for line in filter(None, (each.strip() for each in text.splitlines())):
        old, sign, new = line.partition("=")
        if not sign or not old.strip():
            raise ValueError(f"Write “old = new”, not “{line[:60]}”; an empty new value drops the old one.")
        if old.strip() in found:
            raise ValueError(f"“{old.strip()[:60]}” is there twice.")
        found[old.strip()] = new.strip()
    return found
