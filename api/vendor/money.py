"""A vendor's own money: what it has, and what changed it in a month. The lines themselves are at /postings."""

import datetime
import re

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from api.balances import BalanceOut, balance_out
from core.errors import Denied
from core.resources import parameters
from core.resources.filters import Parameter
from core.resources.plans import plain
from core.resources.types import LARGEST_ID, SignedMoney
from marketplace.ledger import queries

balance = Router(tags=["Money"])
statement = Router(tags=["Money"])
MOST = 100
GRANT = "view_money"
MONTHS = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")


def month(text: str) -> datetime.date:
    """Reads a month such as 2026-11."""
    if not MONTHS.fullmatch(text):
        raise ValueError("Send a month such as 2026-11.")
    year, number = text.split("-")
    return datetime.date(int(year), int(number), 1)


MONTH = Parameter(
    "month",
    {"type": "string", "pattern": f"^{MONTHS.pattern}$", "maxLength": 7},
    "Such as 2026-11; this month, unless said.",
    month,
)


class BalancesOut(Schema):
    """The money of the caller's vendors."""

    model_config = ConfigDict(title="VendorBalances")

    items: list[BalanceOut] = Field(max_length=MOST)


class ChangeOut(Schema):
    """What one kind of event changed in all."""

    model_config = ConfigDict(title="StatementChange")

    kind: str = Field(max_length=20, description="Such as `sale`, `reversal`, `payout_paid`.")
    amount: SignedMoney


class StatementOut(Schema):
    """A vendor's month in one currency: opening, what changed it, closing."""

    model_config = ConfigDict(title="VendorStatement")

    vendor_id: int = Field(ge=1, le=LARGEST_ID)
    opening: SignedMoney
    changes: list[ChangeOut] = Field(max_length=20)
    closing: SignedMoney


class StatementsOut(Schema):
    """A month of the caller's vendors."""

    model_config = ConfigDict(title="VendorStatements")

    month: str = Field(max_length=7)
    items: list[StatementOut] = Field(max_length=MOST)


def _vendors(request: HttpRequest) -> frozenset[int]:
    """The vendors whose money the caller may see. Refuses with 403 where there are none."""
    found = request.actor.tenants_where(GRANT)  # type: ignore[attr-defined]
    if not found:
        raise Denied()
    return found


@balance.get("", response=BalancesOut, operation_id="readBalance", summary="Read your balance")
def read_balance(request: HttpRequest) -> dict[str, object]:
    """What you have, by currency: the sums of your postings. Refuses with 403 without the grant `view_money`."""
    parameters.read(request.GET, {})
    found = sorted(queries.standings(_vendors(request)).items())
    return {"items": [balance_out(vendor, each) for (vendor, _currency), each in found[:MOST]]}


@statement.get(
    "", response=StatementsOut, operation_id="readStatement", summary="Read a month's statement",
    openapi_extra={"parameters": [MONTH.document()]},
)  # fmt: skip
def read_statement(request: HttpRequest) -> dict[str, object]:
    """What there was at the beginning of a month, what each kind of event changed of it, and what there was at its end.

    The lines are at `/postings?at_min=…&at_max=…`. Refuses with 403 without the grant `view_money`.
    """
    asked = parameters.read(request.GET, {"month": MONTH})
    first = asked.get("month") or timezone.localdate().replace(day=1)
    begins = datetime.datetime.combine(first, datetime.time.min, tzinfo=timezone.get_current_timezone())
    ends = begins.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    found = queries.statements(_vendors(request), begins=begins, ends=ends)
    return {
        "month": f"{first:%Y-%m}",
        "items": [
            {
                "vendor_id": each.vendor_id,
                "opening": plain(each.opening),
                "changes": [{"kind": kind, "amount": plain(amount)} for kind, amount in each.changes.items()],
                "closing": plain(each.closing),
            }
            for each in found[:MOST]
        ],
    }
