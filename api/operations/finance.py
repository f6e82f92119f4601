"""The market's money as a whole: the work with it, and whether gateways, orders and books say the same."""

import datetime
import re
from typing import Any

from django.core import signing
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from api.figures import MOST
from core.errors import FieldError, Invalid
from core.resources import parameters
from core.resources.filters import Parameter
from core.resources.parameters import CURSOR, LIMIT
from core.resources.plans import plain
from core.resources.types import Moment, Money, SignedMoney
from marketplace.analytics.spans import Span, last_days
from marketplace.finance import differences, figures, reconciliation, work
from marketplace.finance.reading import require
from marketplace.finance.reconciliation import MOST_DAYS, Row

router = Router(tags=["Money"])
SALT = "finance differences"
USUAL_DAYS = 30
DAYS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DAY = {"type": "string", "format": "date", "maxLength": 10}


def day(text: str) -> datetime.date:
    """Reads a day such as 2026-11-22."""
    try:
        if not DAYS.fullmatch(text):
            raise ValueError
        found = datetime.date.fromisoformat(text)
    except ValueError:
        raise ValueError("Send a day such as 2026-11-22.") from None
    if not 2000 <= found.year <= 2999:
        raise ValueError("Send a day from 2000 to 2999.")
    return found


def gateway(text: str) -> str:
    """Reads the name of a gateway that moved money here."""
    if text not in {each.name for each in reconciliation.gateways_of()}:
        raise ValueError("Send the name of a gateway that is used here.")
    return text


SINCE = Parameter("since", DAY, f"The first day; {USUAL_DAYS} days ago, unless said.", day)
UNTIL = Parameter("until", DAY, f"The last day; today, unless said. At most {MOST_DAYS} days.", day)
GATEWAY = Parameter("gateway", {"type": "string", "maxLength": 24}, "Only this gateway, such as stripe.", gateway)
ASKED = {each.name: each for each in (SINCE, UNTIL, GATEWAY)}


class WorkOut(Schema):
    """One kind of work with money: how much waits, since when, and where its rows are."""

    model_config = ConfigDict(title="FinanceWork")

    kind: str = Field(max_length=40)
    title: str = Field(max_length=80)
    what: str = Field(max_length=200, description="What is to be done, in a sentence.")
    count: int = Field(ge=0, le=MOST)
    amounts: list[Money] = Field(max_length=200, description="What it comes to, by currency.")
    oldest_at: Moment | None = Field(description="Since when the oldest waits.")
    due_at: Moment | None = Field(description="By when the first of them has to be done.")
    rows: str = Field(max_length=300, description="The address of exactly these rows; empty where they have none.")


class FigureOut(Schema):
    """What moved today."""

    model_config = ConfigDict(title="FinanceFigure")

    name: str = Field(max_length=20, description="`captured`, `refunded` or `commission`.")
    count: int = Field(ge=0, le=MOST)
    amounts: list[SignedMoney] = Field(max_length=200)


class AllWorkOut(Schema):
    """All kinds of work, those too of which nothing waits, and what moved today."""

    model_config = ConfigDict(title="FinanceWorkList")

    today: list[FigureOut] = Field(max_length=10)
    items: list[WorkOut] = Field(max_length=40)


class ComparedRow(Schema):
    """What one gateway moved in one currency: by the orders' payments and refunds, by the books, by the gateway's statement.

    `statement` is null where the gateway has told nothing of the day yet. `explained` is by how much the statement differs with a
    person's word for why. `books_differ` and `statement_differs` are how much more than the orders they say: 0 where all is well.
    """

    model_config = ConfigDict(title="ComparedMoney")

    gateway: str = Field(max_length=24)
    kind: str = Field(max_length=10, description="`captured` or `refunded`.")
    orders: SignedMoney
    books: SignedMoney
    statement: SignedMoney | None
    explained: SignedMoney
    books_differ: SignedMoney
    statement_differs: SignedMoney


class ComparedDay(ComparedRow):
    """The same of one day."""

    model_config = ConfigDict(title="ComparedDay")

    day: datetime.date


class GatewayOut(Schema):
    """Up to which moment a gateway's money is compared, and whether its statement is known up to there."""

    model_config = ConfigDict(title="ComparedGateway")

    name: str = Field(max_length=24)
    until: Moment
    tells: bool


class FaultCount(Schema):
    """How many differences of one kind there are."""

    model_config = ConfigDict(title="FinanceFaultCount")

    fault: str = Field(max_length=40)
    count: int = Field(ge=0, le=MOST)


class ReconciliationOut(Schema):
    """Gateways, orders and books over a span of days, side by side."""

    model_config = ConfigDict(title="Reconciliation")

    since: datetime.date
    until: datetime.date
    agrees: bool = Field(description="Nothing differs.")
    gateways: list[GatewayOut] = Field(max_length=100)
    totals: list[ComparedRow] = Field(max_length=1_000)
    days: list[ComparedDay] = Field(max_length=50_000)
    faults: list[FaultCount] = Field(
        max_length=40, description="What differs, by name: `/finance/differences` lists them."
    )


class DifferenceOut(Schema):
    """One thing that two of the three tell differently."""

    model_config = ConfigDict(title="FinanceDifference")

    fault: str = Field(max_length=40)
    sentence: str = Field(max_length=400, description="What each says.")
    amount: Money
    at: Moment
    about_model: str = Field(max_length=60, description="What kind of row it is about, such as `payments.payment`.")
    about: str = Field(max_length=300, description="Which: its reference.")


class DifferencesOut(Schema):
    """A page of them."""

    model_config = ConfigDict(title="FinanceDifferences")

    items: list[DifferenceOut] = Field(max_length=parameters.MOST)
    next: str | None = Field(max_length=300)


def _actor(request: HttpRequest) -> Any:
    actor = request.actor  # type: ignore[attr-defined]
    require(actor)
    return actor


def _span(asked: Any) -> Span:
    usual = last_days(USUAL_DAYS)
    last = asked.get("until") or usual.last
    first = asked.get("since") or last - (usual.last - usual.first)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise Invalid(
            errors=[FieldError("since", "parameter", f"Ask for 1 to {MOST_DAYS} days, the first before the last.")]
        )
    return Span(first, last)


@router.get("/work", response=AllWorkOut, operation_id="readFinanceWork", summary="Read what waits with money")
def read_work(request: HttpRequest) -> dict[str, object]:
    """Each kind of work with how many, how much and since when, and today's figures. Refuses with 403 without `view_money`."""
    parameters.read(request.GET, {})
    actor = _actor(request)
    return {
        "today": [
            {"name": each.name, "count": each.much.count, "amounts": [plain(one) for one in each.much.amounts]}
            for each in figures.of_today(actor)
        ],
        "items": [
            {
                "kind": each.kind, "title": each.title, "what": each.what, "count": each.much.count,
                "amounts": [plain(one) for one in each.much.amounts], "oldest_at": each.much.since, "due_at": each.much.due,
                "rows": each.rows,
            }
            for each in work.work_of(actor)
        ],
    }  # fmt: skip


@router.get(
    "/reconciliation", response=ReconciliationOut, operation_id="readReconciliation",
    summary="Compare gateways, orders and books", openapi_extra={"parameters": [each.document() for each in ASKED.values()]},
)  # fmt: skip
def read_reconciliation(request: HttpRequest) -> dict[str, object]:
    """What gateways, orders and books say of each day, newest first. What moved within the last minutes is left out: `gateways`
    tells up to when each is compared. Refuses with 403 without `view_money`, with 422 a span that is too long."""
    _actor(request)
    asked = parameters.read(request.GET, ASKED)
    span, name = _span(asked), asked.get("gateway") or ""
    found, counts = reconciliation.compare(span, gateway=name), differences.count(span, gateway=name)
    return {
        "since": span.first,
        "until": span.last,
        "agrees": not found.off and not sum(counts.values()),
        "gateways": [{"name": each.name, "until": each.until, "tells": each.tells} for each in found.gateways],
        "totals": [_row(each) for each in found.totals],
        "days": [{**_row(each), "day": each.place.day} for each in found.rows],
        "faults": [{"fault": fault, "count": count} for fault, count in counts.items()],
    }


def _row(row: Row) -> dict[str, Any]:
    names = ("orders", "books", "explained", "books_differ", "statement_differs")
    amounts = {name: plain(getattr(row, name)) for name in names}
    said = plain(row.statement) if row.statement is not None else None
    return {"gateway": row.place.gateway, "kind": row.place.kind, "statement": said, **amounts}


@router.get(
    "/differences", response=DifferencesOut, operation_id="listFinanceDifferences", summary="List what differs",
    openapi_extra={"parameters": [each.document() for each in (*ASKED.values(), LIMIT, CURSOR)]},
)  # fmt: skip
def list_differences(request: HttpRequest) -> dict[str, object]:
    """Each payment, refund, journal, order or movement that is told differently, by name. Refuses as the comparison does."""
    _actor(request)
    asked = parameters.read(request.GET, {**ASKED, "limit": LIMIT, "cursor": CURSOR})
    named, following = differences.page(
        _span(asked), gateway=asked.get("gateway") or "", after=_place(asked.get("cursor")),
        limit=asked.get("limit", parameters.USUAL),
    )  # fmt: skip
    items = [
        {
            "fault": each.fault, "sentence": each.sentence[:400], "amount": plain(each.amount), "at": each.at,
            "about_model": each.about._meta.label_lower, "about": str(each.about)[:300],
        }
        for each in named
    ]  # fmt: skip
    return {"items": items, "next": signing.dumps(list(following), salt=SALT) if following else None}


def _place(cursor: str | None) -> tuple[int, int] | None:
    if not cursor:
        return None
    try:
        number, key = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise Invalid(
            errors=[FieldError("cursor", "cursor", "That cursor is not of this list; start again.")]
        ) from None
    return (number, key)
