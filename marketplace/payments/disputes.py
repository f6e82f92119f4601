"""Disputes are asked of the gateway like everything else: when it tells of one, when somebody answers, and each hour anyway."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError
from django.db.models import Min

from core import context
from core.errors import DomainError
from core.rules import Actor
from marketplace.payments import actions
from marketplace.payments.breakers import breaker_of
from marketplace.payments.errors import GatewayUnavailable
from marketplace.payments.gateways import Dispute, Gateway, GatewayFault, NotTaken, NotThere, can_dispute, gateway_of
from marketplace.payments.models import Chargeback, Payment

#: A bank decides within months; so far back they are looked through.
PERIOD, LONGEST = timedelta(days=7), timedelta(days=180)
log = structlog.get_logger("payments")


def ask(gateway: str, dispute_id: str) -> Chargeback | None:
    """Ask how a dispute stands, and write that down. None where its payment is not known here (yet).

    Raises GatewayFault and refuses with 503 `gateway_unavailable` where that is not to be had, and as `book_dispute` does.
    """
    return _book(gateway, _asked(gateway, lambda port: port.fetch_dispute(dispute_id)))  # type: ignore[attr-defined]


def answer(row: Chargeback) -> Chargeback:
    """Send what we say against a dispute, under the same key however often; does nothing once that has arrived.

    Where the gateway refuses these words, it is to be answered anew. Raises as `ask` does where they did not arrive, or nobody knows
    whether they did; why is written down.
    """
    if not row.evidence or row.sent_at is not None:
        return row
    by = _by(row.gateway)
    try:
        said = _asked(
            row.gateway,
            lambda port: port.submit_evidence(key=row.key, gateway_id=row.gateway_id, text=row.evidence),  # type: ignore[attr-defined]
        )
    except NotTaken as refusal:
        log.error("evidence_not_taken", gateway=row.gateway, gateway_id=row.gateway_id, why=str(refusal))
        return actions.refuse_evidence(row.pk, by=by, key=row.key, why=str(refusal))
    except GatewayFault as fault:
        actions.miss_evidence(row.pk, by=by, why=f"No usable answer came: {fault}")
        raise
    except GatewayUnavailable as refusal:
        if not row.trouble:  # else it was told already why nobody listens
            actions.miss_evidence(row.pk, by=by, why=refusal.detail)
        raise
    noted = actions.note_evidence(row.pk, by=by, key=row.key)
    return _book(row.gateway, said) or noted


def unsent() -> list[Chargeback]:
    """Disputes in which something is to be said that the gateway does not have."""
    return list(Chargeback.objects.filter(status="open", sent_at=None).exclude(evidence="").order_by("pk")[:500])


def compare(gateway: str) -> int:
    """Write down every dispute that a gateway has of late, as far back as one is open. Returns how many it told of.

    Does nothing for a gateway that tells of none; what cannot be written down is logged, and leaves the others alone. Raises
    as `ask` does where the gateway does not answer.
    """
    if not can_dispute(gateway_of(gateway)):
        return 0
    since = _begins(gateway)
    found = _asked(gateway, lambda port: list(port.disputes(since=since)))  # type: ignore[attr-defined]
    for dispute in found:
        try:
            if _book(gateway, dispute) is None:
                log.warning("dispute_of_nothing", gateway=gateway, gateway_id=dispute.gateway_id)
        except DomainError as refusal:
            log.error("dispute_refused", gateway=gateway, gateway_id=dispute.gateway_id, why=refusal.detail)
        except IntegrityError as fault:
            log.error("dispute_refused", gateway=gateway, gateway_id=dispute.gateway_id, why=str(fault))
    return len(found)


def _begins(gateway: str) -> datetime:
    now = context.now()
    waiting = Chargeback.objects.filter(gateway=gateway, status="open")
    oldest = waiting.aggregate(oldest=Min("opened_at"))["oldest"] or now
    return max(min(oldest - timedelta(days=1), now - PERIOD), now - LONGEST)


def _asked[T](gateway: str, question: Callable[[Gateway], T]) -> T:
    port = gateway_of(gateway)
    if not can_dispute(port):
        raise NotThere("It tells of no disputes.")
    breaker_of(gateway).pass_through()
    with breaker_of(gateway).watching():
        return question(port)


def _book(gateway: str, dispute: Dispute) -> Chargeback | None:
    paid = Payment.objects.filter(gateway=gateway, gateway_id=dispute.payment_id).first()
    return actions.book_dispute(paid.pk, by=_by(gateway), dispute=dispute) if paid else None


def _by(gateway: str) -> Actor:
    return Actor.system(f"{gateway} gateway")
