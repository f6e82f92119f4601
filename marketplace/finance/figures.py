"""What moved today, and by day over a month: sums that the database makes, each the way to the rows that it is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Sum

from core.admin.landing import changelist_url
from core.money import Money
from core.rules import Actor, scope
from marketplace.analytics.spans import Span, last_days
from marketplace.analytics.trading import DayTrade, trade_by_day
from marketplace.finance.sums import Much, in_currencies
from marketplace.ledger.kinds import AccountKind
from marketplace.ledger.models import Posting
from marketplace.payments.models import MoneyMove

DAYS = 30
#: What is drawn of each day, and under which words.
SERIES = {"revenue": "Revenue", "fees": "Commission and fees", "refunds": "Given back"}


@dataclass(frozen=True)
class Figure:
    """One figure of today, in each currency, with the rows behind it."""

    name: str
    title: str
    much: Much
    icon: str
    link: str
    empty: str
    each: str = "movement"


def of_today(actor: Actor) -> list[Figure]:
    """What came, what went back and what the market took today."""
    span = last_days(1)
    begins = span.begins.isoformat()
    moves = span.within(scope(actor, MoneyMove), "at")
    took = span.within(scope(actor, Posting), "at").filter(account__kind=AccountKind.REVENUE)
    found = []
    for kind, title, icon, empty in (
        ("captured", "Captured today", "payments", "Nobody has paid today."),
        ("refunded", "Given back today", "undo", "Nothing went back today."),
    ):
        link = changelist_url(MoneyMove, {"kind": kind, "at_min": begins})
        found.append(Figure(kind, title, _much(moves.filter(kind=kind)), icon, link, empty))
    link = changelist_url(Posting, {"account_name": AccountKind.REVENUE.value, "at_min": begins})
    fees = Figure(
        "commission",
        "Commission and fees today",
        _much(took, sign=-1),
        "percent",
        link,
        "Nothing was sold today.",
        "posting",
    )
    return [*found, fees]


def _much(rows: QuerySet[Any], sign: int = 1) -> Much:
    counted = rows.order_by().values_list("amount_currency").annotate(Count("pk"), Sum("amount_minor"))
    found = list(counted)
    return Much(sum(each[1] for each in found), in_currencies({each[0]: sign * each[2] for each in found}))


def by_day(actor: Actor, span: Span) -> Mapping[str, Sequence[DayTrade]]:
    """Each day of a span, those without any too, by currency; the currency in which most was sold first."""
    found = trade_by_day(actor, span)
    most_sold_first = sorted(found, key=lambda each: (-sum(day.revenue for day in found[each].values()), each))
    return {currency: [found[currency].get(day, DayTrade()) for day in span.days] for currency in most_sold_first}


def totals(days: Sequence[DayTrade], currency: str) -> dict[str, Money]:
    """The days added up."""
    return {name: Money(sum(getattr(each, name) for each in days), currency) for name in SERIES}
