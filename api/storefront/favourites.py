"""One's own favourites: kept, kept no longer, and listed with what has become of them."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Schema
from pydantic import ConfigDict, Field

from api.auth import Bearer
from core import memo
from core.audiences import STOREFRONT
from core.resources import answers, paging, parameters, plans, schemas
from core.resources.api import nothing_asked
from core.resources.types import LARGEST_ID, Id, Moment
from core.rules import Actor
from marketplace.catalog.resources import Listings
from marketplace.engagement import actions
from marketplace.engagement.models import Favourite
from marketplace.engagement.queries import favourites_of

router = Router(tags=["Me"], auth=Bearer(STOREFRONT))
LISTING = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The listing's id.")]
Slug = Annotated[str, Field(min_length=1, max_length=140, pattern=r"^[a-z0-9][a-z0-9-]*$")]
LISTED = {"limit": parameters.LIMIT, "cursor": parameters.CURSOR}
Card = schemas.card(Listings, STOREFRONT)


class FavouriteCreate(Schema):
    """Which listing to keep."""

    model_config = ConfigDict(extra="forbid")

    listing: Id | Slug = Field(description="Its id or slug.")  # type: ignore[valid-type]


class FavouriteOut(Schema):
    """A listing that you keep. One that is no longer offered says so, and nothing else."""

    model_config = ConfigDict(title="Favourite")

    listing_id: Id  # type: ignore[valid-type]
    added_at: Moment
    is_offered: bool = Field(description="False where it is no longer offered, or not at the moment.")
    listing: Card | None  # type: ignore[valid-type]


class FavouritesOut(Schema):
    """What you keep, the latest first."""

    model_config = ConfigDict(title="FavouritePage")

    items: list[FavouriteOut] = Field(max_length=parameters.MOST)
    next: str | None = Field(max_length=2000)
    prev: str | None = Field(max_length=2000)


def _shown(rows: list[Favourite], actor: Actor) -> list[dict[str, Any]]:
    with memo.block():
        cards = plans.cards_of(Listings, actor, [row.listing_id for row in rows])
    return [
        {
            "listing_id": row.listing_id,
            "added_at": plans.plain(row.at),
            "is_offered": row.listing_id in cards,
            "listing": cards.get(row.listing_id),
        }
        for row in rows
    ]


@router.get(
    "", response=FavouritesOut, operation_id="listFavourites", summary="List what you keep",
    openapi_extra={"parameters": [each.document() for each in LISTED.values()]},
)  # fmt: skip
def listed(request: HttpRequest) -> HttpResponse:
    """Your favourites, the latest first, each with its listing as it is now; of one that is no longer offered only its id is left."""
    asked = parameters.read(request.GET, LISTED)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    page = paging.turn(
        favourites_of(request.user.pk),  # type: ignore[arg-type]
        paging.keys_of(Favourite, ["-id"]),
        cursor=asked.get("cursor"),
        limit=asked.get("limit", parameters.USUAL),
        about=f"favourites of {request.user.pk}",
    )
    body = {"items": _shown(list(page.rows), actor), "next": page.next, "prev": page.prev}
    return answers.with_links(request, answers.answer(request, body), page)


@router.post(
    "", response={200: FavouriteOut, 201: FavouriteOut}, operation_id="addFavourite", summary="Keep a listing in view"
)
def add(request: HttpRequest, body: FavouriteCreate) -> HttpResponse:
    """Keep a listing: 201, and 200 where you keep it already. Refuses with 404 a listing that is not on show, with 409
    `too_many_favourites`."""
    nothing_asked(request)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    kept, is_new = actions.keep(str(body.listing), by=actor)
    return answers.answer(request, _shown([kept], actor)[0], status=201 if is_new else 200)


@router.delete(
    "/{listing_id}", response={204: None}, operation_id="removeFavourite", summary="Keep a listing no longer"
)
def remove(request: HttpRequest, listing_id: LISTING) -> HttpResponse:
    """Keep it no longer, offered or not: 204, also where you did not keep it."""
    nothing_asked(request)
    actions.drop(listing_id, by=request.actor)  # type: ignore[attr-defined]
    return HttpResponse(status=204)
