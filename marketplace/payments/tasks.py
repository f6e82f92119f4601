"""What the clock does with money. It waits for no event and no webhook: whatever they missed, it finds and finishes."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog

from core.errors import DomainError
from core.rules import Actor
from core.schedule import scheduled
from marketplace.payments import actions, flows, queries
from marketplace.payments.errors import GatewayUnavailable
from marketplace.payments.models import WebhookDelivery

AT_ONCE = 500
#: Whoever is at work on it is left in peace for so long.
QUIET = timedelta(seconds=5)
log = structlog.get_logger("payments")


@scheduled("* * * * *")
def reconcile_payments() -> int:
    """Ask the gateways about every payment and refund that has not ended. Returns how many; safe to run again, or twice at once."""
    done = _each(queries.open_payments(quiet_for=QUIET)[:AT_ONCE], flows.reconcile)
    done += _each(queries.open_refunds(quiet_for=QUIET).select_related("payment")[:AT_ONCE], flows.reconcile_refund)
    return done


@scheduled("* * * * *")
def tidy_payments() -> int:
    """Name what is stuck, end payments that were never sent, ask back what came twice. Returns how many; safe to run again."""
    by = Actor.system("payment sweep")
    actions.mark_stuck(by=by)
    done = _each(queries.forgotten()[:AT_ONCE], lambda payment: actions.abandon(payment.pk, by=by))
    return done + _each(queries.extra()[:AT_ONCE], lambda payment: actions.return_extra(payment.pk, by=by))


@scheduled("* * * * *")
def hear_again() -> int:
    """Act on webhooks that wait for what they are about, or whose task was lost. Returns how many; safe to run again."""
    due = queries.unheard(at_once=AT_ONCE)
    return _each(WebhookDelivery.objects.filter(pk__in=due).order_by("pk"), flows.apply)


def _each[M](rows: Iterable[M], do: Callable[[M], object]) -> int:
    """Do it to each; one that fails leaves the others alone, and a gateway that is down its own."""
    done = 0
    for row in rows:
        try:
            do(row)
        except GatewayUnavailable:
            continue
        except DomainError as refusal:
            log.info("not_reconciled", about=str(row), why=refusal.detail)
        except Exception:
            log.exception("reconciling_failed", about=str(row))
        else:
            done += 1
    return done
