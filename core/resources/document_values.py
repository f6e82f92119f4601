"""One value of a typed document: checked, read from a person's text, and written as text again."""

import re
from datetime import date
from typing import Any

from core.inputs import TEXT_PATTERN
from core.resources import patterns
from core.resources.definitions import CHOOSING, TEXT_LIMIT, Definition, Kind
from core.resources.kinds import amounts, colours, locations, numbers, ranges
from core.resources.kinds.faults import Fault

__all__ = ["SHAPED", "Fault", "checked", "read_text", "shown_text", "write_text"]
YES, NO = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0"})
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
#: Kinds whose values have a shape of their own, each with a module of `checked`, `read_text`, `write_text`, `shown_text`.
SHAPED: dict[Kind, Any] = {Kind.MONEY: amounts, Kind.RANGE: ranges, Kind.COLOUR: colours, Kind.LOCATION: locations}


def checked(definition: Definition, value: Any, *, former: Any = None) -> Any:
    """The value as it is stored. Fault for one that does not fit; an archived option is taken only if it was there before."""
    if definition.kind in SHAPED:
        return SHAPED[definition.kind].checked(definition, value)
    match definition.kind:
        case Kind.TEXT:
            return _text(definition, value)
        case Kind.NUMBER:
            return numbers.checked(definition, value)
        case Kind.CHOICE:
            return _option(definition, value, former)
        case Kind.MULTI_CHOICE:
            return _options(definition, value, former)
        case Kind.BOOLEAN:
            if not isinstance(value, bool):
                raise Fault("boolean", "Say yes or no (true or false).")
            return value
        case Kind.DATE:
            return _day(value)


def _text(definition: Definition, value: Any) -> str:
    if not isinstance(value, str):
        raise Fault("text", "Send text.")
    if len(value) > TEXT_LIMIT:
        raise Fault("too_long", f"At most {TEXT_LIMIT} characters.")
    if not re.match(TEXT_PATTERN, value):
        raise Fault("text", "There are characters here that cannot be shown.")
    value = value.strip()
    if definition.pattern and not patterns.read(definition.pattern).matches(value):
        raise Fault("pattern", definition.help or f"Write it as in {definition.pattern}.")
    return value


def _option(definition: Definition, value: Any, former: Any) -> str:
    option = definition.option(value) if isinstance(value, str) else None
    if option is None or (option.is_archived and value != former):
        allowed = ", ".join(each.code for each in definition.open_options[:30])
        raise Fault("option", f"Choose one of: {allowed}." if allowed else "There is nothing to choose from yet.")
    return option.code


def _options(definition: Definition, value: Any, former: Any) -> list[str]:
    if not isinstance(value, list):
        raise Fault("list", "Send a list of options.")
    kept = former if isinstance(former, list) else []
    codes = [_option(definition, each, each if each in kept else None) for each in value]
    if len(set(codes)) != len(codes):
        raise Fault("repeated", "Name each option once.")
    return codes


def _day(value: Any) -> str:
    if not isinstance(value, str) or not ISO_DAY.fullmatch(value):
        raise Fault("date", "Send a date such as 2024-01-31.")
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise Fault("date", "There is no such day.") from None


def read_text(definition: Definition, text: str) -> Any:
    """The value that a person wrote, in a cell or an address: labels or codes, units, yes or no. None for an empty text; else Fault."""
    text = text.strip()
    if not text:
        return None
    if definition.kind in SHAPED:
        return checked(definition, SHAPED[definition.kind].read_text(definition, text))
    match definition.kind:
        case Kind.NUMBER:
            return checked(definition, numbers.read(definition, text))
        case Kind.BOOLEAN:
            if text.lower() not in YES | NO:
                raise Fault("boolean", "Say yes or no (true or false).")
            return text.lower() in YES
        case Kind.CHOICE:
            return checked(definition, _code_of(definition, text))
        case Kind.MULTI_CHOICE:
            return checked(
                definition, [_code_of(definition, part.strip()) for part in re.split(r"[|;,]", text) if part.strip()]
            )
    return checked(definition, text)


def _code_of(definition: Definition, text: str) -> str:
    if definition.option(text) is not None:
        return text
    return next((each.code for each in definition.options if each.label.lower() == text.lower()), text)


def write_text(definition: Definition, value: Any) -> str:
    """The text that `read_text` reads back."""
    if value is None:
        return ""
    if definition.kind in SHAPED:
        return str(SHAPED[definition.kind].write_text(definition, value))
    if definition.kind is Kind.BOOLEAN:
        return "yes" if value else "no"
    if isinstance(value, list):
        return "|".join(value)
    return str(value)


def shown_text(definition: Definition, value: Any) -> str:
    """The value as people read it: labels, units, yes or no."""
    if value is None:
        return ""
    if definition.kind in CHOOSING:
        codes = value if isinstance(value, list) else [value]
        return ", ".join(found.label if (found := definition.option(code)) else str(code) for code in codes)
    if definition.kind in SHAPED:
        return str(SHAPED[definition.kind].shown_text(definition, value))
    if definition.kind is Kind.BOOLEAN:
        return "Yes" if value else "No"
    return numbers.shown(definition, value) if definition.kind is Kind.NUMBER else str(value)
