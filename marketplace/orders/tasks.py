"""What the clock does with orders. Nothing waits for an event: what one missed, these find."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial

from django.conf import settings

from core import context
from core.errors import DomainError
from core.rules import Actor
from core.schedule import scheduled
from marketplace.orders import actions, banks, labels, queries, states, uncredited
from marketplace.orders.actions import deciding, disputing, invoicing
from marketplace.orders.models import Dispute, Order

AT_ONCE = 1_000
LABELS_AT_ONCE = 50  # each waits for a carrier


@scheduled("* * * * *")
def expire_orders() -> int:
    """End orders that were not paid in time. Returns how many; safe to run again, or twice at once."""
    over = Order.objects.filter(payment_state="pending", expires_at__lte=context.now()).order_by("expires_at")
    return _each(over.values_list("pk", flat=True)[:AT_ONCE], actions.expire, "order expiry")


@scheduled("* * * * *")
def complete_orders() -> int:
    """Complete orders whose money has come, and book what was given back. Returns how many; safe to run again."""
    paid = _each(queries.to_complete().values_list("pk", flat=True)[:AT_ONCE], actions.complete, "payment sweep")
    given = queries.to_book_refund().values_list("pk", flat=True)[:AT_ONCE]
    return paid + _each(given, actions.book_refund, "refund sweep")


@scheduled("*/5 * * * *")
def watch_disputes() -> int:
    """Let time decide what nobody answered, and say when a deadline is near. Returns how many; safe to run again."""
    waiting = Dispute.objects.filter(state__in=states.DISPUTED).order_by("due_at")
    over = waiting.filter(due_at__lte=context.now(), state="awaiting_vendor").values_list("pk", flat=True)[:AT_ONCE]
    lapsed = _each(over, deciding.lapse, "dispute deadline")
    near = waiting.filter(due_at__lte=context.now() + disputing.REMIND, reminded_at=None)
    return lapsed + _each(near.values_list("pk", flat=True)[:AT_ONCE], disputing.remind, "dispute deadline")


@scheduled("*/5 * * * *")
def follow_banks() -> int:
    """Bring into the cases what banks took and gave back, whichever event was lost. Returns how many; safe to run again."""
    rows = list(banks.unfollowed()[:AT_ONCE])
    for row in rows:
        try:
            banks.follow(row.payment.subject, banks.Word.of(row))
        except DomainError:
            continue
    return len(rows)


@scheduled("23 * * * *")
def presume_delivered() -> int:
    """Count as delivered what was sent SOKO_AUTO_DELIVER_DAYS ago and of which nobody said anything. Returns how many."""
    days = settings.AUTO_DELIVER_DAYS
    if not days:
        return 0
    reason = f"Nobody has said for {days} day{'' if days == 1 else 's'} whether it arrived, so it counts as delivered."
    over = queries.to_presume(context.now() - timedelta(days=days)).values_list("pk", flat=True)[:AT_ONCE]
    return _each(over, partial(actions.presume, reason=reason), "delivery sweep")


@scheduled("*/5 * * * *")
def credit_refunds() -> int:
    """Issue credit notes that are missing. Returns for how many vendor orders; safe to run again, or twice at once."""
    owed = uncredited.uncredited().order_by("vendor_order_id").values_list("vendor_order_id", flat=True).distinct()
    return _each(owed[:AT_ONCE], invoicing.credit, "credit note sweep")


@scheduled("* * * * *", lease=timedelta(minutes=4))
def buy_labels() -> int:
    """Ask carriers for labels that nobody asked for yet, and what became of unclear ones. Returns how many; safe to run again."""
    rows = list(labels.waiting()[:LABELS_AT_ONCE])
    for row in rows:
        with suppress(DomainError):  # one that somebody else has in hand leaves the others alone
            labels.buy(row)
    return len(rows)


def _each(keys: Iterable[int], verb: Callable[..., object], why: str) -> int:
    """Do it to each in a transaction of its own; one that is refused leaves the others alone."""
    done = 0
    for key in list(keys):
        try:
            verb(key, by=Actor.system(why))
        except DomainError:
            continue
        done += 1
    return done
