"""A small market to search in: cars and phones of two vendors, with accents, misspellings and what buyers must not see."""

from collections.abc import Callable
from typing import Any

import pytest

from core.rules import Actor
from core.testing import writing_as_system
from marketplace.cast import Person
from marketplace.catalog.models import Listing
from marketplace.catalog.tests import factories
from marketplace.search import flows
from marketplace.vendors.models import Vendor

BY = Actor.system("test")


def make_vendor(name: str) -> Vendor:
    made = Vendor(name=name, slug=name.lower(), status="verified", currency="KES")
    with writing_as_system():
        made.save()
    return made


@pytest.fixture
def acme(db: None) -> Vendor:
    return make_vendor("Acme")


@pytest.fixture
def globex(db: None) -> Vendor:
    return make_vendor("Globex")


@pytest.fixture
def post(acme: Vendor) -> Callable[..., Listing]:
    """Make a listing on show, in a category of its own, and index it: `post("Red car", description="…")`."""
    shelf = factories.category("Things", slug="things")

    def make(title: str, **values: Any) -> Listing:
        values = {"vendor": acme, "category": shelf, "status": "approved"} | values
        row = factories.listing(title=title, **values)
        flows.index([row.pk], by=BY)
        return row

    return make


def answer_of(api: Any, path: str, query: dict[str, Any]) -> Any:
    answer = api.get(path, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def searched(nobody: Person, text: str = "lamp") -> list[str]:
    page = answer_of(nobody.api(), "/listings", {"q": text, "count": "true"})
    assert page["count"]["value"] == len(page["items"])
    return [each["title"] for each in page["items"]]
