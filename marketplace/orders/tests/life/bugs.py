"""Bugs to be planted one at a time: where each is, what stands there instead, and what notices it."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from itertools import count
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from django.db.models import Q

from core.money import Money
from marketplace.carts import discounts
from marketplace.coupons import actions as coupons
from marketplace.coupons import queries as coupon_reads
from marketplace.coupons.actions import redeeming
from marketplace.ledger import sweeping, tasks, waiting
from marketplace.ledger.actions import holding, posting, recovering, reversing, selling
from marketplace.orders import approvals, unreturned
from marketplace.orders.actions import calling_off, fulfilling, giving_up, paying, returning, shelf
from marketplace.orders.models import Dispute, RefundPart, VendorOrder
from marketplace.orders.tests.life.buying import Buying
from marketplace.orders.tests.life.machine import live
from marketplace.orders.tests.life.paying import Paying
from marketplace.orders.tests.life.paying_out import PayingOut
from marketplace.orders.tests.life.quarrels import Quarrelling
from marketplace.orders.tests.life.returning import Returning
from marketplace.orders.tests.life.sending import Sending
from marketplace.orders.tests.life.settling import Settling
from marketplace.orders.tests.life.world import SYSTEM, World
from marketplace.payments import flows as payment_flows
from marketplace.payments import queries as payment_reads
from marketplace.payments.actions import refunding as refunds
from marketplace.payments.models import Payment
from marketplace.payouts import flows as payout_flows
from marketplace.taxes import assessing

_numbers = count(1)


@dataclass(frozen=True)
class Bug:
    """`planted` are place, name and what stands there instead; `noticed_by` whatever may be the first to notice it.

    It is looked for where such a bug would show: in lives of these themes that begin at this stage with this coupon. Those for which it
    `takes_long` are left to `make storm`.
    """

    planted: tuple[tuple[Any, str, Any], ...]
    noticed_by: tuple[str, ...]
    themes: tuple[type[World], ...]
    stage: str
    code: str = ""
    may_be_prompt: bool = True
    takes_long: bool = False

    def look(self, examples: int, steps: int) -> None:
        """Live with it."""
        with self.there():
            live(
                examples,
                steps,
                themes=self.themes,
                stages=[self.stage],
                codes=[self.code],
                may_be_prompt=self.may_be_prompt,
            )

    def there(self) -> AbstractContextManager[Any]:
        """With the bug in the market."""
        stack = ExitStack()
        for place, name, instead in self.planted:
            stack.enter_context(patch.object(place, name, instead))
        return stack


def _nothing(*_given: Any, **_named: Any) -> None:
    return None


def _none(*_given: Any, **_named: Any) -> int:
    return 0


def _but(function: Callable[..., Any], how: str, times: int) -> Callable[..., Any]:
    """Goods are moved, but so often for this."""

    def moved(lines: Any, what: str, **named: Any) -> None:
        for _time in range(times if what == how else 1):
            function(lines, what, **named)

    return moved


def _all_on_the_shelf(order: Any, chosen: Iterable[Any], kind: str, **named: Any) -> None:
    giving_up.give_up(order, [replace(each, restock=each.quantity) for each in chosen], kind, **named)


def _cents_lost(terms: Any, many: Any, left: Any, *, _taken_off: Any = discounts.taken_off) -> list[Any]:
    """Each line rounds down for itself."""
    if terms.basis_points is None:
        return list(_taken_off(terms, many, left))
    return [replace(each, amount=each.amount * terms.basis_points // 10_000) for each in left]


def _line_by_line(amounts: Any, basis_points: int, *, is_included: bool) -> list[Any]:
    return [each.within(basis_points) if is_included else each.share(basis_points) for each in amounts]


def _fees_kept(sold: Any, *, paid: int, quantity: int, _back: Any = reversing.taken_back) -> Any:
    """The vendor gives the whole price back, and the market keeps its commission."""
    back = _back(sold, paid=paid, quantity=quantity)
    return replace(back, fees=dict.fromkeys(back.fees, 0), vendor=back.vendor + sum(back.fees.values()))


def _shipping_again(share: Any, lines: Any, gone: Any, *, _of_share: Any = unreturned._of_share) -> Any:
    return _of_share(share, lines, {key: value for key, value in gone.items() if key != (share.pk, None)})


def _uncapped(payment: Any, minor: int) -> bool:
    type(payment).objects.filter(pk=payment.pk).update(held_minor=payment.held_minor + minor)
    return True


def _released_twice(
    share: Any, kind: Any, cause: Any, source: Any, to: Any, amount: int, *, _move: Any = holding._move
) -> None:
    _move(share, kind, cause, source, to, amount)
    _move(share, kind, replace(cause, reference=f"{cause.reference}/2"), source, to, amount)


class _NewEachTime(posting.Cause):
    """Whoever is told again books again."""

    @classmethod
    def of(cls, row: Any) -> posting.Cause:
        return posting.Cause(row._meta.label_lower, f"{row.reference}/{next(_numbers)}")


def _kept_aside(payment: Any, *, held: int = 0, refunded: int = 0, _settle: Any = refunds._settle) -> None:
    _settle(payment, held=0, refunded=refunded)


def _counted_again(delivery: Any, *, _apply: Any = payment_flows.apply) -> Any:
    """A delivery that was acted on is acted on once more, and what it tells of is booked with it."""
    was_done = delivery.status == "applied"
    done = _apply(delivery)
    row = payment_reads.told_of(delivery) if was_done and delivery.about == "payment" else None
    if isinstance(row, Payment):
        with patch.object(selling, "Cause", _NewEachTime):
            selling.book_capture(row.pk, by=SYSTEM)
    return done


_asked_for: set[str] = set()


def _never_heard_of(_gateway: Any, payout: Any) -> None:
    _asked_for.add(payout.reference)


def _anew(gateway: Any, payout: Any, *, _ask: Any = payout_flows._ask) -> Any:
    """What was asked for before is asked for as if it were another."""

    def transfer(*, key: str, **said: Any) -> Any:
        return gateway.transfer(key=f"{key}-{next(_numbers)}" if payout.reference in _asked_for else key, **said)

    return _ask(SimpleNamespace(name=gateway.name, transfer=transfer), payout)


BUGS: dict[str, Bug] = {
    "goods come back twice": Bug(
        ((giving_up, "move_goods", _but(shelf.move_goods, "put_back", 2)),), ("I-S4",), (Buying,), "paid"),
    "a vendor's cancellation keeps the goods": Bug(((fulfilling, "cancel_goods", _nothing),), ("I-S4",), (Buying,), "paid"),
    "a paid order sells nothing": Bug(((paying, "move_goods", _nothing),), ("I-S3", "I-S4"), (Paying,), "ordered"),
    "an expired order keeps its goods": Bug(((calling_off, "move_goods", _nothing),), ("I-S3",), (Settling,), "ordered"),
    "what came back broken is sold again": Bug(
        ((returning, "give_up", _all_on_the_shelf),), ("pieces",), (Returning,), "arrived"),
    "an order forgets how it stands": Bug(((fulfilling, "follow", _nothing),), ("I-O3",), (Sending,), "paid"),
    "late money is kept": Bug(((paying, "_taken_anew", lambda _order, _by: True),), ("I-S4",), (Paying,), "ordered"),
    "an order that ended keeps its coupon": Bug(
        ((coupons, "give_back", _nothing),), ("coupon_uses",), (Buying,), "ordered", "ODD"),
    "a coupon has no limit": Bug(
        ((redeeming, "ROOM", Q()), (coupon_reads, "_trouble", _nothing)), ("coupon_used_within_limit",), (Buying,), "paid", "ODD"),
    "odd cents of a coupon are lost": Bug(((discounts, "taken_off", _cents_lost),), ("bills",), (Buying,), "ordered", "ODD"),
    "tax is rounded line by line": Bug(((assessing, "_shared", _line_by_line),), ("bills",), (Buying,), "ordered", takes_long=True),
    "a line is given back again and again": Bug(
        ((unreturned, "held_parts", RefundPart.objects.none),), ("I-P2b", "shares_of_money"), (Returning,), "sent"),
    "shipping is given back again and again": Bug(
        ((unreturned, "_of_share", _shipping_again),), ("I-P2b", "shares_of_money"), (Returning,), "sent"),
    "more goes back than came": Bug(
        ((refunds, "hold", _uncapped), (unreturned, "held_parts", RefundPart.objects.none)),
        ("payment_amounts_in_bounds", "I-P2b", "shares_of_money"), (Returning,), "sent"),
    "a large refund goes in small ones": Bug(
        ((approvals, "given_alone", lambda order: Money(0, order.total_currency)),), ("second_person",), (Returning,), "sent"),
    "the market keeps its commission": Bug(
        ((reversing, "taken_back", _fees_kept),), ("shares_of_money", "I-L6"), (Returning, Paying), "sent"),
    "a refund that failed keeps its money aside": Bug(
        ((refunds, "_settle", _kept_aside),), ("I-P2",), (Returning, Paying), "sent", "", False),
    "money becomes available twice": Bug(((holding, "_move", _released_twice),), ("I-L5",), (Settling,), "arrived"),
    "disputed money is not held": Bug(
        ((sweeping, "hold_disputed", _none), (tasks, "hold_disputed", _none)), ("disputed_money",), (Quarrelling,), "sent"),
    "what a bank gives back stays taken": Bug(
        ((waiting, "to_recover", Dispute.objects.none),), ("money_at_the_gateway", "shares_of_money", "I-Y4"), (Quarrelling,), "sent"),
    "what a bank gives back is the market's": Bug(
        ((recovering, "reverse", _nothing),), ("shares_of_money", "I-L4", "I-L5"), (Quarrelling,), "sent"),
    "money that is told twice is booked twice": Bug(
        ((selling, "Cause", _NewEachTime),), ("money_at_the_gateway", "I-L3", "I-L5", "I-L6"), (Paying, Settling), "ordered"),
    "a webhook delivery is counted twice": Bug(
        ((payment_flows, "apply", _counted_again),), ("money_at_the_gateway",), (Paying,), "paid"),
    "a payout that is unclear is sent anew": Bug(
        ((payout_flows, "_find", _never_heard_of), (payout_flows, "_ask", _anew)), ("transfers",), (PayingOut,), "earned", takes_long=True),
    "a gift that is called off stays its vendor's": Bug(
        ((waiting, "to_void", VendorOrder.objects.none),), ("shares_of_money", "I-L8"), (Buying,), "paid", "GIFT",
        takes_long=True),
}  # fmt: skip
