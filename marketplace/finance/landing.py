"""Finance's first screen: today's figures, the work, the month by the books; and the way to all the rest."""

from typing import Any

from core.admin.landing import Chart, Landing, Panel, changelist_url, register
from core.money import exponent
from core.rules import Actor
from marketplace.analytics import charts
from marketplace.analytics.sales import BY_VENDOR
from marketplace.analytics.spans import last_days
from marketplace.finance import figures
from marketplace.finance.reading import sees_finance
from marketplace.finance.work import RECONCILIATION, Work, work_of
from marketplace.ledger.models import Account, Journal, Posting, SettlementTerms
from marketplace.payments.models import MoneyMove, StatementDifference, WebhookDelivery
from marketplace.payouts.models import PayoutAccount, PayoutBatch

URGENCY = ("danger", "warning", "")
MOST_CHARTS = 3


def of_today(actor: Actor) -> dict[str, Any]:
    """What moved today."""
    return {"figures": figures.of_today(actor)}


def of_work(actor: Actor) -> dict[str, Any]:
    """What waits, the most urgent first; what is done in one line, but for what must always be nothing."""
    found = work_of(actor)
    waiting = [each for each in found if each.much.count or each.much.amounts]
    return {
        "waiting": sorted(waiting, key=_urgency),
        "done": [each for each in found if each not in waiting],
        "reconciled": not any(each.kind == "unreconciled" for each in waiting),
        "reconciliation": RECONCILIATION,
    }


def _urgency(work: Work) -> tuple[int, float]:
    moment = work.much.due or work.much.since
    return (URGENCY.index(work.tone), moment.timestamp() if moment else float("inf"))


def of_month(actor: Actor) -> dict[str, Any]:
    """What buyers paid, what the market took and what went back, by day: a chart for each currency, most sold first."""
    span = last_days(figures.DAYS)
    found = []
    for currency, days in list(figures.by_day(actor, span).items())[:MOST_CHARTS]:
        series = {
            "labels": charts.labels(span),
            "datasets": [
                {"label": label, "data": [getattr(each, name) / 10 ** exponent(currency) for each in days]}
                for name, label in figures.SERIES.items()
            ],
        }  # drawn, and nothing is reckoned with it: what is told in words below is exact
        sums = figures.totals(days, currency)
        drawn = Chart(currency, lambda _actor, series=series: series).draw(actor)  # type: ignore[misc]
        found.append(
            {**drawn, "totals": [{"label": label, "sum": str(sums[name])} for name, label in figures.SERIES.items()]}
        )
    begins = span.begins.isoformat()
    return {"charts": found, "journals": changelist_url(Journal, {"kind": "sale,reversal", "at_min": begins})}


def of_places(_actor: Actor) -> dict[str, Any]:
    """The lists that are not in the sidebar."""
    found = (
        ("Accounts", Account), ("Postings", Posting), ("Movements of money", MoneyMove),
        ("Statement differences", StatementDifference), ("Webhooks", WebhookDelivery), ("Payout accounts", PayoutAccount),
        ("Settlement terms", SettlementTerms),
    )  # fmt: skip
    plan = ("Who is due", f"{changelist_url(PayoutBatch)}plan/")
    return {"places": [*((title, changelist_url(model)) for title, model in found), plan]}


FINANCE = register(
    Landing(
        "Finance",
        panels=(
            Panel("Today", "finance/today.html", of_today),
            Panel("What waits", "finance/work.html", of_work),
            Panel("The last 30 days by the books", "finance/month.html", of_month),
            BY_VENDOR,
            Panel("More of the books", "finance/places.html", of_places),
        ),
        intro=lambda _actor: "Everything that waits with money, and the way to where it is dealt with.",
    ),
    when=sees_finance,
    rank=30,
)
