"""Search for operations: why a listing stands where it does for a query."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from core import memo
from core.errors import Denied, FieldError, Invalid
from core.resources import parameters, reading
from core.resources.filters import Parameter, number_within, printable
from core.resources.types import LARGEST_ID, text
from core.rules import policy_of
from marketplace.catalog.resources import Listings
from marketplace.search.explaining import MOST_COUNTED, explain
from marketplace.search.models import LONGEST_QUERY, Synonym

router = Router(tags=["Search"])
Sentence = text(1_000)
NEEDED = ("q", "listing")
ASKING = {
    each.name: each
    for each in (
        Parameter("q", {"type": "string", "minLength": 1, "maxLength": LONGEST_QUERY}, "The query.", printable),
        Parameter(
            "listing",
            {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
            "The listing.",
            number_within(1, LARGEST_ID),
        ),
        Parameter("category", {"type": "string", "maxLength": 80}, "Where buyers look: its id or slug.", printable),
    )
}


class PhraseOut(Schema):
    """Where a phrase of the query stands in the listing."""

    model_config = ConfigDict(title="SearchPhrase")

    phrase: str = Field(max_length=400)
    found: str = Field(max_length=400, description="The phrase itself, or what staff say means the same.")
    field: str = Field(
        max_length=8,
        description="`title`, `facts` (place, categories, vendor, attributes) or `body`; empty for nowhere.",
    )


class ExplanationOut(Schema):
    """Why a listing stands where it does, for buyers."""

    model_config = ConfigDict(title="SearchExplanation")

    sentences: list[Sentence] = Field(max_length=100, description="All of it in words, the verdict first.")
    is_found: bool
    is_pinned: bool
    tier: int | None = Field(
        ge=0, le=5, description="0 for a pinned one, 1 to 5 as the documentation of search has them."
    )
    place: int | None = Field(ge=1, le=6 * MOST_COUNTED, description="Its number in the order of relevance.")
    of: int = Field(ge=0, le=MOST_COUNTED, description="How many are found, counted no further than 10,000.")
    standings: list[PhraseOut] = Field(max_length=40)


@router.get(
    "/explanation", response=ExplanationOut, operation_id="explainSearch", summary="Ask why a listing stands where it does",
    openapi_extra={
        "parameters": [{**each.document(), "required": each.name in NEEDED} for each in ASKING.values()], "x-names-one": True,
    },
)  # fmt: skip
def explanation(request: HttpRequest) -> dict[str, Any]:
    """Why buyers find a listing at its place by a query, or why they do not: its words, synonyms, stop words, corrections and pins.

    Refuses with 403 who may not look at how search is tuned, with 404 a listing that is not yours to see, with 422 a query
    without a word.
    """
    actor = request.actor  # type: ignore[attr-defined]
    asked = parameters.read(request.GET, ASKING)
    absent = [name for name in NEEDED if not asked.get(name)]
    if absent:
        raise Invalid(errors=[FieldError(name, "required", "Say this.") for name in absent])
    if not policy_of(Synonym).may_ever(actor, "view"):
        raise Denied()
    with memo.block():
        listing: Any = reading.find(Listings, actor, asked.get("listing"))
        found = explain(asked.get("q", ""), listing, asked.get("category"))
    if found is None:
        raise Invalid(errors=[FieldError("q", "no_word", "Write a word.")])
    return {
        "sentences": list(found.sentences),
        "is_found": found.is_found,
        "is_pinned": found.tier == 0,
        "tier": found.tier,
        "place": found.place,
        "of": found.of,
        "standings": [{"phrase": each.phrase, "found": each.found, "field": each.field} for each in found.standings],
    }
