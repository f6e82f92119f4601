"""From which amount on a second person has to allow that an order's money goes back: as the environment says, by currency."""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import F, Q, Sum

from core.money import Money
from core.rules import Actor
from marketplace.orders.models import Dispute, Order, RefundRequest


@cache
def _read(said: tuple[str, ...]) -> dict[str, Money]:
    found = {}
    for each in said:
        currency, _blank, amount = each.partition(" ")
        try:
            found[currency] = Money.from_major(amount, currency)
        except ValueError as fault:
            raise ImproperlyConfigured(f"SOKO_REFUND_APPROVAL says {each!r}: {fault} Write KES 50000.") from None
    return found


def _limit(currency: str) -> Money | None:
    return _read(tuple(settings.REFUND_APPROVAL)).get(currency)


def needs_second(order: Order, amount: Money, by: Actor) -> bool:
    """Has a second person to allow that so much more of an order goes back? The order is held.

    Where the one who asks may allow none; and where this and all that was given back of the order before by one person's word
    alone, whoever that was, come to more than the amount of its currency.
    """
    limit = _limit(amount.currency)
    return not by.has("approve_refund") or (limit is not None and limit < amount + given_alone(order))


def given_alone(order: Order) -> Money:
    """What of an order one person alone asked for and allowed, by line or as a dispute. What became of it since does not
    matter: what failed can be tried again."""
    asked = RefundRequest.objects.filter(vendor_order__order=order, state="approved")
    own = asked.filter(Q(decided_by_id=F("asked_by_id")) | Q(decided_by_id=None))
    cases = Dispute.objects.filter(vendor_order__order=order, allowed_by_name="").exclude(verdict_minor=None)
    sums = (own.aggregate(sum=Sum("amount_minor")), cases.aggregate(sum=Sum("refund__amount_minor")))
    return Money(sum(each["sum"] or 0 for each in sums), order.total_currency)


def said_of(order: Order) -> str:
    """The rule in words, beside the button: empty where the market has none for the order's currency."""
    limit = _limit(order.total_currency)
    if limit is None:
        return ""
    gone = given_alone(order)
    told = f" {gone} of it was given back so already." if gone.amount else ""
    return f"One person alone gives back no more than {limit} of an order, all in all; what goes beyond waits for a second person.{told}"


def check() -> None:
    """Refuses (ImproperlyConfigured) to start with amounts that are none."""
    _read(tuple(settings.REFUND_APPROVAL))
