"""The gateway's statement against our books: every movement of a period, told by both and alike (I-P5)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import structlog
from django.db.models import Min, QuerySet
from django.utils import timezone

from core import context
from core.rules import Actor
from marketplace.payments import actions
from marketplace.payments.actions.differing import Difference
from marketplace.payments.breakers import breaker_of
from marketplace.payments.gateways import StatementLine, gateway_of
from marketplace.payments.models import MoneyMove, Payment, Refund, StatementDay, StatementDifference

PERIOD, LONGEST = timedelta(days=3), timedelta(days=90)
#: What moved so lately may be on its way into either of the two books.
GRACE = timedelta(minutes=15)
#: How far the gateway's clock may be from ours.
SKEW = timedelta(minutes=10)
Fault = StatementDifference.Fault
Key = tuple[str, str]
log = structlog.get_logger("payments")


def compare(gateway: str) -> int:
    """Compare what a gateway says that it moved with our movements, over three days and as far back as something is open.

    Returns how many differences are open then, and keeps what the gateway said of each day. Does nothing for a gateway without a
    statement; raises GatewayFault or `gateway_unavailable` where it cannot be asked, and then nothing is concluded.
    """
    port, now = gateway_of(gateway), context.now()
    if not hasattr(port, "statement"):
        return 0
    since = _begins(gateway, now)
    ours = _ours(MoneyMove.objects.filter(gateway=gateway, at__gte=since, at__lte=now - GRACE))
    breaker_of(gateway).pass_through()
    with breaker_of(gateway).watching():
        lines = list(port.statement(since=min(since, _asked_first(ours.values())) - SKEW))
    theirs = {(line.kind, line.gateway_id): line for line in lines}
    wanted = [line.gateway_id for line in lines if line.at >= since - SKEW]
    for start in range(0, len(wanted), 500):
        ours |= _ours(MoneyMove.objects.filter(gateway=gateway, gateway_id__in=wanted[start : start + 500]))
    found = [
        each
        for key in sorted(theirs.keys() | ours.keys())
        if (each := _judge(ours.get(key), theirs.get(key), since=since, until=now - GRACE))
    ]
    for each in found:
        log.error("statement_differs", gateway=gateway, gateway_id=each.gateway_id, fault=each.fault)
    return actions.book_differences(
        by=Actor.system("statement"), gateway=gateway, since=since, found=_named(found, lines),
        told=_told(gateway, theirs, ours, since=since, until=now - GRACE),
    )  # fmt: skip


def _begins(gateway: str, now: datetime) -> datetime:
    waiting = StatementDifference.objects.filter(gateway=gateway, status="open")
    oldest = waiting.aggregate(oldest=Min("moved_at"))["oldest"] or now
    return max(_day_begins(timezone.localdate(min(oldest, now - PERIOD))), now - LONGEST)


def _day_begins(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _told(
    gateway: str,
    theirs: Mapping[Key, StatementLine],
    ours: Mapping[Key, MoneyMove],
    *,
    since: datetime,
    until: datetime,
) -> list[StatementDay]:
    """What the statement said of each day that was compared whole, the last one up to `until`."""
    day, last = timezone.localdate(since), timezone.localdate(until)
    if _day_begins(day) < since:
        day += timedelta(days=1)
    found: dict[date, StatementDay] = {}
    while day <= last:
        ends = min(_day_begins(day + timedelta(days=1)), until)
        found[day] = StatementDay(gateway=gateway, day=day, sums={}, until=ends)
        day += timedelta(days=1)
    for key, line in theirs.items():
        at = _booked_at(ours[key]) if key in ours else line.at
        of_day = found.get(timezone.localdate(at))
        if of_day is None or at >= of_day.until:
            continue
        of_kind = of_day.sums.setdefault(line.kind, {})
        count, minor = of_kind.get(line.amount.currency, (0, 0))
        of_kind[line.amount.currency] = (count + 1, minor + line.amount.amount)
    return list(found.values())


def _booked_at(move: MoneyMove) -> datetime:
    """The moment at which a movement stands in our books."""
    return move.refund.status_since if move.refund is not None else move.payment.status_since


def _ours(moves: QuerySet[MoneyMove]) -> dict[Key, MoneyMove]:
    rows = moves.select_related("payment", "refund")
    return {(move.kind, move.gateway_id): move for move in rows}


def _asked_first(moves: Iterable[MoneyMove]) -> datetime:
    """When the first of these was asked for: the gateway cannot have moved it before, however late we heard of it."""
    asked = (move.refund.requested_at if move.refund else move.payment.started_at for move in moves)
    return min(asked, default=context.now())


def _judge(
    move: MoneyMove | None, line: StatementLine | None, *, since: datetime, until: datetime
) -> Difference | None:
    if move is None and line is not None:
        if not since <= line.at <= until:
            return None
        said = (
            f"The gateway says that {line.amount} {_did(line.kind)} for {line.subject}; nothing of it is written here."
        )
        return Difference(line.kind, line.gateway_id, Fault.MISSING, said, line.amount, line.at)
    if move is not None and line is None:
        said = f"We have it that {move.amount} {_did(move.kind)} for {move.payment.subject}; the gateway has nothing of it."
        return Difference(move.kind, move.gateway_id, Fault.EXTRA, said, move.amount, move.at, move.payment_id)
    if move is None or line is None:
        return None
    if move.amount == line.amount and line.subject in ("", move.payment.subject):  # "": it does not say
        return None
    said = (
        f"The gateway says that {line.amount} {_did(line.kind)} for {line.subject}; "
        f"we have {move.amount} for {move.payment.subject}."
    )
    return Difference(line.kind, line.gateway_id, Fault.DIFFERS, said, line.amount, line.at, move.payment_id)


def _did(kind: str) -> str:
    return "came" if kind == "captured" else "went back"


def _named(found: list[Difference], lines: Iterable[StatementLine]) -> list[Difference]:
    """With the payment that each is about, where our key tells it: also of money that we never booked."""
    keys = {(line.kind, line.gateway_id): line.key for line in lines}
    wanted = {keys[name] for each in found if (name := (each.kind, each.gateway_id)) in keys}
    known: dict[str, int] = dict(Payment.objects.filter(key__in=wanted).values_list("key", "pk"))
    known |= dict(Refund.objects.filter(key__in=wanted).values_list("key", "payment_id"))
    return list(_with_payments(found, keys, known))


def _with_payments(found: list[Difference], keys: dict[Key, str], known: dict[str, int]) -> Iterator[Difference]:
    for each in found:
        payment = each.payment_id or known.get(keys.get((each.kind, each.gateway_id), ""))
        yield replace(each, payment_id=payment)
