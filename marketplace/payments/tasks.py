"""What the clock does with money. It waits for no event and no webhook: whatever they missed, it finds and finishes."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from time import monotonic

import structlog

from core.errors import DomainError
from core.rules import Actor
from core.schedule import scheduled
from marketplace.payments import actions, disputes, flows, gateways, queries, statements
from marketplace.payments.errors import GatewayUnavailable
from marketplace.payments.models import Payment, Refund, WebhookDelivery

AT_ONCE = 500
#: Whoever is at work on it is left in peace for so long.
QUIET = timedelta(seconds=5)
#: So long a run begins something new: a slow gateway is to occupy no worker for longer than till the next run.
BUDGET = timedelta(seconds=45)
#: Longer than a run with the last call that it began, and short, for whoever was killed.
LEASE = timedelta(minutes=2)
log = structlog.get_logger("payments")


@scheduled("* * * * *", lease=LEASE)
def reconcile_payments() -> int:
    """Ask the gateways about every payment and refund that has not ended, those first that were asked about longest ago.

    Ends after `BUDGET`, however slow a gateway is: the next run goes on. Returns how many; safe to run again, or twice at once.
    """
    rows: list[Payment | Refund] = []
    for name in gateways.names():  # what waits for one that is down hides nothing of the others
        rows += queries.open_payments(quiet_for=QUIET).filter(gateway=name)[:AT_ONCE]
        refunds = queries.open_refunds(quiet_for=QUIET).filter(payment__gateway=name)
        rows += refunds.select_related("payment")[:AT_ONCE]
    rows.sort(key=lambda row: row.asked_at.timestamp() if row.asked_at else 0)
    return _each(rows, lambda row: flows.reconcile_refund(row) if isinstance(row, Refund) else flows.reconcile(row))


@scheduled("* * * * *")
def tidy_payments() -> int:
    """Name what is stuck, end payments that were never sent, ask back what came twice. Returns how many; safe to run again."""
    by = Actor.system("payment sweep")
    actions.mark_stuck(by=by)
    done = _each(queries.forgotten()[:AT_ONCE], lambda payment: actions.abandon(payment.pk, by=by))
    return done + _each(queries.extra()[:AT_ONCE], lambda payment: actions.return_extra(payment.pk, by=by))


@scheduled("* * * * *", lease=LEASE)
def hear_again() -> int:
    """Act on webhooks that wait for what they are about, or whose task was lost. Returns how many; safe to run again."""
    due = queries.unheard(at_once=AT_ONCE)
    return _each(WebhookDelivery.objects.filter(pk__in=due).order_by("pk"), flows.apply)


@scheduled("* * * * *", lease=LEASE)
def answer_disputes() -> int:
    """Send what is to be said against disputes and has not arrived. Returns how many; safe to run again."""
    return _each(disputes.unsent(), disputes.answer)


@scheduled("25 * * * *")
def compare_statements() -> int:
    """Compare each gateway's statement with our books. Returns how many differences are open; safe to run again.

    One that cannot be asked leaves the others alone, and is a fault of this run: nobody may take silence for agreement.
    """
    return _of_each_gateway(statements.compare)


@scheduled("40 * * * *")
def compare_disputes() -> int:
    """Look for disputes of which no webhook told. Returns how many the gateways have; safe to run again.

    One that cannot be asked leaves the others alone, and is a fault of this run.
    """
    return _of_each_gateway(disputes.compare)


def _of_each_gateway(compare: Callable[[str], int]) -> int:
    found, faults = 0, []
    for name in gateways.names():
        try:
            found += compare(name)
        except (gateways.GatewayFault, GatewayUnavailable) as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
    return found


def _each[M](rows: Iterable[M], do: Callable[[M], object]) -> int:
    """Do it to each while there is time; one that fails leaves the others alone, and a gateway that is down its own."""
    done, latest = 0, monotonic() + BUDGET.total_seconds()
    for row in rows:
        if monotonic() >= latest:
            log.warning("out_of_time", done=done)
            break
        try:
            do(row)
        except (GatewayUnavailable, gateways.GatewayFault):
            continue
        except DomainError as refusal:
            log.info("not_reconciled", about=str(row), why=refusal.detail)
        except Exception:
            log.exception("reconciling_failed", about=str(row))
        else:
            done += 1
    return done
