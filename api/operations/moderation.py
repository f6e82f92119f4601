"""The approval queue: listings and proposed changes in one line, with what a moderator should know of each."""

import datetime
from typing import Any, Literal

from django.core import signing
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from core.errors import Denied, FieldError, Invalid
from core.resources import parameters
from core.resources.parameters import CURSOR, LIMIT
from core.resources.plans import plain
from core.resources.types import Money
from marketplace.catalog.shapes import Photo, first_photo
from marketplace.moderation import queries
from marketplace.moderation.queries import Facts, Place, Waiting

router = Router(tags=["Moderation"])
GRANT = "moderate_listings"
SALT = "moderation queue"
MOST = 2**31 - 1


class Named(Schema):
    """Something by its key and name."""

    id: int = Field(ge=1, le=MOST)
    name: str = Field(max_length=120)


class StandingOut(Schema):
    """How a vendor's listings have been judged so far."""

    model_config = ConfigDict(title="VendorStanding")

    approved: int = Field(ge=0, le=MOST)
    rejected: int = Field(ge=0, le=MOST)
    words: str = Field(max_length=80)


class UsualOut(Schema):
    """What four of five approved listings of the category cost."""

    model_config = ConfigDict(title="UsualPrice")

    low: Money
    high: Money
    among: int = Field(ge=1, le=MOST)


class HintOut(Schema):
    """One reason to look twice."""

    model_config = ConfigDict(title="Hint")

    code: str = Field(max_length=40)
    chip: str = Field(max_length=40)
    sentence: str = Field(max_length=300)


class WaitingOut(Schema):
    """One line of the queue. Judge a listing at `/listings/{id}/approve`, changes at `/revisions/{id}/approve_revision`.

    Send `If-Match: "<version>"` with it, and what the vendor has changed since is not approved unseen.
    """

    model_config = ConfigDict(title="QueueItem")

    kind: Literal["listing", "revision"]
    id: int = Field(ge=1, le=MOST, description="Key of the listing or revision.")
    version: int = Field(ge=1, le=MOST, description="Of the listing or revision; for If-Match.")
    listing_id: int = Field(ge=1, le=MOST)
    title: str = Field(max_length=120)
    image: Photo | None
    vendor: Named
    category: Named
    price: Money | None
    waiting_since: datetime.datetime
    changed: list[str] = Field(max_length=20, description="The fields that a revision would change.")
    standing: StandingOut
    usual_price: UsualOut | None
    hints: list[HintOut] = Field(max_length=10)


class QueueOut(Schema):
    """A page of the queue, the longest waiting first."""

    model_config = ConfigDict(title="QueuePage")

    items: list[WaitingOut] = Field(max_length=parameters.MOST)
    next: str | None = Field(max_length=2000)


class StatisticsOut(Schema):
    """How the queue stands."""

    model_config = ConfigDict(title="QueueStatistics")

    waiting: int = Field(ge=0, le=MOST)
    oldest: datetime.datetime | None
    decided_last_hour: int = Field(ge=0, le=MOST)
    decided_by_me_today: int = Field(ge=0, le=MOST)


@router.get(
    "/queue", response=QueueOut, operation_id="listModerationQueue", summary="List what waits to be judged",
    openapi_extra={"parameters": [LIMIT.document(), CURSOR.document()]},
)  # fmt: skip
def queue(request: HttpRequest) -> dict[str, Any]:
    """Listings and proposed changes that wait, with price range, vendor's record and hints. Refuses with 403 without
    the grant `moderate_listings`."""
    actor = _judging(request)
    asked = parameters.read(request.GET, {"limit": LIMIT, "cursor": CURSOR})
    limit = asked.get("limit", parameters.USUAL)
    found = queries.queue(actor, after=_place(asked.get("cursor")), limit=limit + 1)
    page = found[:limit]
    facts = queries.facts_of([each.listing for each in page])
    items = [_line(each, facts[each.listing.pk]) for each in page]
    return {"items": items, "next": _cursor(page[-1]) if len(found) > limit else None}


@router.get(
    "/statistics", response=StatisticsOut, operation_id="readModerationStatistics", summary="Read how the queue stands"
)
def statistics(request: HttpRequest) -> queries.Statistics:
    """How many wait, since when the oldest does, and how fast the queue moves."""
    parameters.read(request.GET, {})
    return queries.statistics(_judging(request))


def _judging(request: HttpRequest) -> Any:
    actor = request.actor  # type: ignore[attr-defined]
    if not actor.has(GRANT):
        raise Denied()
    return actor


def _line(each: Waiting, facts: Facts) -> dict[str, Any]:
    listing, usual = each.listing, facts.usual
    return {
        "kind": each.kind,
        "id": each.key,
        "version": each.version,
        "listing_id": listing.pk,
        "title": listing.title,
        "image": first_photo(listing),
        "vendor": {"id": listing.vendor_id, "name": listing.vendor.name},
        "category": {"id": listing.category_id, "name": listing.category.name},
        "price": plain(listing.price),
        "waiting_since": each.since,
        "changed": list(each.changed),
        "standing": facts.standing,
        "usual_price": usual and {"low": plain(usual.low), "high": plain(usual.high), "among": usual.among},
        "hints": facts.hints,
    }


def _cursor(last: Waiting) -> str:
    return signing.dumps([last.since.isoformat(), last.kind, last.key], salt=SALT)


def _place(cursor: str | None) -> Place | None:
    if not cursor:
        return None
    try:
        since, kind, key = signing.loads(cursor, salt=SALT)
        moment = parse_datetime(since)
    except (signing.BadSignature, ValueError, TypeError):
        moment = None
    if moment is None:
        raise Invalid(errors=[FieldError("cursor", "cursor", "That cursor is not of this list; start again.")])
    return Place(moment, kind, key)
