"""The people of the catalogue's tests: an owner and a rival with a vendor each, a moderator, an editor of the catalogue."""

from typing import Any

import pytest

from core.audiences import OPERATIONS, VENDOR
from core.rules import Actor
from core.testing import writing_as_system
from marketplace.catalog.models import Category
from marketplace.catalog.tests import factories
from marketplace.vendors.models import Vendor


def make_vendor(name: str, **values: Any) -> Vendor:
    made = Vendor(name=name, slug=name.lower(), status="verified", currency="KES", **values)
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
def owner(acme: Vendor) -> Actor:
    return Actor(user_id=1, name="owner", audience=VENDOR, memberships={acme.pk: frozenset({"edit_listings"})})


@pytest.fixture
def rival(globex: Vendor) -> Actor:
    return Actor(user_id=2, name="rival", audience=VENDOR, memberships={globex.pk: frozenset({"edit_listings"})})


@pytest.fixture
def moderator() -> Actor:
    return Actor(user_id=3, name="moderator", audience=OPERATIONS, grants=frozenset({"moderate_listings"}))


@pytest.fixture
def editor() -> Actor:
    return Actor(user_id=4, name="editor", audience=OPERATIONS, grants=frozenset({"edit_catalogue", "edit_listings"}))


@pytest.fixture
def cars(db: None) -> Category:
    return factories.cars()
