"""What the figures of every audience share: the span parameter, and schemas of days and states."""

import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from core.resources import parameters
from core.resources.filters import Parameter, one_of
from core.resources.plans import plain
from core.resources.types import LARGEST_ID, SignedMoney
from marketplace.analytics.trading import Figures, Trade
from marketplace.engagement.queries import most_viewed

CHOICES = ("7", "30", "90")
MOST_DAYS = 90
MOST = 2**31 - 1
AMOUNTS = ("revenue", "refunds", "borne", "commission", "fees", "tax", "to_vendors")
DAYS = Parameter(
    "days",
    {"type": "string", "enum": list(CHOICES), "default": "30"},
    "How many days, today being the last.",
    one_of(CHOICES),
)


class StateCount(Schema):
    """How many are in a state."""

    state: str = Field(max_length=24)
    count: int = Field(ge=0, le=MOST)


class ContactsOut(Schema):
    """Valid contacts of the span by channel, and all of them in as many days before."""

    model_config = ConfigDict(title="ContactFigures")

    calls: int = Field(ge=0, le=MOST)
    whatsapps: int = Field(ge=0, le=MOST)
    total: int = Field(ge=0, le=MOST)
    before: int = Field(ge=0, le=MOST)


class ContactDay(Schema):
    """Valid contacts of one day."""

    day: datetime.date
    calls: int = Field(ge=0, le=MOST)
    whatsapps: int = Field(ge=0, le=MOST)


class SalesOut(Schema):
    """What was sold in the span in one currency and what went back in it, by the books.

    Always: revenue - refunds + borne = fees + tax + to_vendors.
    """

    model_config = ConfigDict(title="SalesFigures")

    orders: int = Field(ge=0, le=MOST, description="Vendor orders that were sold, whatever became of them.")
    revenue: SignedMoney = Field(description="What their buyers paid.")
    refunds: SignedMoney = Field(description="What buyers got back, from the market or through their bank.")
    borne: SignedMoney = Field(
        description="What the market paid itself: its discounts, and what nobody else bore of refunds."
    )
    commission: SignedMoney = Field(description="Of the fees.")
    fees: SignedMoney = Field(description="What the market took, less what it gave back.")
    tax: SignedMoney = Field(description="What the market remits; tax that vendors remit is theirs until then.")
    to_vendors: SignedMoney = Field(description="What vendors keep, less what they gave back.")


class TradeOut(Schema):
    """Vendor orders sold in the span and in as many days before, and what those of the span brought."""

    model_config = ConfigDict(title="TradeFigures")

    orders: int = Field(ge=0, le=MOST)
    before: int = Field(ge=0, le=MOST)
    figures: list[SalesOut] = Field(max_length=200, description="One for each currency.")


class ListingInterest(Schema):
    """What people did with one listing in the span; and how many keep it in view now."""

    listing_id: int = Field(ge=1, le=LARGEST_ID)
    title: str = Field(max_length=120)
    slug: str = Field(max_length=140)
    views: int = Field(ge=0, le=MOST, description="By people, each counted once in half an hour.")
    contacts: int = Field(ge=0, le=MOST)
    favourites: int = Field(ge=0, le=MOST)


class InterestOut(Schema):
    """The listings that people looked at most."""

    model_config = ConfigDict(title="InterestFigures")

    items: list[ListingInterest] = Field(max_length=100)


def interest_routes(router: Router) -> None:
    """Put the figures of interest on an audience's `/analytics` router: of the listings that the caller may see."""
    router.add_api_operation(
        "/listings",
        ["GET"],
        interest,
        response=InterestOut,
        operation_id="readInterest",
        summary="Read what people look at",
        openapi_extra={"parameters": [DAYS.document()]},
    )


def interest(request: HttpRequest) -> dict[str, object]:
    """Views, valid contacts and favourites by listing, the most viewed first; those that nobody looked at are left out."""
    asked = parameters.read(request.GET, {"days": DAYS})
    return {"items": most_viewed(request.actor, days=int(asked.get("days", "30")))}  # type: ignore[attr-defined]


def trade_out(trade: Trade | None) -> dict[str, object] | None:
    """Sales as JSON, or null for who may not see them."""
    if trade is None:
        return None
    return {"orders": trade.orders, "before": trade.before, "figures": [sales_out(each) for each in trade.figures]}


def sales_out(figures: Figures) -> dict[str, Any]:
    """What was sold in one currency, as JSON."""
    return {"orders": figures.orders, **{name: plain(getattr(figures, name)) for name in AMOUNTS}}


def states_out(counted: dict[str, int]) -> list[dict[str, object]]:
    """States with their counts, in the order of the state table."""
    return [{"state": state, "count": count} for state, count in counted.items()]
