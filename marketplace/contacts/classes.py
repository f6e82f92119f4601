"""What a contact click counts as, and by which rule: a pure decision, told in a sentence to whoever asks."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import models

REPEAT_WITHIN = timedelta(minutes=30)


class Klass(models.TextChoices):
    """The classes of clicks. Rankings and figures use the valid ones; none is ever dropped."""

    VALID = "valid", "Valid"
    OWN = "own", "Own"
    BOT = "bot", "Bot"
    RATE_LIMITED = "rate_limited", "Rate limited"
    REPEAT = "repeat", "Repeat"


class Rule(models.TextChoices):
    """Why a click has its class."""

    PERSON = "person", "A person's first click in half an hour: it counts."
    MEMBER = "member", "A member of this very vendor clicked: it does not count."
    PROGRAM = "program", "The user agent belongs to a program, not to a person's browser."
    NAMELESS = "nameless", "The user agent says nothing, as no browser does."
    TOO_MANY = "too_many", "The same visitor clicked more often within the hour than people do."
    AGAIN = "again", "The same visitor clicked the same button of this listing within half an hour."


@dataclass(frozen=True)
class Circumstances:
    """What is known of one click when it is made."""

    is_member: bool = False
    is_bot: bool = False
    is_nameless: bool = False
    is_over_limit: bool = False
    is_repeat: bool = False


@dataclass(frozen=True)
class Verdict:
    """A class and the rule that gave it."""

    klass: Klass
    rule: Rule


def classify(seen: Circumstances) -> Verdict:
    """The first rule that holds decides: own, then bot, then over the limit, then repeat; what is left is valid."""
    if seen.is_member:
        return Verdict(Klass.OWN, Rule.MEMBER)
    if seen.is_nameless:
        return Verdict(Klass.BOT, Rule.NAMELESS)
    if seen.is_bot:
        return Verdict(Klass.BOT, Rule.PROGRAM)
    if seen.is_over_limit:
        return Verdict(Klass.RATE_LIMITED, Rule.TOO_MANY)
    if seen.is_repeat:
        return Verdict(Klass.REPEAT, Rule.AGAIN)
    return Verdict(Klass.VALID, Rule.PERSON)
