"""A vendor's own figures: states of its listings, how they are contacted, and what they bring."""

import datetime

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from api.figures import (
    DAYS,
    MOST,
    MOST_DAYS,
    ContactDay,
    ContactsOut,
    StateCount,
    TradeOut,
    interest_routes,
    states_out,
    trade_out,
)
from core.resources import parameters
from marketplace.analytics import queries

router = Router(tags=["Analytics"])
interest_routes(router)


class ListingContacts(Schema):
    """How often one listing was contacted."""

    listing_id: int = Field(ge=1, le=MOST)
    title: str = Field(max_length=120)
    slug: str = Field(max_length=140)
    calls: int = Field(ge=0, le=MOST)
    whatsapps: int = Field(ge=0, le=MOST)
    total: int = Field(ge=0, le=MOST)


class VendorAnalyticsOut(Schema):
    """The figures of the caller's vendors, all together."""

    model_config = ConfigDict(title="VendorAnalytics")

    since: datetime.date
    listings: list[StateCount] = Field(max_length=20)
    contacts: ContactsOut
    by_day: list[ContactDay] = Field(max_length=MOST_DAYS)
    trade: TradeOut | None = Field(description="Null for those without the grant `view_money`.")
    by_listing: list[ListingContacts] = Field(max_length=100, description="The most contacted first.")


@router.get(
    "", response=VendorAnalyticsOut, operation_id="readVendorAnalytics", summary="Read your figures",
    openapi_extra={"parameters": [DAYS.document()]},
)  # fmt: skip
def read(request: HttpRequest) -> dict[str, object]:
    """Listings by state, and valid contacts by day and by listing.

    Contacts are those of the vendors for which the caller has the grant `view_contacts`; of others none are counted.
    Sales are those of the vendors whose money the caller may see (`view_money`), by the books.
    """
    asked = parameters.read(request.GET, {"days": DAYS})
    found = queries.vendor_figures(request.actor, days=int(asked.get("days", "30")))  # type: ignore[attr-defined]
    return {
        "since": found.span.first,
        "listings": states_out(found.listings),
        "contacts": found.contacts,
        "by_day": found.by_day,
        "trade": trade_out(found.trade),
        "by_listing": found.by_listing,
    }
