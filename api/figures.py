"""What the figures of every audience share: the span parameter, and schemas of days and states."""

import datetime

from ninja import Schema
from pydantic import ConfigDict, Field

from core.resources.filters import Parameter, one_of

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


def states_out(counted: dict[str, int]) -> list[dict[str, object]]:
    """States with their counts, in the order of the state table."""
    return [{"state": state, "count": count} for state, count in counted.items()]
