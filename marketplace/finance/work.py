"""The work with money: each kind of it, how much waits, since when, and where exactly it is dealt with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Model, Q, Sum

from core import context
from core.admin.landing import changelist_url
from core.resources.registry import resource_of
from core.rules import Actor, policy_of, scope
from marketplace.analytics.spans import last_days
from marketplace.finance import differences, reconciliation
from marketplace.finance.sums import Much, earliest, in_currencies
from marketplace.ledger.kinds import AccountKind
from marketplace.ledger.models import Account, Posting
from marketplace.orders.models import Dispute, RefundRequest
from marketplace.payments.models import Chargeback, Payment, Refund, StatementDifference, WebhookDelivery
from marketplace.payments.queries import UNANSWERED, unanswered
from marketplace.payouts import queries as payouts
from marketplace.payouts.models import Payout, PayoutAccount, PayoutBatch

DAYS = 30
RECENT = timedelta(days=DAYS)
RECONCILIATION = "/admin/finance/reconciliation/"


@dataclass(frozen=True)
class Work:
    """One kind of work as it stands. `link` leads to the screen with exactly these rows, `rows` to the same in the API (empty
    where it has no rows of its own there)."""

    kind: str
    title: str
    what: str
    tone: str
    icon: str
    much: Much
    link: str
    rows: str = ""


@dataclass(frozen=True)
class Kind:
    """Work that is rows of one model: which, by the list's own filters; what they come to; since when each waits."""

    name: str
    title: str
    what: str
    model: type[Model]
    filters: Callable[[], Mapping[str, str]]
    rows: Callable[[], Q]
    tone: str = "warning"
    icon: str = "inbox"
    amount: str = "amount"
    since: str = "status_since"
    due: str = ""


def _fixed(**values: str) -> Callable[[], Mapping[str, str]]:
    return lambda: values


def _rows(**values: Any) -> Callable[[], Q]:
    return lambda: Q(**values)


KINDS: Sequence[Kind] = (
    Kind("stuck_payments", "Stuck payments", "The gateway should have said long ago what became of them.", Payment,
         _fixed(is_stuck="true"), _rows(is_stuck=True), "danger", "running_with_errors"),
    Kind("unknown_payments", "Payments nobody knows of", "No usable answer came. The gateway is asked until it says.", Payment,
         _fixed(status="unknown", is_stuck="false"), _rows(status="unknown", is_stuck=False), icon="help"),
    Kind("stuck_refunds", "Stuck refunds", "The gateway should have said long ago whether the money went back.", Refund,
         _fixed(is_stuck="true"), _rows(is_stuck=True), "danger", "running_with_errors"),
    Kind("unknown_refunds", "Refunds nobody knows of", "No usable answer came. The gateway is asked until it says.", Refund,
         _fixed(status="unknown", is_stuck="false"), _rows(status="unknown", is_stuck=False), icon="help"),
    Kind("refunds_to_allow", "Refunds to allow", "Somebody asked for them, and a second person decides.", RefundRequest,
         _fixed(state="asked"), _rows(state="asked"), icon="approval_delegation", since="state_since"),
    Kind("failed_refunds", "Refunds that failed", "The gateway would not: try again, or pay another way.", Refund,
         _fixed(status="failed"), _rows(status="failed"), "danger", "money_off"),
    Kind("chargebacks", "Chargebacks to answer", "A buyer's bank wants the money back. Say why it is ours, and see that it arrives.",
         Chargeback, _fixed(answering=",".join(UNANSWERED)), unanswered, "danger", "gavel", since="opened_at", due="due_at"),
    Kind("disputes", "Disputes to decide", "Buyer and vendor have said what they have to say.", Dispute,
         _fixed(state="awaiting_market"), _rows(state="awaiting_market"), "danger", "gavel", since="state_since", due="due_at"),
    Kind("payouts_by_hand", "Payouts to make by hand", "Approved: pay them at the bank, then say so with its reference.", Payout,
         _fixed(status="approved", gateway="offline"), _rows(status="approved", gateway="offline"), icon="price_check"),
    Kind("unknown_payouts", "Payouts nobody knows of", "No usable answer came. The gateway is asked until it says.", Payout,
         _fixed(status="unknown"), _rows(status="unknown"), "danger", "help"),
    Kind("failed_payouts", "Payouts that failed", f"Of the last {DAYS} days. The money is the vendor's again: look where it is paid.",
         Payout, lambda: {"status": "failed,returned", "prepared_at_min": _recent()},
         lambda: Q(status__in=("failed", "returned"), prepared_at__gte=_recent()), "danger", "money_off"),
    Kind("accounts_to_verify", "Accounts to verify", "Where vendors want to be paid.", PayoutAccount,
         _fixed(status="waiting"), _rows(status="waiting"), icon="account_balance", amount=""),
    Kind("statement_differences", "Statement differences", "A gateway's statement and our books say different things.",
         StatementDifference, _fixed(status="open"), _rows(status="open"), "danger", "balance", since="found_at"),
    Kind("refused_webhooks", "Webhooks refused", "Something was told that could not be acted on.", WebhookDelivery,
         _fixed(status="refused"), _rows(status="refused"), icon="webhook", amount=""),
)  # fmt: skip


def _recent() -> str:
    return last_days(DAYS).begins.isoformat()


def work_of(actor: Actor) -> list[Work]:
    """All kinds of work that the actor may see, done ones too: those that waited longest for nothing are for the reader to sort.

    A fixed number of queries, however much there is.
    """
    found = [_of_kind(actor, each) for each in KINDS if policy_of(each.model).may_ever(actor, "view")]
    return [*found, *_of_payouts(actor), _debts(actor), _unreconciled()]


def _of_kind(actor: Actor, kind: Kind) -> Work:
    rows = scope(actor, kind.model).filter(kind.rows()).order_by()
    sums: dict[str, Any] = {"_n": Count("pk"), "_since": Min(kind.since)}
    if kind.due:
        sums["_due"] = Min(kind.due)
    if kind.amount:
        sums["_sum"] = Sum(f"{kind.amount}_minor")
        groups = list(rows.values(f"{kind.amount}_currency").annotate(**sums))
    else:
        groups = [rows.aggregate(**sums)]
    amounts = in_currencies({each[f"{kind.amount}_currency"]: each["_sum"] for each in groups}) if kind.amount else ()
    much = Much(
        sum(each["_n"] for each in groups), amounts, earliest(each["_since"] for each in groups),
        earliest(each.get("_due") for each in groups),
    )  # fmt: skip
    filters = kind.filters()
    return Work(
        kind.name, kind.title, kind.what, kind.tone, kind.icon, much, changelist_url(kind.model, filters),
        _in_api(kind.model, filters),
    )  # fmt: skip


def _in_api(model: type[Model], filters: Mapping[str, str]) -> str:
    resource = resource_of(model)
    return f"/api/operations/v1/{resource.path}?{urlencode(filters)}" if resource is not None else ""


def _of_payouts(actor: Actor) -> list[Work]:
    due = [each for each in payouts.plan(context.now()) if each.is_due]
    sums: dict[str, int] = {}
    for line in due:
        sums[line.amount.currency] = sums.get(line.amount.currency, 0) + line.amount.amount
    batches = scope(actor, PayoutBatch).filter(status="prepared")
    prepared = batches.aggregate(n=Count("pk"), since=Min("status_since"))
    waiting = Payout.objects.filter(batch__status="prepared").order_by().values_list("amount_currency")
    filters = {"status": "prepared"}
    return [
        Work(
            "payouts_due", "Payouts due", "Vendors with money available whose day has come.", "warning", "event_upcoming",
            Much(len(due), in_currencies(sums)), f"{changelist_url(PayoutBatch)}plan/", "/api/operations/v1/payout-plan",
        ),
        Work(
            "payouts_to_approve", "Payouts to approve", "Prepared: somebody else than whoever did so approves them.", "warning",
            "playlist_add_check",
            Much(prepared["n"], in_currencies(dict(waiting.annotate(Sum("amount_minor")))), prepared["since"]),
            changelist_url(PayoutBatch, filters), _in_api(PayoutBatch, filters),
        ),
    ]  # fmt: skip


def _debts(actor: Actor) -> Work:
    owed = (
        scope(actor, Posting).filter(account__kind=AccountKind.AVAILABLE).order_by()
        .values("account__vendor", "amount_currency").annotate(owed=Sum("amount_minor")).filter(owed__gt=0)
    )  # fmt: skip
    sums: dict[str, int] = {}
    for each in owed:
        sums[each["amount_currency"]] = sums.get(each["amount_currency"], 0) + each["owed"]
    return Work(
        "vendors_in_debt", "Vendors who owe", "More was taken back than they had. It is taken from what comes next.", "warning",
        "trending_down", Much(len({each["account__vendor"] for each in owed}), in_currencies(sums)),
        f"{changelist_url(Account)}balances/?owes=true",
    )  # fmt: skip


def _unreconciled() -> Work:
    span = last_days(DAYS)
    sums = reconciliation.compare(span).off
    return Work(
        "unreconciled", "Unreconciled differences", f"Gateway, orders and books of {DAYS} days are not the same.", "danger",
        "difference", Much(sum(differences.count(span).values()), in_currencies(sums)),
        f"{RECONCILIATION}?{urlencode({'since': span.first.isoformat(), 'until': span.last.isoformat()})}",
    )  # fmt: skip
