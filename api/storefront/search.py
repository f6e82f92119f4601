"""Searching listings: what a begun query may become."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import ConfigDict, Field

from api.storefront.listings import router
from core import memo
from core.audiences import STOREFRONT
from core.limits import address_of
from core.looks import Miss, on_miss
from core.resources import answers, parameters
from core.resources.filters import Parameter, printable
from core.resources.types import Id, text
from core.rules import Actor
from marketplace.catalog.resources import Listings
from marketplace.search import unmet
from marketplace.search.queries import MOST, suggestions

Query = text(400)
TYPED = Parameter(
    "q", {"type": "string", "maxLength": 120}, "What has been typed so far; two letters at least.", printable
)


class SuggestedListingOut(Schema):
    """A listing whose title has what was typed."""

    model_config = ConfigDict(title="SuggestedListing")

    id: Id  # type: ignore[valid-type]
    title: str = Field(max_length=120)
    slug: str = Field(max_length=80)


class SuggestionsOut(Schema):
    """What may be meant by what was typed so far."""

    model_config = ConfigDict(title="Suggestions")

    queries: list[Query] = Field(max_length=MOST, description="To be sent as `q`; each finds something.")
    listings: list[SuggestedListingOut] = Field(max_length=MOST)


@router.get(
    "/suggest",
    response=SuggestionsOut,
    operation_id="suggestListings",
    summary="Complete a search while it is typed",
    openapi_extra={"parameters": [TYPED.document()]},
)
def suggest(request: HttpRequest) -> HttpResponse:
    """Up to eight completed queries, those of frequent words first, and the eight newest listings with the words in their titles.

    Both are made of listings on show and of nothing else. Less than two letters suggest nothing.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = parameters.read(request.GET, {"q": TYPED})
    with memo.block():
        found = suggestions(actor, asked.get("q", ""))
    listings: list[dict[str, Any]] = [{"id": row.pk, "title": row.title, "slug": row.slug} for row in found.listings]
    body = {"queries": list(found.queries), "listings": listings}
    return answers.may_be_kept(request, answers.answer(request, body), Listings)


@on_miss("catalog.listing")
def note_unmet(request: HttpRequest, actor: Actor, miss: Miss) -> None:
    """Note a search on the storefront that found nothing as it was written."""
    if actor.audience is STOREFRONT:
        agent = request.headers.get("User-Agent", "")
        unmet.note(miss.text, miss.place, miss.meant, by=actor, address=address_of(request), agent=agent)
