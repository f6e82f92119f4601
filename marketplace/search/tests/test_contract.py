"""What every backend finds: the same hits in the same order. It runs on the database of the suite, SQLite or PostgreSQL."""

from collections.abc import Callable
from typing import Any

import pytest

from core.rules import Actor, scope
from marketplace.catalog.models import Listing
from marketplace.search.queries import ListingIndex

pytestmark = pytest.mark.django_db


def hits(text: str, actor: Actor = Actor.anonymous) -> list[str]:
    """The titles that a text finds, the best first."""
    rows = scope(actor, Listing)
    found = ListingIndex().find(text, rows)
    if found is None:
        return []
    titles = [row.title for tier in found.tiers for row in rows.filter(tier).order_by("-pk")]
    assert sorted(titles) == sorted(rows.filter(found.whole).values_list("title", flat=True))
    return titles


def test_it(post: Callable[..., Any]) -> None:
    post("Blue bicycle", description="Toyota toy on it")
    post("Toyota Corolla 2015")
    post("Toyota")
    assert hits("toyota") == ["Toyota", "Toyota Corolla 2015", "Blue bicycle"]
    assert hits("toyta") == ["Toyota", "Toyota Corolla 2015", "Blue bicycle"]
