"""Each click gets one class by the first rule that holds."""

from itertools import product

import pytest

from marketplace.contacts.classes import Circumstances, Klass, Rule, Verdict, classify


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (Circumstances(), Verdict(Klass.VALID, Rule.PERSON)),
        (Circumstances(is_member=True), Verdict(Klass.OWN, Rule.MEMBER)),
        (Circumstances(is_bot=True), Verdict(Klass.BOT, Rule.PROGRAM)),
        (Circumstances(is_bot=True, is_nameless=True), Verdict(Klass.BOT, Rule.NAMELESS)),
        (Circumstances(is_over_limit=True), Verdict(Klass.RATE_LIMITED, Rule.TOO_MANY)),
        (Circumstances(is_repeat=True), Verdict(Klass.REPEAT, Rule.AGAIN)),
        (Circumstances(is_member=True, is_bot=True, is_repeat=True), Verdict(Klass.OWN, Rule.MEMBER)),
        (Circumstances(is_bot=True, is_over_limit=True, is_repeat=True), Verdict(Klass.BOT, Rule.PROGRAM)),
        (Circumstances(is_over_limit=True, is_repeat=True), Verdict(Klass.RATE_LIMITED, Rule.TOO_MANY)),
    ],
)
def test_the_first_rule_that_holds_decides(seen: Circumstances, verdict: Verdict) -> None:
    assert classify(seen) == verdict


def test_a_click_is_valid_only_when_nothing_speaks_against_it() -> None:
    every = [Circumstances(*flags) for flags in product((False, True), repeat=5)]
    assert [each for each in every if classify(each).klass is Klass.VALID] == [Circumstances()]
