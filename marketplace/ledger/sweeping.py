"""Work of the books that is done to many, each in a transaction of its own: by the clock, or as soon as an event tells."""

from collections.abc import Callable, Iterable
from itertools import islice

import structlog
from django.db.models import QuerySet

from core.errors import DomainError
from core.rules import Actor
from marketplace.ledger import actions, queries, waiting
from marketplace.orders.models import Dispute

AT_ONCE = 1_000
log = structlog.get_logger("ledger")


def each_of(keys: Iterable[object], verb: Callable[..., object], why: str) -> int:
    """Do it to each in a transaction of its own; one that is refused leaves the others alone, and is told."""
    done = 0
    for key in list(keys):
        try:
            verb(key, by=Actor.system(why))
        except DomainError as refusal:
            log.warning("not_posted", verb=repr(verb), key=str(key), why=refusal.detail)
            continue
        done += 1
    return done


def hold_disputed(of: int | None = None) -> int:
    """Hold back what is disputed: of one case, or of all that wait for it, as much as by now. Returns how many."""
    held = _of_cases(waiting.to_hold(), of, _hold)
    cases = waiting.to_follow() if of is None else waiting.to_follow().filter(pk=of)
    moved = (each for each in cases.iterator(500) if queries.hold_step(each))
    return held + each_of(islice(moved, AT_ONCE), _follow, "dispute")


def end_disputed(of: int | None = None) -> int:
    """Post what banks took and gave back, and let go of what disputes that have ended still hold. Returns how many."""
    posted = _of_cases(waiting.to_recover(), of, _recover) + _of_cases(waiting.to_charge_back(), of, _charge_back)
    return posted + _of_cases(waiting.to_let_go(), of, _let_go)


def _of_cases(cases: QuerySet[Dispute], of: int | None, verb: Callable[..., object]) -> int:
    chosen = cases if of is None else cases.filter(pk=of)
    return each_of(chosen[:AT_ONCE], verb, "dispute")


def _hold(case: Dispute, *, by: Actor) -> None:
    """No more than the vendor has of the share: what the market took of the sale is not the vendor's to be held."""
    actions.sell(case.vendor_order_id, by=by)  # its own event may not have been heard yet
    stands = queries.standing_of_share(case.vendor_order)
    most = min(case.amount, stands.pending + stands.available)
    if most.amount > 0:
        actions.hold(case.vendor_order_id, by=by, amount=most, cause=actions.Cause.of(case))


def _follow(case: Dispute, *, by: Actor) -> None:
    actions.follow_hold(case.vendor_order_id, by=by, case=case)


def _charge_back(case: Dispute, *, by: Actor) -> None:
    actions.charge_back(case.vendor_order_id, by=by, case=case)


def _recover(case: Dispute, *, by: Actor) -> None:
    actions.recover(case.vendor_order_id, by=by)


def _let_go(case: Dispute, *, by: Actor) -> None:
    actions.release_hold(case.vendor_order_id, by=by, cause=actions.Cause.of(case))
