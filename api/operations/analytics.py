"""The figures of the market, for staff."""

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
    SalesOut,
    StateCount,
    TradeOut,
    interest_routes,
    sales_out,
    states_out,
    trade_out,
)
from core.errors import Denied
from core.resources import parameters
from core.resources.types import LARGEST_ID
from marketplace.analytics import queries, trading
from marketplace.analytics.spans import last_days

router = Router(tags=["Analytics"])
interest_routes(router)


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
    trade: TradeOut | None = Field(description="Null for those without the grant `view_money`.")
    by_day: list[MarketDay] = Field(max_length=MOST_DAYS)


@router.get(
    "/summary", response=SummaryOut, operation_id="readMarketSummary", summary="Read the figures of the market",
    openapi_extra={"parameters": [DAYS.document()]},
)  # fmt: skip
def summary(request: HttpRequest) -> dict[str, object]:
    """Listings and vendors by state, what was approved, who is new, and valid contacts, by day and compared, and what was sold."""
    asked = parameters.read(request.GET, {"days": DAYS})
    found = queries.summary(request.actor, days=int(asked.get("days", "30")))  # type: ignore[attr-defined]
    return {
        "since": found.span.first,
        "listings": states_out(found.listings),
        "vendors": states_out(found.vendors),
        "approved": found.approved,
        "new_vendors": found.new_vendors,
        "contacts": found.contacts,
        "trade": trade_out(found.trade),
        "by_day": found.by_day,
    }


class VendorTradeOut(SalesOut):
    """What one vendor sold in the span, in one currency."""

    model_config = ConfigDict(title="VendorTrade")

    vendor_id: int = Field(ge=1, le=LARGEST_ID)
    name: str = Field(max_length=80)


class VendorTradesOut(Schema):
    """The vendors that sold most."""

    model_config = ConfigDict(title="VendorTrades")

    items: list[VendorTradeOut] = Field(
        max_length=trading.MOST_VENDORS, description="Most orders first; one who sold in two currencies is there twice."
    )


@router.get(
    "/vendors", response=VendorTradesOut, operation_id="readVendorTrade", summary="Read what each vendor sold",
    openapi_extra={"parameters": [DAYS.document()]},
)  # fmt: skip
def vendors(request: HttpRequest) -> dict[str, object]:
    """Orders and what they brought by vendor, by the books. Refuses with 403 without the grant `view_money`."""
    asked = parameters.read(request.GET, {"days": DAYS})
    actor = request.actor  # type: ignore[attr-defined]
    if not trading.sees_trade(actor):
        raise Denied()
    found = trading.trade_by_vendor(actor, last_days(int(asked.get("days", "30"))))
    return {"items": [{"vendor_id": each.vendor_id, "name": each.name, **sales_out(each.figures)} for each in found]}
