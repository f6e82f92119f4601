"""One value of a typed document: checked, read from a person's text, and written as text again."""

import math
import re
from datetime import date
from typing import Any

from core.inputs import TEXT_PATTERN
from core.resources.definitions import CHOOSING, TEXT_LIMIT, Definition, Kind, whole_if_whole

LARGEST_NUMBER = 2**53
YES, NO = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0"})
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Fault(ValueError):
    """Why a value is not taken: a code and a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


def checked(definition: Definition, value: Any, *, former: Any = None) -> Any:
    """The value as it is stored. Fault for one that does not fit; an archived option is taken only if it was there before."""
    match definition.kind:
        case Kind.TEXT:
            return _text(value)
        case Kind.NUMBER:
            return _number(definition, value)
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


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Fault("text", "Send text.")
    if len(value) > TEXT_LIMIT:
        raise Fault("too_long", f"At most {TEXT_LIMIT} characters.")
    if not re.match(TEXT_PATTERN, value):
        raise Fault("text", "There are characters here that cannot be shown.")
    return value.strip()


def _number(definition: Definition, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Fault("number", "Send a number.")
    if abs(value) > LARGEST_NUMBER:
        raise Fault("too_large", "That number is too large.")
    if definition.is_integer:
        if value != int(value):
            raise Fault("integer", "Send a whole number.")
        value = int(value)
    unit = f" {definition.unit}" if definition.unit else ""
    if definition.minimum is not None and value < definition.minimum:
        raise Fault("minimum", f"At least {whole_if_whole(definition.minimum)}{unit}.")
    if definition.maximum is not None and value > definition.maximum:
        raise Fault("maximum", f"At most {whole_if_whole(definition.maximum)}{unit}.")
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
    match definition.kind:
        case Kind.NUMBER:
            return checked(definition, _number_of(definition, text))
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


def _number_of(definition: Definition, text: str) -> int | float:
    bare = text[: -len(definition.unit)] if definition.unit and text.lower().endswith(definition.unit.lower()) else text
    bare = bare.strip().replace(",", "").replace(" ", "")
    if not re.fullmatch(r"-?\d{1,18}(\.\d{1,12})?", bare):
        raise Fault("number", "Write a number.")
    return whole_if_whole(float(bare)) if "." in bare else int(bare)


def _code_of(definition: Definition, text: str) -> str:
    if definition.option(text) is not None:
        return text
    return next((each.code for each in definition.options if each.label.lower() == text.lower()), text)


def write_text(definition: Definition, value: Any) -> str:
    """The text that `read_text` reads back."""
    if value is None:
        return ""
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
    if definition.kind is Kind.BOOLEAN:
        return "Yes" if value else "No"
    return f"{value:,} {definition.unit}".strip() if definition.kind is Kind.NUMBER and definition.unit else str(value)
