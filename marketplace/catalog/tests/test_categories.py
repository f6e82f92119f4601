"""The category tree: moved, closed and deleted only where nothing that stands in it suffers."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.errors import Denied, InUse, Invalid
from core.resources import documents
from core.resources.operations import create, delete, update
from core.rules import Actor
from marketplace.catalog import actions
from marketplace.catalog.errors import CategoryCycle, CategoryHasListings, OptionInUse, ParentClosed, UnknownCategory
from marketplace.catalog.invariants import open_below_a_closed_one
from marketplace.catalog.models import Attribute, Category, CategoryAttribute, Listing, Option
from marketplace.catalog.models.shelves import shelves
from marketplace.catalog.resources import Categories, Options, former_category
from marketplace.catalog.tests import factories


def drawn() -> list[str]:
    return ["  " * depth + shelf.slug for shelf, depth in shelves().walk()]


@pytest.fixture
def tree(db: None) -> dict[str, Category]:
    """a (b (d), c)"""
    a = factories.category("A", slug="a", position=1)
    b = factories.category("B", slug="b", parent=a, position=1)
    c = factories.category("C", slug="c", parent=a, position=2)
    d = factories.category("D", slug="d", parent=b)
    return {"a": a, "b": b, "c": c, "d": d}


def test_the_tree_is_read_in_manual_order(tree: dict[str, Category]) -> None:
    assert drawn() == ["a", "  b", "    d", "  c"]
    assert shelves().path(tree["d"].pk) == [tree["d"].pk, tree["b"].pk, tree["a"].pk]
    assert sorted(Category.subtree_keys(tree["b"].pk)) == [tree["b"].pk, tree["d"].pk]
    assert shelves().below(tree["b"].pk) == [tree["b"].pk, tree["d"].pk]


def test_a_branch_moves_with_all_below_it(tree: dict[str, Category], editor: Actor) -> None:
    actions.move(tree["b"], by=editor, parent_id=tree["c"].pk)
    assert drawn() == ["a", "  c", "    b", "      d"]
    actions.move(tree["b"], by=editor, parent_id=None, position=0)
    assert drawn() == ["b", "  d", "a", "  c"]


def test_a_category_never_ends_up_inside_itself(tree: dict[str, Category], editor: Actor, moderator: Actor) -> None:
    for below in ("a", "b", "d"):
        with pytest.raises(CategoryCycle):
            actions.move(tree["a"].pk, by=editor, parent_id=tree[below].pk)
    with pytest.raises(UnknownCategory):
        actions.move(tree["a"].pk, by=editor, parent_id=10**6)
    with pytest.raises(Denied):
        actions.move(tree["d"].pk, by=moderator, parent_id=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.filter(pk=tree["a"].pk).update(parent=tree["a"].pk)
    assert drawn() == ["a", "  b", "    d", "  c"]


def test_what_has_listings_neither_moves_nor_goes(tree: dict[str, Category], acme: Any, editor: Actor) -> None:
    factories.listing(vendor=acme, category=tree["d"])
    with pytest.raises(CategoryHasListings) as refusal:
        actions.move(tree["b"].pk, by=editor, parent_id=None)
    assert refusal.value.detail == "There are listings in B or below it (1); move them to another category first."
    for each in ("b", "d"):
        with pytest.raises(InUse):
            delete(tree[each], by=editor)
    actions.move(tree["b"], by=editor, parent_id=tree["a"].pk, position=9)
    assert drawn() == ["a", "  c", "  b", "    d"]
    delete(tree["c"], by=editor)
    assert drawn() == ["a", "  b", "    d"]


def test_closing_hides_all_below_and_opening_needs_an_open_parent(tree: dict[str, Category], editor: Actor) -> None:
    assert actions.close_category.look.effect(tree["a"]) == "Hides 4 categories and 0 listings."  # type: ignore[misc]
    actions.close_category(tree["b"], by=editor)
    assert {each.slug for each in Category.objects.filter(is_open=True)} == {"a", "c"}
    with pytest.raises(ParentClosed):
        actions.open_category(tree["d"].pk, by=editor)
    actions.open_category(tree["b"], by=editor)
    actions.open_category(tree["d"], by=editor)
    assert Category.objects.filter(is_open=True).count() == 4


def test_nothing_is_open_below_a_closed_category(tree: dict[str, Category], editor: Actor) -> None:
    actions.close_category(tree["c"], by=editor)
    made = create(Categories, {"name": "New", "slug": "new", "parent": tree["c"]}, by=editor)
    assert Category.objects.get(pk=made.pk).is_open is False
    with pytest.raises(ParentClosed):
        actions.move(tree["b"].pk, by=editor, parent_id=tree["c"].pk)
    assert Category.objects.get(pk=tree["b"].pk).parent_id == tree["a"].pk
    actions.open_category(tree["c"].pk, by=editor)
    actions.move(tree["b"].pk, by=editor, parent_id=tree["c"].pk)
    assert not open_below_a_closed_one().exists()
    update(made, {"name": "Newer"}, by=editor)
    assert Category.objects.get(pk=made.pk).is_open is False


@pytest.mark.parametrize("slug", ["123", "all", "roots", "pick", "Cars", "a--b", "-a", "a b", ""])
def test_a_slug_that_could_be_mistaken_is_refused(slug: str, db: None, editor: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        create(Categories, {"name": "Cars", "slug": slug}, by=editor)
    assert {each.pointer for each in refusal.value.errors} == {"/slug"}
    assert Category.objects.count() == 0


def test_a_former_slug_finds_its_category(tree: dict[str, Category], editor: Actor) -> None:
    category = create(Categories, {"name": "Cars", "slug": "cars"}, by=editor)
    update(category, {"slug": "motor-cars"}, by=editor)
    assert (former_category("cars"), former_category("boats")) == (category.pk, None)


def test_every_change_of_a_definition_gives_a_new_stamp(tree: dict[str, Category], editor: Actor) -> None:
    seen = {documents.stamp()}
    category = create(Categories, {"name": "E", "slug": "e"}, by=editor)
    seen.add(documents.stamp())
    update(category, {"name": "F"}, by=editor)
    seen.add(documents.stamp())
    actions.close_category(category, by=editor)
    seen.add(documents.stamp())
    delete(category, by=editor)
    seen.add(documents.stamp())
    assert len(seen) == 5


def test_a_stamp_that_is_rolled_back_is_never_seen_again(tree: dict[str, Category], editor: Actor) -> None:
    before = documents.stamp()
    with transaction.atomic():
        update(tree["a"], {"name": "Lost"}, by=editor)
        lost = documents.stamp()
        assert next(shelf.name for shelf, _depth in shelves().walk()) == "Lost"
        transaction.set_rollback(True)
    assert documents.stamp() == before != lost
    assert next(shelf.name for shelf, _depth in shelves().walk()) == "A"


def test_an_option_in_use_is_not_deleted(cars: Category, acme: Any, editor: Actor) -> None:
    factories.listing(vendor=acme, category=cars, attributes={"make": "ford"})
    with pytest.raises(OptionInUse):
        delete(Option.objects.get(code="ford"), by=editor)
    delete(Option.objects.get(code="mazda"), by=editor)
    assert set(Option.objects.filter(attribute__code="make").values_list("code", flat=True)) == {"toyota", "ford"}
    assert [each.code for each in shelves().definitions(cars.pk)[0].options] == ["toyota", "ford"]


def test_only_choices_have_options_and_only_numbers_bounds(cars: Category, editor: Actor) -> None:
    from marketplace.catalog.resources import Attributes

    with pytest.raises(Invalid) as refusal:
        create(Options, {"attribute": Attribute.objects.get(code="year"), "code": "x", "label": "X"}, by=editor)
    assert [each.pointer for each in refusal.value.errors] == ["/attribute_id"]
    wrong = {"label": "X", "code": "x_max", "kind": "text", "unit": "km", "minimum": 1.0, "is_integer": True}
    with pytest.raises(Invalid) as refusal:
        create(Attributes, wrong, by=editor)
    assert {each.pointer for each in refusal.value.errors} == {"/code", "/unit", "/minimum", "/is_integer"}


def test_an_attribute_that_comes_back_finds_the_values_that_stayed(cars: Category, acme: Any, owner: Actor) -> None:
    row = factories.listing(vendor=acme, category=cars, attributes={"make": "ford", "automatic": True})
    tokens, link = row.tokens, CategoryAttribute.objects.get(attribute__code="automatic")
    CategoryAttribute.objects.filter(pk=link.pk).delete()
    documents.bump()
    update(row, {"title": "Other words"}, by=owner)
    assert len(Listing.objects.get(pk=row.pk).tokens) == len(tokens) - 1
    factories.attach(cars, link.attribute)
    assert (actions.retoken(cars.pk), actions.retoken(cars.pk)) == (1, 0)
    fresh = Listing.objects.get(pk=row.pk)
    assert (sorted(fresh.tokens), fresh.version) == (sorted(tokens), row.version)
