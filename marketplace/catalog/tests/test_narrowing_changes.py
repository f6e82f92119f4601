"""Narrowing an attribute below a category: told with its effect, mapped by a job, undone; never silently past what listings hold."""

from typing import Any

import pytest

from core.errors import Invalid
from core.resources.operations import create, update
from core.rules import Actor
from marketplace.cast import Person
from marketplace.catalog import shapes
from marketplace.catalog.errors import DefinitionBreaks
from marketplace.catalog.models import Attribute, Category, CategoryAttribute, DefinitionChange, Listing
from marketplace.catalog.models.shelves import shelves
from marketplace.catalog.resources import CategoryAttributes
from marketplace.catalog.tests import factories
from marketplace.catalog.tests.test_changes import editor, go, held, propose

pytestmark = pytest.mark.django_db
__all__ = ["editor"]


@pytest.fixture
def vans(cars: Category) -> Category:
    return factories.category("Vans", parent=cars, slug="vans")


@pytest.fixture
def park(cars: Category, vans: Category, acme: Any) -> list[Listing]:
    """Three vans, and a car that narrowing vans leaves alone; the last van has no engine said, and is a draft."""
    said: list[tuple[Category, str, dict[str, Any]]] = [
        (cars, "approved", {"make": "ford", "year": 1960}),
        (vans, "approved", {"make": "ford", "year": 1960}),
        (vans, "approved", {"make": "toyota", "year": 2005, "engine": 2.5}),
        (vans, "draft", {"make": "mazda", "year": 1990}),
    ]
    return [
        factories.listing(vendor=acme, category=place, title=f"n{n}", status=status, attributes=values)
        for n, (place, status, values) in enumerate(said)
    ]


def placed(vans: Category, code: str, **values: Any) -> dict[str, Any]:
    return {"category": vans, "attribute": Attribute.objects.get(code=code), "is_required": True, **values}


@pytest.mark.parametrize(
    ("code", "values", "count", "samples", "field"),
    [
        ("year", {"minimum": 2000.0}, 2, {"1960", "1990"}, "minimum"),
        ("make", {"only_options": "toyota"}, 2, {"ford", "mazda"}, "only_options"),
        ("engine", {}, 1, {"no value"}, "is_required"),
        ("engine", {"maximum": 2.0}, 2, {"2.5", "no value"}, "maximum"),
    ],
)
def test_narrowing_past_what_listings_hold_is_refused_at_its_field_with_their_number(
    park: Any,
    vans: Category,
    editor: Actor,
    code: str,
    values: dict[str, Any],
    count: int,
    samples: set[str],
    field: str,
) -> None:
    with pytest.raises(DefinitionBreaks) as refusal:
        create(CategoryAttributes, placed(vans, code, **values), by=editor)
    assert refusal.value.facts["count"] == count
    assert set(refusal.value.facts["samples"].split(", ")) == samples
    assert [each.pointer for each in refusal.value.errors] == [f"/{field}"]
    assert not CategoryAttribute.objects.filter(category=vans).exists()


def test_what_is_there_may_be_changed_where_all_fit_and_is_refused_where_some_do_not(
    park: Any, vans: Category, editor: Actor
) -> None:
    link = create(CategoryAttributes, placed(vans, "year", minimum=1955.0), by=editor)
    update(link, {"minimum": 1960.0, "position": 3}, by=editor)
    for values in ({"minimum": 1961.0}, {"maximum": 2004.0}):
        with pytest.raises(DefinitionBreaks):
            update(link, values, by=editor)
    update(link, {"minimum": 1955.0, "is_hidden": True}, by=editor)
    update(link, {"minimum": 2000.0}, by=editor)  # nobody is asked for what is hidden
    with pytest.raises(DefinitionBreaks):
        update(link, {"is_hidden": False}, by=editor)
    assert CategoryAttribute.objects.get(category=vans).is_hidden


def test_who_is_not_asked_lacks_nothing(cars: Category, vans: Category, acme: Any, editor: Actor) -> None:
    """Neither where it is hidden below, nor where it waits for another that is not so."""
    hidden = factories.category("Carts", parent=vans)
    factories.attach(hidden, Attribute.objects.get(code="engine"), is_hidden=True)
    below = factories.category("Vintage vans", parent=hidden)
    automatic = Attribute.objects.get(code="automatic")
    for place in (hidden, below):
        factories.listing(vendor=acme, category=place, status="approved", attributes={"make": "ford", "year": 2000})
    placed_here = create(CategoryAttributes, placed(vans, "engine"), by=editor)
    update(placed_here, {"is_required": False, "shown_if": automatic.pk, "shown_if_values": "true"}, by=editor)
    for said in (True, False):
        factories.listing(
            vendor=acme, category=vans, status="paused", attributes={"make": "ford", "year": 2000, "automatic": said}
        )
    with pytest.raises(DefinitionBreaks) as refusal:
        update(placed_here, {"is_required": True}, by=editor)
    assert refusal.value.facts["count"] == 1


def test_over_http_and_in_the_admin_the_number_is_read(park: Any, vans: Category, admin: Person) -> None:
    year = Attribute.objects.get(code="year")
    body = {"category_id": vans.pk, "attribute_id": year.pk, "minimum": 2000, "is_required": True}
    answer = admin.api("operations").post("/category-attributes", body)
    assert (answer.status_code, answer.json()["code"], answer.json()["count"]) == (409, "definition_breaks", 2)
    assert answer.json()["errors"][0]["pointer"] == "/minimum"
    form = {
        "category": vans.pk, "attribute": year.pk, "minimum": "2000", "is_required": "on", "position": "0",
        "visibility": "public", "is_searchable": "on", "is_filterable": "on",
    }  # fmt: skip
    page = admin.admin.post("/admin/catalog/categoryattribute/add/", form)
    assert page.status_code == 200
    assert "It would no longer fit what some listings hold (2), such as" in page.content.decode()


def test_a_narrower_place_is_shown_mapped_and_undone_and_leaves_other_places_alone(
    park: Any, vans: Category, editor: Actor
) -> None:
    change = propose(editor, "year", "narrow", category=vans, minimum=2000.0, maximum=2030.0, is_required=True)
    assert set(change.mapping.split("\n")) == {"1960 = 2000", "1990 = 2000"}
    update(change, {"mapping": "1960 = 2001\n1990 ="}, by=editor)
    effect = shapes.effect(DefinitionChange.objects.get())
    assert effect is not None
    assert [effect[name] for name in ("total", "becomes", "loses", "lacks")] == [3, 1, 1, 0]
    go(DefinitionChange.objects.get(), editor)
    assert held("year") == [1960, 2001, 2005, None]
    here, above = ({each.code: each for each in shelves().definitions(key)} for key in (vans.pk, park[0].category_id))
    assert (here["year"].minimum, above["year"].minimum, here["year"].is_narrowed) == (2000, 1950, True)
    assert here["year"].facetable
    go(DefinitionChange.objects.get(), editor, undo=True)
    assert held("year") == [1960, 1960, 2005, 1990]
    assert {each.code: each for each in shelves().definitions(vans.pk)}["year"].minimum == 1950


def test_options_that_are_cut_are_mapped_one_by_one_or_all_together(park: Any, vans: Category, editor: Actor) -> None:
    link = create(CategoryAttributes, placed(vans, "make"), by=editor)
    change = propose(
        editor, "make", "narrow", category=vans, only_options="toyota", is_required=True, mapping="* = toyota"
    )
    go(change, editor)
    assert held("make") == ["ford", "toyota", "toyota", "toyota"]
    assert CategoryAttribute.objects.get(pk=link.pk).option_codes == ("toyota",)
    go(change, editor, undo=True)
    assert held("make") == ["ford", "ford", "toyota", "mazda"]
    assert CategoryAttribute.objects.get(pk=link.pk).option_codes == ()


def test_what_becomes_required_is_given_to_those_on_show_that_lack_it_or_said_to_be_missing(
    park: Any, vans: Category, editor: Actor
) -> None:
    change = propose(editor, "engine", "narrow", category=vans, is_required=True)
    effect = shapes.effect(change)
    assert effect is not None
    assert (effect["lacks"], "1 listing lacks one" in effect["sentence"]) == (1, True)
    update(change, {"mapping": "(none) = 2.2"}, by=editor)
    effect = shapes.effect(DefinitionChange.objects.get())
    assert effect is not None
    assert [effect[name] for name in ("total", "becomes", "loses", "lacks")] == [2, 1, 0, 0]
    go(DefinitionChange.objects.get(), editor)
    assert held("engine") == [None, 2.2, 2.5, None]
    go(DefinitionChange.objects.get(), editor, undo=True)
    assert held("engine") == [None, None, 2.5, None]
    assert not CategoryAttribute.objects.get(category=vans).is_required


def test_what_would_widen_and_a_change_of_nowhere_are_refused(park: Any, vans: Category, editor: Actor) -> None:
    for code, values, pointer in (
        ("year", {"minimum": 2000.0}, "category_id"),
        ("year", {"category": vans, "minimum": 1900.0, "is_required": True}, "minimum"),
        ("year", {"category": vans, "minimum": 2000.0}, "is_required"),
        ("make", {"category": vans, "only_options": "tesla", "is_required": True}, "only_options"),
    ):
        with pytest.raises(Invalid) as refusal:
            propose(editor, code, "narrow", **values)
        assert [each.pointer for each in refusal.value.errors] == [f"/{pointer}"], (code, values)
