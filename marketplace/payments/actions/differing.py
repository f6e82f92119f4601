"""What a comparison with a gateway's statement found is written down, and ends when it is found no more or is explained."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pydantic import InstanceOf

from core import deeds, writing
from core.actions import action, locked
from core.events import publish
from core.inputs import Reason
from core.money import Money
from core.rules import Actor
from marketplace.payments import states
from marketplace.payments.events import ReconcileAsked
from marketplace.payments.models import MoneyMove, StatementDay, StatementDifference


@dataclass(frozen=True)
class Difference:
    """One movement that the gateway and we tell differently: what each says, in a sentence."""

    kind: str
    gateway_id: str
    fault: str
    sentence: str
    amount: Money
    moved_at: datetime
    payment_id: int | None = None


@action(label="Compare with the statement", audited=False)
def book_differences(
    *, by: Actor, gateway: str, since: datetime, found: InstanceOf[Collection], told: InstanceOf[Collection] = ()
) -> int:
    """Keep what was found of a gateway's movements since a moment; what is open and was not found again is settled.

    What a person has explained stays explained while it says the same. Of money that came and is not here, the gateway is
    asked after the commit: it may have come after the payment was given up. `told` is what the statement said of each day: the
    newest word on a day stands. Returns how many are open now.
    """
    StatementDay.objects.bulk_create(
        told, update_conflicts=True, unique_fields=["gateway", "day"], update_fields=["sums", "until"]
    )
    rows = locked(StatementDifference).filter(gateway=gateway).order_by("pk")
    known = {(row.kind, row.gateway_id): row for row in rows.filter(moved_at__gte=since)}
    named = {each.gateway_id for each in found}
    known |= {(row.kind, row.gateway_id): row for row in rows.filter(gateway_id__in=named)}
    for each in found:
        row = known.pop((each.kind, each.gateway_id), None)
        _open(row or StatementDifference(gateway=gateway, kind=each.kind, gateway_id=each.gateway_id), each)
    for row in known.values():
        if row.status != "settled":
            before = writing.snapshot(row)
            states.DIFFERENCE.move(row, "settle")
            writing.settle(deeds.require(row), row, before)
    return StatementDifference.objects.filter(gateway=gateway, status="open").count()


def _open(row: StatementDifference, found: Difference) -> None:
    if row.pk and row.status == "explained" and row.sentence == found.sentence:
        return
    if found.payment_id and (found.fault, found.kind) == (row.Fault.MISSING, MoneyMove.Kind.CAPTURED):
        publish(ReconcileAsked(payment_id=found.payment_id, refund_id=0))
    before = writing.snapshot(row) if row.pk else None
    row.fault, row.sentence, row.amount = found.fault, found.sentence[:300], found.amount
    row.moved_at, row.payment_id = found.moved_at, found.payment_id
    if before is None:
        row.save(force_insert=True)
        writing.audit(deeds.require(row), row, writing.created(row))
        return
    if row.status != "open":
        states.DIFFERENCE.move(row, "reopen")
    writing.settle(deeds.require(row), row, before)


@action(label="Explain", icon="task_alt")
def explain(difference: StatementDifference, *, by: Actor, reason: Reason) -> StatementDifference:
    """Say why the two differ and that nothing is to be done. Refuses with 409 `wrong_state` one that is not open."""
    states.DIFFERENCE.move(difference, "explain")
    difference.explanation = reason
    return difference
