"""The figures of the market, for staff."""

import datetime

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from api.figures import DAYS, MOST, MOST_DAYS, ContactDay, ContactsOut, StateCount, states_out
from core.resources import parameters
from marketplace.analytics import queries

router = Router(tags=["Analytics"])


class ComparedOut(Schema):
    """A figure of the span, and of as many days before."""

    model_config = ConfigDict(title="Compared")

    count: int = Field(ge=0, le=MOST)
    before: int = Field(ge=0, le=MOST)


class MarketDay(ContactDay):
    """One day of the market."""

    approved: int = Field(ge=0, le=MOST)
    new_vendors: int = Field(ge=0, le=MOST)


class SummaryOut(Schema):
    """The figures of the market."""

    model_config = ConfigDict(title="MarketSummary")

    since: datetime.date
    listings: list[StateCount] = Field(max_length=20)
    vendors: list[StateCount] = Field(max_length=20)
    approved: ComparedOut
    new_vendors: ComparedOut
    contacts: ContactsOut | None = Field(description="Null for those without the grant `view_contacts`.")
    by_day: list[MarketDay] = Field(max_length=MOST_DAYS)


@router.get(
    "/summary", response=SummaryOut, operation_id="readMarketSummary", summary="Read the figures of the market",
    openapi_extra={"parameters": [DAYS.document()]},
)  # fmt: skip
def summary(request: HttpRequest) -> dict[str, object]:
    """Listings and vendors by state, what was approved, who is new, and valid contacts, by day and compared."""
    asked = parameters.read(request.GET, {"days": DAYS})
    found = queries.summary(request.actor, days=int(asked.get("days", "30")))  # type: ignore[attr-defined]
    return {
        "since": found.span.first,
        "listings": states_out(found.listings),
        "vendors": states_out(found.vendors),
        "approved": found.approved,
        "new_vendors": found.new_vendors,
        "contacts": found.contacts,
        "by_day": found.by_day,
    }
