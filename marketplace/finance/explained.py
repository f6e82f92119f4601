"""By how much a gateway's statement differs from our books with a person's word for why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from marketplace.analytics.spans import Span
from marketplace.payments.models import MoneyMove, StatementDifference

MOST = 5_000
Fault = StatementDifference.Fault


@dataclass(frozen=True)
class Explained:
    """So many minor units more (or, below zero, less) in a statement than in our books, on a day."""

    day: date
    gateway: str
    currency: str
    kind: str
    minor: int


def explained(span: Span, names: Sequence[str]) -> list[Explained]:
    """What people explained of a span, of these gateways."""
    rows = StatementDifference.objects.filter(status="explained", gateway__in=names)
    found = list(span.within(rows, "moved_at").order_by("-pk")[:MOST])
    ours = _ours(found)
    return [each for row in found for each in _signed(row, ours.get((row.gateway, row.kind, row.gateway_id)))]


def _ours(found: Sequence[StatementDifference]) -> dict[tuple[str, str, str], MoneyMove]:
    keys = [each.gateway_id for each in found if each.fault == Fault.DIFFERS]
    rows = MoneyMove.objects.filter(gateway_id__in=keys).select_related("payment", "refund")
    return {(each.gateway, each.kind, each.gateway_id): each for each in rows}


def _signed(row: StatementDifference, ours: MoneyMove | None) -> list[Explained]:
    day = timezone.localdate(row.moved_at)
    said = Explained(day, row.gateway, row.amount.currency, row.kind, row.amount.amount)
    if row.fault == Fault.MISSING:
        return [said]
    if row.fault == Fault.EXTRA:
        return [Explained(day, row.gateway, said.currency, row.kind, -said.minor)]
    if ours is None:
        return []
    booked = timezone.localdate(_booked_at(ours))
    return [
        Explained(booked, row.gateway, said.currency, row.kind, said.minor),
        Explained(booked, row.gateway, ours.amount.currency, row.kind, -ours.amount.amount),
    ]


def _booked_at(move: MoneyMove) -> datetime:
    return move.refund.status_since if move.refund is not None else move.payment.status_since
