"""What the figures of every audience share: the span parameter, and schemas of days and states."""

import datetime

from ninja import Schema
from pydantic import ConfigDict, Field

from core.resources.filters import Parameter, one_of
from core.resources.plans import plain
from core.resources.types import Money
from marketplace.analytics.trading import Trade

CHOICES = ("7", "30", "90")
MOST_DAYS = 90
MOST = 2**31 - 1
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


class TradeOut(Schema):
    """Shares of orders that were paid and not called off, how many in as many days before, and what those of the span cost."""

    model_config = ConfigDict(title="TradeFigures")

    orders: int = Field(ge=0, le=MOST)
    before: int = Field(ge=0, le=MOST)
    revenue: list[Money] = Field(max_length=200, description="One sum for each currency.")


def trade_out(trade: Trade | None) -> dict[str, object] | None:
    """Sales as JSON, or null for who may not see them."""
    if trade is None:
        return None
    return {"orders": trade.orders, "before": trade.before, "revenue": [plain(each) for each in trade.revenue]}


def states_out(counted: dict[str, int]) -> list[dict[str, object]]:
    """States with their counts, in the order of the state table."""
    return [{"state": state, "count": count} for state, count in counted.items()]
