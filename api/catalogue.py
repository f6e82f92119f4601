"""Routes of the catalogue that every audience has: the whole category tree, and what a category defines."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field, WithJsonSchema

from core import memo
from core.resources import answers, documents, reading
from core.resources.api import KEY_OR_SLUG, nothing_asked
from core.resources.definitions import MEASURED, Definition, Kind
from core.resources.document_schema import schema_of
from core.resources.types import Id, whole
from core.resources.units import convertible
from core.rules import Actor
from marketplace.catalog import queries
from marketplace.catalog.models.shelves import Shelf, shelves
from marketplace.catalog.resources import Categories

MOST_CATEGORIES = 10_000
Order = whole(0, 2**31 - 1)


class CategoryNodeOut(Schema):
    """A category in the tree."""

    model_config = ConfigDict(title="CategoryNode")

    id: Id  # type: ignore[valid-type]
    name: str = Field(max_length=80)
    slug: str = Field(max_length=80)
    parent_id: Id | None  # type: ignore[valid-type]
    depth: whole(0, 1000) = Field(description="0 at the top.")  # type: ignore[valid-type]
    position: Order  # type: ignore[valid-type]
    listing_count: Order = Field(description="Listings you see in it and below it.")  # type: ignore[valid-type]


class CategoryTreeOut(Schema):
    """Categories, depth first, in the order that staff give them."""

    model_config = ConfigDict(title="CategoryTree")

    items: list[CategoryNodeOut] = Field(max_length=MOST_CATEGORIES)


class AttributeOptionOut(Schema):
    """One of the values that may be chosen."""

    model_config = ConfigDict(title="AttributeOption")

    code: str = Field(max_length=48)
    label: str = Field(max_length=80)
    is_archived: bool = Field(description="Still held by some, taken by none anew.")


class CategoryAttributeOut(Schema):
    """What may be said of listings in a category: enough to draw its form field and its filter."""

    model_config = ConfigDict(title="AttributeDefinition")

    code: str = Field(max_length=48, description="Its name in `attributes`, and in filters as `attr.<code>`.")
    label: str = Field(max_length=80)
    kind: Literal[tuple(each.value for each in Kind)]  # type: ignore[misc, valid-type]
    unit: str = Field(max_length=16, description="What numbers are kept in; the currency of money.")
    units: list[str] = Field(
        max_length=20,
        description="What may be written after a number in a filter, a form or a file, the kept unit first.",
    )
    help: str = Field(max_length=200)
    minimum: float | None = Field(description="Of money, in minor units.")
    maximum: float | None
    is_integer: bool
    is_required: bool
    is_filterable: bool
    is_facet: bool
    options: list[AttributeOptionOut] = Field(max_length=5000)
    source: str = Field(max_length=80, description="The category that defines it: this one, or one above.")


class CategoryAttributesOut(Schema):
    """Everything that a category defines, inherited ones first."""

    model_config = ConfigDict(title="CategoryDefinitions")

    items: list[CategoryAttributeOut] = Field(max_length=1000)


JsonSchema = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "additionalProperties": True})]


def routes(router: Router) -> Router:
    """Put the catalogue's common routes on an audience's `/categories` router."""
    router.add_api_operation(
        "/all",
        ["GET"],
        all_categories,
        response=CategoryTreeOut,
        operation_id="listAllCategories",
        summary="Read the whole tree, flat",
    )
    router.add_api_operation(
        "/roots",
        ["GET"],
        root_categories,
        response=CategoryTreeOut,
        operation_id="listRootCategories",
        summary="Read the top of the tree",
    )
    router.add_api_operation(
        "/{category_id}/attributes",
        ["GET"],
        attributes,
        response=CategoryAttributesOut,
        operation_id="listCategoryDefinitions",
        summary="Read what a category's listings may say",
    )
    router.add_api_operation(
        "/{category_id}/attributes.schema.json",
        ["GET"],
        schema,
        response=JsonSchema,
        operation_id="getCategorySchema",
        summary="Read the JSON Schema of a category's attributes",
    )
    return router


def all_categories(request: HttpRequest) -> HttpResponse:
    """Every open category with its depth, depth first."""
    nothing_asked(request)
    return tree_answer(request, deepest=None)


def root_categories(request: HttpRequest) -> HttpResponse:
    """The open categories at the top."""
    nothing_asked(request)
    return tree_answer(request, deepest=0)


def tree_answer(request: HttpRequest, *, deepest: int | None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    with memo.block():
        counts = queries.listing_counts(actor)
        items = [
            node(shelf, depth, counts.get(shelf.key, 0))
            for shelf, depth in queries.category_tree(actor)
            if deepest is None or depth <= deepest
        ]
    return answers.may_be_kept(request, answers.answer(request, {"items": items[:MOST_CATEGORIES]}), Categories)


def node(shelf: Shelf, depth: int, count: int) -> dict[str, Any]:
    return {
        "id": shelf.key,
        "name": shelf.name,
        "slug": shelf.slug,
        "parent_id": shelf.parent,
        "depth": depth,
        "position": shelf.position,
        "listing_count": count,
    }


def attributes(request: HttpRequest, category_id: KEY_OR_SLUG) -> HttpResponse:  # type: ignore[valid-type]
    """What its listings may and must say, inherited definitions included: for forms and filters."""
    items = [described(each) for each in definitions_of(request, category_id)]
    return answers.may_be_kept(request, answers.answer(request, {"items": items}), Categories)


def schema(request: HttpRequest, category_id: KEY_OR_SLUG) -> HttpResponse:  # type: ignore[valid-type]
    """The JSON Schema (draft 2020-12) that a complete `attributes` object of its listings meets."""
    body = schema_of(definitions_of(request, category_id))
    return answers.may_be_kept(request, answers.answer(request, body), Categories)


def definitions_of(request: HttpRequest, category_id: str) -> tuple[Definition, ...]:
    """What this audience may see of a category's definitions. Refuses with 404 a category it may not see."""
    nothing_asked(request)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    category = reading.find(Categories, actor, category_id)
    return documents.seen_by(actor, shelves().definitions(category.pk))


def described(definition: Definition) -> dict[str, Any]:
    return {
        "code": definition.code,
        "label": definition.label,
        "kind": Kind(definition.kind).value,
        "unit": definition.unit,
        "units": [each.word for each in convertible(definition.unit)] if definition.kind in MEASURED else [],
        "help": definition.help,
        "minimum": definition.minimum,
        "maximum": definition.maximum,
        "is_integer": definition.is_integer,
        "is_required": definition.required,
        "is_filterable": definition.filterable and definition.kind is not Kind.TEXT,
        "is_facet": definition.facetable,
        "options": [
            {"code": each.code, "label": each.label, "is_archived": each.is_archived} for each in definition.options
        ],
        "source": definition.source,
    }
