"""Call and WhatsApp: the click is noted and answered; and the listings that people contact most."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from core import memo
from core.audiences import STOREFRONT
from core.limits import address_of
from core.resources import answers, parameters, plans, schemas
from core.resources.api import nothing_asked
from core.resources.filters import Parameter, one_of
from core.resources.parameters import LIMIT
from core.resources.types import Id
from marketplace.catalog.resources import Listings
from marketplace.contacts import actions, queries
from marketplace.contacts.channels import Channel

router = Router(tags=["Contacts"])

DAYS = Parameter(
    "days",
    {"type": "string", "enum": ["1", "7", "30", "90"], "default": "30"},
    "How many days count, today being the last.",
    one_of(("1", "7", "30", "90")),
)
Slug = Annotated[str, Field(min_length=1, max_length=140, pattern=r"^[a-z0-9][a-z0-9-]*$")]


class ContactBody(Schema):
    """Which listing, by which button."""

    model_config = ConfigDict(extra="forbid", title="ContactCreate")

    listing: Id | Slug = Field(description="Its id or slug.")  # type: ignore[valid-type]
    channel: Literal["call", "whatsapp"]


class ContactOut(Schema):
    """How to reach the vendor: open `link`."""

    model_config = ConfigDict(title="Contact")

    channel: Literal["call", "whatsapp"]
    number: str = Field(max_length=20, description="In E.164, such as +254712345678.")
    link: str = Field(max_length=2000, description="`tel:` dials; `https://wa.me/` opens a chat about the listing.")


class TopOut(Schema):
    """Listings by how often they were contacted, the most contacted first."""

    model_config = ConfigDict(title="MostContacted")

    items: list[schemas.card(Listings, STOREFRONT)] = Field(max_length=parameters.MOST)  # type: ignore[misc]


@router.post(
    "", response={201: ContactOut}, throttle=[], operation_id="createContact", summary="Call or WhatsApp a vendor"
)
def contact(request: HttpRequest, body: ContactBody) -> Status:
    """The vendor's number for a listing, with the link that dials it or opens the chat. The click is noted.

    Always answers, however often it is asked: what is too much is noted as such and blocks nobody. Refuses with 404 a
    listing that is not on show, with 409 `no_such_channel` where the vendor cannot be reached like that.
    """
    nothing_asked(request)
    reached = actions.press(
        str(body.listing),
        by=request.actor,  # type: ignore[attr-defined]
        channel=Channel(body.channel),
        address=address_of(request),
        agent=request.headers.get("User-Agent", ""),
    )
    return Status(201, {"channel": reached.channel.value, "number": reached.number, "link": reached.link})


@router.get(
    "/top", response=TopOut, operation_id="listMostContacted", summary="List the most contacted listings",
    openapi_extra={"parameters": [DAYS.document(), LIMIT.document()]},
)  # fmt: skip
def top(request: HttpRequest) -> HttpResponse:
    """Listings on show, ordered by the valid contacts of the last days; those without any are left out."""
    asked = parameters.read(request.GET, {"days": DAYS, "limit": LIMIT})
    actor: Any = request.actor  # type: ignore[attr-defined]
    days, limit = int(asked.get("days", "30")), asked.get("limit", parameters.USUAL)
    ranked = queries.most_contacted(actor, days=days, limit=limit)
    with memo.block():
        cards = plans.cards_of(Listings, actor, ranked)
    body = {"items": [cards[key] for key in ranked if key in cards]}
    return answers.may_be_kept(request, answers.answer(request, body), Listings)
