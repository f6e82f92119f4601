"""A grown market is one that the product itself could have written."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core import invariants
from marketplace.catalog.models import Listing
from marketplace.demo.growing import COMMON, MISSPELT, RARE, grow
from marketplace.search import queries
from marketplace.search.models import Entry, KnownWord
from marketplace.search.text import distance

pytestmark = pytest.mark.django_db
COUNT = 2_000


def test_nothing_is_amiss_with_two_thousand_grown_listings() -> None:
    assert grow(COUNT - 500) == COUNT - 500
    assert grow(500) == COUNT
    assert Listing.objects.count() == Entry.objects.count() == COUNT
    assert list(queries.differences()) == []
    findings = list(invariants.run())
    assert len(findings) > 40
    assert [(each.invariant.name, each.sample) for each in findings if not each.holds] == []


def test_it_has_frequent_rare_and_misspelt_words() -> None:
    grow(COUNT)
    known = dict(KnownWord.objects.values_list("word", "cached_listings"))
    assert known[RARE] == 5
    assert known[COMMON] > 10
    assert MISSPELT not in known
    assert distance(MISSPELT, COMMON, 2) == 1


def test_it_is_grown_where_a_demo_is_and_not_beside_what_people_wrote(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="SOKO_DEMO"):
        call_command("grow_market", "10")


def test_the_command_grows_on_to_what_is_asked_for(settings: Any, capsys: Any) -> None:
    settings.DEMO = True
    call_command("grow_market", "20")
    call_command("grow_market", "30")
    assert capsys.readouterr().out == "20 listings.\n30 listings.\n"
