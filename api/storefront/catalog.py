"""Browsing by category: the tree, what a category defines, and its listings."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from api import catalogue
from core import memo
from core.audiences import STOREFRONT
from core.resources import parameters, reading, schemas
from core.resources.api import KEY_OR_SLUG
from core.rules import Actor
from marketplace.catalog.resources import Categories, Listings

router = catalogue.routes(Router(tags=["Catalogue"]))


def known() -> dict[str, parameters.Parameter]:
    """The parameters of the listings list, less the category, which the address says."""
    return {name: each for name, each in parameters.of_list(Listings, STOREFRONT).items() if name != "category"}


@router.get(
    "/{category_id}/listings",
    response=schemas.page(Listings, STOREFRONT),
    operation_id="listCategoryListings",
    summary="List the listings of a category",
    openapi_extra={"parameters": parameters.documented(Listings, STOREFRONT, known())},
)
def listings(request: HttpRequest, category_id: KEY_OR_SLUG) -> HttpResponse:  # type: ignore[valid-type]
    """Listings in a category and everything below it: the same as `/listings?category=`. Refuses with 404 a closed category."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = parameters.read(request.GET, known(), attributes=True)
    with memo.block():
        category = reading.find(Categories, actor, category_id)
        inside = parameters.Asked({**asked.values, "category": str(category.pk)}, asked.attributes)
        return reading.page_of(Listings, request, reading.wanted(Listings, actor, inside), inside)
