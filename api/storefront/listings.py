"""Looking at a listing is noted, at no cost to whoever looks; and what else there is like it."""

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from core import memo
from core.audiences import STOREFRONT
from core.limits import address_of
from core.looks import on_look
from core.resources import answers, parameters, plans, reading, schemas
from core.resources.api import KEY_OR_SLUG
from core.resources.parameters import LIMIT
from core.rules import Actor
from marketplace.catalog.related import related
from marketplace.catalog.resources import Listings
from marketplace.engagement import views

router = Router(tags=["Catalogue"])


class RelatedOut(Schema):
    """Listings like a listing, the likest first."""

    model_config = ConfigDict(title="RelatedListings")

    items: list[schemas.card(Listings, STOREFRONT)] = Field(max_length=parameters.MOST)  # type: ignore[misc]


@router.get(
    "/{listing_id}/related", response=RelatedOut, operation_id="listRelatedListings", summary="List what is like it",
    openapi_extra={"parameters": [LIMIT.document()]},
)  # fmt: skip
def like(request: HttpRequest, listing_id: KEY_OR_SLUG) -> HttpResponse:  # type: ignore[valid-type]
    """Listings of the same category, by other vendors: those that share most attributes and are nearest in price; at most two of
    one vendor. Refuses with 404 a listing that is not on show."""
    asked = parameters.read(request.GET, {"limit": LIMIT})
    actor: Actor = request.actor  # type: ignore[attr-defined]
    with memo.block():
        listing = reading.find(Listings, actor, listing_id)
        keys = related(actor, listing, limit=asked.get("limit", parameters.USUAL))  # type: ignore[arg-type]
        cards = plans.cards_of(Listings, actor, keys)
    body = {"items": [cards[key] for key in keys if key in cards]}
    return answers.may_be_kept(request, answers.answer(request, body), Listings)


@on_look("catalog.listing")
def note_view(request: HttpRequest, actor: Actor, listing_id: int) -> None:
    """Note a view on the storefront; what a browser fetches before anybody asks for it is none."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    if actor.audience is STOREFRONT and "prefetch" not in purpose.lower():
        agent = request.headers.get("User-Agent", "")
        views.note(listing_id, by=actor, address=address_of(request), agent=agent)
