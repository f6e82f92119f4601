"""Notes of writes: told in the writer's transaction with the row itself, single or in bulk, and undone with it."""

from typing import Any

import pytest

from core import events
from core.resources import operations
from core.rules import Actor
from marketplace.catalog.models import Category
from marketplace.catalog.resources import Categories
from marketplace.catalog.tests import factories

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr(events, "_noting", {**events._noting, "catalog.category": [lambda *said: found.append(said)]})
    return found


def test_a_note_hears_of_what_is_made_changed_and_deleted(told: list[tuple[Any, ...]]) -> None:
    values = [{"name": name, "slug": name.lower(), "modes": ["contact"]} for name in ("Cars", "Boats")]
    operations.create_many(Categories, values, by=BY)
    cars = Category.objects.get(slug="cars")
    operations.update(cars, {"name": "Motors"}, by=BY)
    operations.delete(Category.objects.get(slug="boats"), by=BY)
    assert [(row.slug, verb, fields) for row, verb, fields in told] == [
        ("cars", "create", ()),
        ("boats", "create", ()),
        ("cars", "change", ("name",)),
        ("boats", "delete", ()),
    ]
    assert told[2][0].name == "Motors"


def test_a_change_of_nothing_is_not_noted(told: list[tuple[Any, ...]]) -> None:
    shelf = factories.category("Cars")
    operations.update(shelf, {"name": "Cars"}, by=BY)
    assert told == []


def test_who_notes_stands_in_the_table_of_events() -> None:
    said = events.subscriptions()["core.RecordChanged"]
    assert "marketplace.catalog.reactions.note_price (catalog.listing, same transaction)" in said
