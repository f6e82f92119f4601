"""Creating asks the database nothing that it says by itself, and tells all the same, in the model's words, why it refuses."""

from typing import Any

import pytest
from django.db import connection
from django.db.models.sql import compiler
from django.test.utils import CaptureQueriesContext

from marketplace.cast import Person
from marketplace.catalog.models import Listing
from marketplace.catalog.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def wanted(owner: Person) -> dict[str, Any]:
    assert owner.vendor is not None
    return {
        "title": "Lamp",
        "price": {"amount": 5_000, "currency": owner.vendor.currency},
        "modes": ["contact"],
        "vendor_id": owner.vendor.pk,
        "category_id": factories.category("Lamps", modes=["contact"]).pk,
        "reference": "L-1",
    }


def test_what_is_right_is_not_asked_about(owner: Person, wanted: dict[str, Any]) -> None:
    api = owner.api("vendor")
    with CaptureQueriesContext(connection) as statements:
        answer = api.post("/listings", wanted)
    assert answer.status_code == 201, answer.content
    asked = [each["sql"] for each in statements if each["sql"].startswith("SELECT")]
    assert not [each for each in asked if "_check" in each]
    assert not [
        each for each in asked if '"catalog_listing"."slug" =' in each or '"catalog_listing"."handle" =' in each
    ]


def test_what_the_database_refuses_is_told_in_the_models_words_and_leaves_nothing(
    owner: Person, wanted: dict[str, Any]
) -> None:
    api = owner.api("vendor")
    assert api.post("/listings", wanted).status_code == 201
    before = (Listing.objects.count(), Listing.history.count())
    again = api.post("/listings", wanted)
    assert (again.status_code, again.json()["code"]) == (409, "duplicate")
    assert "Another of your listings has this reference." in str(again.json()["errors"])
    half = api.post("/listings", {**wanted, "reference": "L-2", "latitude": 1.0})
    assert half.status_code == 422
    assert "Give both latitude and longitude, or neither." in str(half.json()["errors"])
    both = api.post("/listings", {**wanted, "latitude": 1.0})
    assert both.status_code == 409
    assert len(both.json()["errors"]) == 2
    assert (Listing.objects.count(), Listing.history.count()) == before


def test_what_was_made_once_is_put_into_words_no_more(
    owner: Person, wanted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    api = owner.api("vendor")
    assert api.post("/listings", wanted).status_code == 201
    built: list[str] = []
    for kind in (compiler.SQLCompiler, compiler.SQLInsertCompiler, compiler.SQLUpdateCompiler):

        def as_sql(self: Any, *arguments: Any, usual: Any = kind.as_sql, **named: Any) -> Any:
            built.append(self.query.model.__name__)
            return usual(self, *arguments, **named)

        monkeypatch.setattr(kind, "as_sql", as_sql)
    answer = api.post("/listings", {**wanted, "reference": "L-2", "title": "Another lamp"})
    assert answer.status_code == 201
    assert built == []


def test_the_answer_is_what_reading_it_gives(owner: Person, wanted: dict[str, Any]) -> None:
    api = owner.api("vendor")
    for reference in ("L-1", "L-2"):
        made = api.post("/listings", {**wanted, "reference": reference})
        read = api.get(f"/listings/{made.json()['id']}")
        assert (read.status_code, read.content, read["ETag"]) == (200, made.content, made["ETag"])
