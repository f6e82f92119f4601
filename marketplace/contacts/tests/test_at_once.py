"""Many press at the same moment: every click is kept, and the count is theirs, neither more nor less."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import close_old_connections, connection

from core import limits
from core.rules import Actor
from marketplace.contacts import visitors
from marketplace.contacts.models import ContactClick, ContactCount, VisitorSalt
from marketplace.contacts.tests.factories import pressed, shown

PEOPLE = 24
NOON = datetime(2026, 9, 24, 12, tzinfo=UTC)  # just after a midnight the day before has its salt as well


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_clicks_at_the_same_moment_are_all_counted() -> None:
    visitors._salts.clear()
    limits.counter.cache_clear()
    listing = shown()

    def press(number: int) -> str:
        try:
            return pressed(listing.slug, by=Actor.anonymous, at=NOON, address=f"196.201.7.{number}").number
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(PEOPLE)))
    close_old_connections()
    assert answers == ["+254712345678"] * PEOPLE
    assert ContactClick.objects.filter(klass="valid").count() == PEOPLE
    assert list(ContactCount.objects.values_list("cached_valid", "cached_all")) == [(PEOPLE, PEOPLE)]
    assert VisitorSalt.objects.count() == 1
    assert len(set(ContactClick.objects.values_list("visitor", flat=True))) == PEOPLE
