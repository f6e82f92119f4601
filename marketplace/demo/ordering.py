"""Buyers order, pay and wait; vendors accept and send; some change their minds: played through the market's own verbs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from core.audiences import OPERATIONS, STOREFRONT
from core.rules import Actor, actor_of
from marketplace.accounts.models import User
from marketplace.carts import actions as carts
from marketplace.catalog.errors import NotEnoughStock
from marketplace.demo import bringing, discounts, stories
from marketplace.demo.agenda import Agenda
from marketplace.demo.lives import Life
from marketplace.demo.plots import KEPT, Plot
from marketplace.demo.shopping import Assortment, address_of
from marketplace.demo.till import Till
from marketplace.orders import actions as orders
from marketplace.orders.errors import CartEmpty
from marketplace.orders.models import Order, VendorOrder
from marketplace.payments import actions as payments

CLOCK = Actor.system("order expiry")
REGRETS = ("I have changed my mind.", "I ordered this by mistake.", "It takes too long.")
SORRY = ("This is no longer in stock.", "We cannot deliver to this address.")
BROKEN = ("It arrived broken.", "It is not what was described.", "Half of it was missing.")
CARRIERS = (("G4S", "G4S-{}"), ("Sendy", "SN{}"), ("DHL", "JD0146{}"), ("Our own rider", ""))


@dataclass
class Ordering:
    """The orders of a market while they are played."""

    life: Life
    till: Till
    assortment: Assortment
    dice: Random
    agenda: Agenda = field(default_factory=Agenda)
    placed: int = 0

    def plan(self, plot: Plot, buyer: User) -> None:
        """Put an order on the agenda."""
        self.agenda.put(plot.at, partial(self._order, plot, buyer))

    def play(self) -> int:
        """Let all of it happen; returns how many orders were placed."""
        self.agenda.play()
        payments.mark_stuck(by=Actor.system("payment sweep"), at=self.life.now)
        return self.placed

    def _order(self, plot: Plot, buyer: User, at: datetime) -> None:
        by = actor_of(buyer, STOREFRONT)
        for variant, quantity in self.assortment.choose(plot, at):
            try:
                carts.add(variant, by=by, at=at - timedelta(minutes=4), quantity=quantity)
            except NotEnoughStock:
                continue  # in the cart already, and no more of it: the buyer takes the rest
        discounts.use(by, at, self.placed)
        try:
            order = orders.place_order(by=by, at=at, **address_of(buyer))  # type: ignore[arg-type]
        except CartEmpty:
            return  # nothing was there yet on that day
        self.placed += 1
        FATES[plot.fate](self, order, by, at)

    def then(self, at: datetime, do: Callable[[datetime], object]) -> None:
        """Do it at that moment, unless that is yet to come."""
        if at < self.life.now:
            self.agenda.put(at, do)

    def owner(self, share: VendorOrder) -> Actor:
        return self.life.town.owner_of(share.vendor.name)

    def staff(self, role: str) -> Actor:
        return actor_of(self.life.town.users[f"{role}@soko.example"], OPERATIONS)

    def shares(self, order: Order) -> list[VendorOrder]:
        return list(VendorOrder.objects.filter(order=order).select_related("vendor").order_by("pk"))

    def works(self, share: VendorOrder, since: datetime, *, until: str = "deliver", hurry: bool = False) -> None:
        """A vendor works on its share, step by step in its hours, up to a verb."""
        steps = ("accept", "ship", "deliver")
        at = since
        for step, (least, most) in zip(steps, ((20, 300), (60, 1_300), (1_500, 4_300)), strict=True):
            at += timedelta(minutes=self.dice.randrange(least, most) // (8 if hurry else 1))
            at = at if hurry else open_again(at, self.dice)
            self.then(at, partial(self._work, share, step))
            if step == until:
                return

    def _work(self, share: VendorOrder, step: str, at: datetime) -> None:
        by = self.owner(share)
        if step == "ship":
            carrier, number = self.dice.choice(CARRIERS)
            number = number.format(self.dice.randrange(100_000, 999_999))
            orders.ship(share.pk, by=by, at=at, carrier=carrier, tracking_number=number)
        else:
            {"accept": orders.accept, "deliver": orders.deliver}[step](share.pk, by=by, at=at)


def open_again(at: datetime, dice: Random) -> datetime:
    """That moment, or a minute of the next morning where the shop is closed by then."""
    opens, closes = stories.WORKDAY
    if opens <= at.hour < closes:
        return at
    morning = at + timedelta(days=at.hour >= closes)
    return morning.replace(hour=opens, minute=dice.randrange(60))


def _pays(ordering: Ordering, order: Order, at: datetime) -> datetime:
    """The buyer pays a little later; answers when."""
    at += timedelta(seconds=ordering.dice.randrange(40, 400))
    ordering.till.take(order, at)
    return at


def _delivered(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
    paid = _pays(ordering, order, at)
    for share in ordering.shares(order):
        ordering.works(share, paid)


def _up_to(verb: str, *, of_all: bool = True) -> "Fate":
    """Paid, and worked on so far; of_all is whether by every vendor, or by the first alone."""

    def fate(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
        paid = _pays(ordering, order, at)
        shares = ordering.shares(order)
        for share in (shares if of_all else shares[:1]) if verb else ():
            ordering.works(share, paid, until=verb, hurry=True)

    return fate


def _told_by(play: Callable[..., None]) -> "Fate":
    """Paid, and then as somebody else tells it."""

    def fate(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
        play(ordering, order, _pays(ordering, order, at))

    return fate


def _declined(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
    ordering.till.take(order, at + timedelta(seconds=50), source="tok_declined")
    _delivered(ordering, order, by, at + timedelta(minutes=3))


def _declined_now(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
    ordering.till.take(order, at + timedelta(seconds=50), source="tok_no_funds")


def _pending(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
    """The buyer looks for the card."""


def _confirming(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
    ordering.till.take(order, at + timedelta(minutes=1), source="tok_requires_action")


def _expires(ordering: Ordering, order: Order, at: datetime) -> datetime:
    late = at + KEPT + timedelta(seconds=30)
    ordering.then(late, lambda moment: orders.expire(order.pk, by=CLOCK, at=moment))
    return late


def _expired(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
    _expires(ordering, order, at)


def _late(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
    """The buyer confirms after the order has expired; the goods are still there, so it is sent all the same."""
    payment = ordering.till.take(order, at + timedelta(minutes=2), source="tok_requires_action")

    def comes(moment: datetime) -> None:
        ordering.till.settle(payment, moment)
        for share in ordering.shares(order):
            if share.state == "to_accept":
                ordering.works(share, moment)

    ordering.then(_expires(ordering, order, at) + timedelta(minutes=9), comes)


def _called_off(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
    reason = ordering.dice.choice(REGRETS)
    ordering.then(at + timedelta(minutes=11), lambda moment: orders.cancel(order.pk, by=by, at=moment, reason=reason))


def _too_late(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
    """Called off while the gateway was at it: the money comes, and goes back."""
    payment = ordering.till.take(order, at + timedelta(minutes=1), source="tok_requires_action")
    _called_off(ordering, order, by, at)

    def comes(moment: datetime) -> None:
        ordering.till.settle(payment, moment)
        ordering.till.give_back(order, moment + timedelta(seconds=20))

    ordering.then(at + timedelta(minutes=16), comes)


def _regretted(ordering: Ordering, order: Order, by: Actor, at: datetime, *, pending: bool = False) -> None:
    """Paid, and called off before a vendor took it on."""
    paid, reason = _pays(ordering, order, at), ordering.dice.choice(REGRETS)

    def regrets(moment: datetime) -> None:
        orders.cancel(order.pk, by=by, at=moment, reason=reason)
        ordering.till.give_back(order, moment + timedelta(seconds=20), pending=pending)

    ordering.then(paid + timedelta(minutes=18), regrets)


def _share_cancelled(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
    """One vendor has to say sorry; the others send."""
    paid = _pays(ordering, order, at)
    first, *others = ordering.shares(order)

    def sorry(moment: datetime) -> None:
        reason = ordering.dice.choice(SORRY)
        orders.cancel_share(first.pk, by=ordering.owner(first), at=moment, reason=reason)
        ordering.till.give_back(order, moment + timedelta(seconds=20))

    ordering.then(paid + timedelta(hours=2), sorry)
    for share in others:
        ordering.works(share, paid)


def _returned(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
    """It arrived, and finance gives the money back."""
    paid = _pays(ordering, order, at)
    for share in ordering.shares(order):
        ordering.works(share, paid, hurry=True)

    def refunds(moment: datetime) -> None:
        orders.refund(order.pk, by=ordering.staff("finance"), at=moment, reason=ordering.dice.choice(BROKEN))
        ordering.till.give_back(order, moment + timedelta(seconds=20))

    ordering.then(paid + timedelta(days=4), refunds)


def _stuck(ordering: Ordering, order: Order, by: Actor, at: datetime) -> None:
    """The gateway's answer was lost, and what it says since is not what was asked for: nothing is booked until people look."""
    ordering.till.take(order, at + timedelta(minutes=2), mistaken=True)


Fate = Callable[[Ordering, Order, Actor, datetime], None]
FATES: dict[str, Fate] = {
    "delivered": _delivered,
    "declined": _declined,
    "declined_now": _declined_now,
    "pending": _pending,
    "confirming": _confirming,
    "expired": _expired,
    "late": _late,
    "called_off": _called_off,
    "too_late": _too_late,
    "regretted": _regretted,
    "share_cancelled": _share_cancelled,
    "returned": _returned,
    "paid": _up_to(""),
    "processing": _up_to("accept"),
    "shipped": _up_to("ship"),
    "part_shipped": _up_to("ship", of_all=False),
    "in_parts": _told_by(bringing.in_parts),
    **{how: _told_by(partial(bringing.by_courier, how=how)) for how in bringing.STEPS},
    "stuck": _stuck,
    "stuck_refund": partial(_regretted, pending=True),
}
