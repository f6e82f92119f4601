"""What the clock does with the books: money becomes available, and what no event told of is posted."""

from collections.abc import Callable, Iterable

from core import context
from core.schedule import scheduled
from marketplace.ledger import actions, waiting
from marketplace.ledger.sweeping import AT_ONCE, each_of, end_disputed, hold_disputed


@scheduled("*/5 * * * *")
def catch_up() -> int:
    """Post whatever has no journal yet, whichever event was lost. Returns how many; safe to run again, or twice at once."""
    work: tuple[tuple[Iterable[object], Callable[..., object]], ...] = (
        (waiting.to_capture().values_list("pk", flat=True)[:AT_ONCE], actions.book_capture),
        (waiting.to_sell().values_list("pk", flat=True)[:AT_ONCE], actions.sell),
        (waiting.to_refund().values_list("pk", flat=True)[:AT_ONCE], actions.book_refund),
        (waiting.to_charge_label().values_list("pk", flat=True)[:AT_ONCE], actions.charge_label),
        (waiting.to_bear().values_list("pk", flat=True)[:AT_ONCE], actions.bear),
        (waiting.to_void().values_list("pk", flat=True)[:AT_ONCE], actions.void),
    )
    posted = sum(each_of(keys, verb, "ledger sweep") for keys, verb in work)
    return posted + hold_disputed() + end_disputed()


@scheduled("*/10 * * * *")
def release_due() -> int:
    """Make available what has waited long enough. Returns how many shares; safe to run again, or twice at once."""
    due = waiting.to_release(context.now()).values_list("pk", flat=True)[:AT_ONCE]
    return each_of(due, actions.release, "hold over")
