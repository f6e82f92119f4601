"""`either` gives what any of its rules gives, also when one of them gives everything."""

from django.db.models import Q

from core.rules import NO_ROWS, Actor, either, everyone, granted, nobody


def test_a_rule_that_gives_everything_is_not_lost_among_others() -> None:
    rule = either(granted("refund"), granted("view_money"), nobody)
    assert rule(Actor(grants=frozenset({"view_money"}))) == Q()
    assert either(nobody, everyone)(Actor.anonymous) == Q()


def test_rules_that_give_some_rows_are_joined() -> None:
    joined = either(nobody, lambda _actor: Q(pk=1), lambda _actor: Q(pk=2))
    assert joined(Actor.anonymous) == Q(pk=1) | Q(pk=2)


def test_no_rule_that_gives_gives_nothing() -> None:
    assert either(granted("refund"), nobody)(Actor.anonymous) == NO_ROWS
