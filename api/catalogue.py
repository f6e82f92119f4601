"""Routes of the catalogue that every audience has: the whole category tree, and what a category defines."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Schema
from pydantic import ConfigDict, Field, WithJsonSchema

from core import memo
from core.audiences import ALL
from core.errors import Missing
from core.resources import answers, documents, parameters, patterns, reading
from core.resources.api import KEY_OR_SLUG, nothing_asked
from core.resources.definitions import CHOOSING, MEASURED, Definition, Kind, Option
from core.resources.document_conditions import offered
from core.resources.document_schema import schema_of
from core.resources.filters import number_within, printable
from core.resources.parameters import Parameter
from core.resources.types import Id, whole
from core.resources.units import convertible
from core.rules import Actor
from marketplace.catalog import queries
from marketplace.catalog.models.shelves import Shelf, shelves
from marketplace.catalog.resources import Categories
from marketplace.search.entries import UNSPOKEN

MOST_CATEGORIES, MOST_OPTIONS = 10_000, 200
Order = whole(0, 2**31 - 1)
CODE = Annotated[
    str, Path(min_length=1, max_length=48, pattern=r"^[a-z][a-z0-9_]*$", description="An attribute's code.")
]
FINDING = {
    each.name: each
    for each in (
        Parameter("q", {"type": "string", "maxLength": 80}, "Words that its label or code has.", printable),
        Parameter("under", {"type": "string", "maxLength": 48}, "The chosen option of `depends_on`.", printable),
        Parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MOST_OPTIONS},
            "Options a page.",
            number_within(1, MOST_OPTIONS),
        ),
        Parameter(
            "offset",
            {"type": "integer", "minimum": 0, "maximum": 100_000},
            "How many to pass over.",
            number_within(0, 100_000),
        ),
    )
}


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
    under: str = Field(max_length=48, description="The option of `depends_on` with which alone it is offered.")


class AttributeOptionsOut(Schema):
    """A page of the options of a choice."""

    model_config = ConfigDict(title="AttributeOptions")

    items: list[AttributeOptionOut] = Field(max_length=MOST_OPTIONS)
    count: Order = Field(description="How many there are with these words, under this option.")  # type: ignore[valid-type]


class AttributeConditionOut(Schema):
    """Where another attribute has one of these values; any value, where none are named."""

    model_config = ConfigDict(title="AttributeCondition")

    code: str = Field(max_length=48)
    values: list[str] = Field(max_length=500)


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
    facet_kind: Literal["", "terms", "span", "histogram"] = Field(
        description="How it is counted in facets; empty where it is not."
    )
    is_searchable: bool = Field(description="Are its values words by which listings are found?")
    group: str = Field(max_length=60, description="The heading it stands under, or none. Groups come in their order.")
    is_narrowed: bool = Field(description="Does this category narrow what one above asks for?")
    options: list[AttributeOptionOut] = Field(
        max_length=MOST_OPTIONS, description="The first of them; `/attributes/{code}/options` finds the others."
    )
    option_count: Order = Field(description="How many options there are.")  # type: ignore[valid-type]
    pattern: str = Field(max_length=220, description="A regular expression that the whole text must match.")
    depends_on: str = Field(
        max_length=48, description="The choice that decides which options are offered: see `under`."
    )
    shown_if: AttributeConditionOut | None = Field(
        description="When it is asked for at all; always, where this is null."
    )
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
        "/{category_id}/attributes/{code}/options",
        ["GET"],
        options,
        response=AttributeOptionsOut,
        operation_id="listCategoryOptions",
        summary="Find options of a choice",
        openapi_extra={"parameters": [each.document() for each in FINDING.values()]},
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


def options(request: HttpRequest, category_id: KEY_OR_SLUG, code: CODE) -> HttpResponse:  # type: ignore[valid-type]
    """The options of a choice that have all of the words, of those offered with `under`. Refuses with 404 what is no choice here."""
    asked = parameters.read(request.GET, FINDING)
    for each in definitions_of(request, category_id, asks=True):
        if each.code == code and each.kind in CHOOSING:
            words, under = asked.get("q", "").lower().split(), asked.get("under")
            found = [
                option
                for option in each.options
                if all(word in f"{option.label} {option.code}".lower() for word in words)
                and (under is None or offered(option, under))
            ]
            page = found[asked.get("offset", 0) :][: asked.get("limit", MOST_OPTIONS)]
            body = {"items": [option_of(option) for option in page], "count": len(found)}
            return answers.may_be_kept(request, answers.answer(request, body), Categories)
    raise Missing()


def definitions_of(request: HttpRequest, category_id: str, *, asks: bool = False) -> tuple[Definition, ...]:
    """What this audience may see of a category's definitions. Refuses with 404 a category it may not see."""
    if not asks:
        nothing_asked(request)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    category = reading.find(Categories, actor, category_id)
    return documents.seen_by(actor, shelves().definitions(category.pk))


def option_of(option: Option) -> dict[str, Any]:
    return {"code": option.code, "label": option.label, "is_archived": option.is_archived, "under": option.under}


def described(definition: Definition) -> dict[str, Any]:
    condition = definition.shown_if
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
        "is_facet": bool(definition.facet),
        "facet_kind": definition.facet,
        "is_searchable": definition.searchable and definition.read is ALL and definition.kind not in UNSPOKEN,
        "group": definition.group,
        "is_narrowed": definition.is_narrowed,
        "options": [option_of(each) for each in definition.options[:MOST_OPTIONS]],
        "option_count": len(definition.options),
        "pattern": patterns.read(definition.pattern).source if definition.pattern else "",
        "depends_on": definition.depends_on,
        "shown_if": {"code": condition.code, "values": list(condition.values)} if condition is not None else None,
        "source": definition.source,
    }
