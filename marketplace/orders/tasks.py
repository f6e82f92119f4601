"""What the clock does with orders. Nothing waits for an event: what one missed, these find."""

from collections.abc import Callable, Iterable

from core import context
from core.errors import DomainError
from core.rules import Actor
from core.schedule import scheduled
from marketplace.orders import actions, queries
from marketplace.orders.models import Order

AT_ONCE = 1_000


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
