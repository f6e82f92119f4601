"""What the clock does with payouts: prepare those that are due, send those that were approved, ask about those that are unclear."""

from collections.abc import Iterable
from datetime import timedelta
from time import monotonic

import structlog

from core.errors import DomainError
from core.rules import Actor
from core.schedule import scheduled
from marketplace.payouts import actions, flows, queries
from marketplace.payouts.models import Payout

AT_ONCE = 200
#: Whoever is at work on it is left in peace for so long.
QUIET = timedelta(seconds=30)
#: So long a run begins something new: its lease is longer than that and the last call together.
BUDGET = timedelta(minutes=3)
log = structlog.get_logger("payouts")


@scheduled("0 4 * * *")
def run_payouts() -> int:
    """Prepare a payout for each vendor that is due; a person approves them. Returns how many; safe to run again, or thrice at once."""
    batch = actions.prepare(by=Actor.system("payout schedule"))
    return 0 if batch is None else batch.payouts.count()


@scheduled("* * * * *", lease=timedelta(minutes=4))
def send_payouts() -> int:
    """Send what was approved and was not sent, and ask about what is unclear. Returns how many; safe to run again."""
    rows = [*queries.to_send()[:AT_ONCE], *queries.unclear(quiet_for=QUIET)[:AT_ONCE]]
    return _each(rows)


def _each(rows: Iterable[Payout]) -> int:
    done, latest = 0, monotonic() + BUDGET.total_seconds()
    for payout in rows:
        if monotonic() >= latest:
            log.warning("out_of_time", done=done)
            break
        try:
            flows.send(payout)
        except DomainError as refusal:
            log.info("not_sent", about=payout.reference, why=refusal.detail)
            continue
        done += 1
    return done
