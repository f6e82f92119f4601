"""The world in which orders live: two vendors, two buyers, few goods, a gateway, coupons, taxes, and a clock of its own."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core import relay
from core.audiences import OPERATIONS
from core.errors import DomainError
from core.events import listener_name, listeners_of
from core.models import OutboxEvent
from core.money import Money
from core.rules import Actor
from core.testing import writing_as_system
from marketplace.accounts.tests.factories import make_user
from marketplace.carts import actions as carts
from marketplace.carts.sending import Wish
from marketplace.carts.tests.factories import on_sale
from marketplace.coupons.tests.factories import coupon
from marketplace.ledger import tasks as ledger
from marketplace.ledger.models import CommissionRule
from marketplace.orders import actions
from marketplace.orders import flows as orders
from marketplace.orders.models import Delivery, Dispute, DraftOrder, Order, RefundRequest, Return, Shipment, VendorOrder
from marketplace.orders.tests.factories import ADDRESS, buyer_of, shares_of
from marketplace.orders.tests.life import truth
from marketplace.orders.tests.life.auditing import Auditor
from marketplace.orders.tests.life.till import Till
from marketplace.payments import breakers
from marketplace.payments.gateways import GatewayFault
from marketplace.payments.gateways import mock as taking
from marketplace.payments.models import Payment, Refund
from marketplace.payouts.gateways import mock as sending
from marketplace.payouts.models import Payout, PayoutBatch
from marketplace.payouts.tests.factories import account
from marketplace.shipping.tests.factories import method
from marketplace.taxes.tests.factories import tax_country, tax_rate
from marketplace.vendors.tests.factories import make_vendor

GRANTS = frozenset({"view_orders", "manage_orders", "refund"})
SYSTEM = Actor.system("test")
#: What finance may beside that: allow refunds, and pay vendors out.
FINANCE = GRANTS | {"approve_refund", "view_money", "pay_out"}
#: Who may allow refunds and payouts, a colleague who may, too, and one who may only ask for refunds.
STAFF = Actor(user_id=1, name="staff", audience=OPERATIONS, grants=FINANCE)
SECOND = Actor(user_id=2, name="second", audience=OPERATIONS, grants=FINANCE)
CLERK = Actor(user_id=3, name="clerk", audience=OPERATIONS, grants=GRANTS)
WHY = "For a reason."
#: A Monday: payouts are for weeks.
BEGINS = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
STAGES = ("ordered", "paid", "sent", "arrived", "earned")
#: Where a life begins: mostly once there is something to lose.
BEGINNINGS = ("paid", "paid", "ordered", "sent", "sent", "arrived", "arrived", "earned")
#: Who listens here: the others tell people, search engines and partners.
HEARD = tuple(f"marketplace.{name}.reactions." for name in ("orders", "payments", "ledger", "payouts"))
PLACES = {"KE": "Nairobi", "UG": "Kampala"}
CODES = ("ODD", "OFF", "FREE")
#: With this a life may begin: the market pays for all of one thing.
GIFT = "GIFT"
KINDS = (
    Order,
    VendorOrder,
    Shipment,
    Delivery,
    Return,
    RefundRequest,
    Dispute,
    DraftOrder,
    Payment,
    Refund,
    Payout,
    PayoutBatch,
)
LIVE = tuple(f"vendororder {each}" for each in truth.LIVE)
which = st.integers(min_value=0, max_value=20)


class World(RuleBasedStateMachine):
    """What there is, what time it is, and what must be true of it after each step.

    `are_prompt` says whether what follows an event follows at once; if not, it does when a rule says so.
    """

    def __init__(self) -> None:
        super().__init__()
        self.undone = ExitStack()
        self.undone.enter_context(transaction.atomic())
        self.at, self.steps, self.slept_at, self.last = BEGINS, 0, 0, ""
        self.moved, self.are_prompt, self.is_caught_up, self.heard = False, True, False, 0
        self.till, self.auditor, self.audited_at = Till(lambda: self.at), Auditor(), BEGINS - DAY
        self.undone.enter_context(self.auditor.watching())
        self.received: Counter[int] = Counter()
        self.put_back: Counter[int] = Counter()
        self.goods: list[Any] = []
        self.there: set[str] = set()
        self.orders, self.doing = 0, "begin"
        self.idle: Counter[str] = Counter()
        breakers.forget()
        for place, name, instead in (
            (timezone, "now", lambda: self.at),
            (settings, "PAYOUT_GATEWAY", "mock"),
            (settings, "GATEWAYS", ["mock"]),
            (settings, "REFUND_APPROVAL", ["KES 10.00"]),
            (settings, "HOLD_DAYS", 7),
            (settings, "TAX_REMITTED_BY", "vendor"),
        ):
            self.undone.enter_context(patch.object(place, name, instead))
        for port in (taking, sending):
            self.undone.enter_context(patch.object(port, "connect", lambda: self.till))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.close()

    def furnish(self, *, market_remits: bool) -> None:
        """Open the market."""
        settings.TAX_REMITTED_BY = "market" if market_remits else "vendor"
        mine, theirs = make_vendor(), make_vendor()
        self.vendors, self.rates = [mine, theirs], {mine.pk: 1_250, theirs.pk: 3_000}
        with writing_as_system():
            CommissionRule(basis_points=1_250).save()
            CommissionRule(basis_points=3_000, vendor=theirs).save()
        stocks = ((mine, 499, 4), (mine, 1_201, 2), (theirs, 645, 3))
        self.goods = [on_sale(vendor, price=price, stock=count) for vendor, price, count in stocks]
        for variant, (_vendor, _price, count) in zip(self.goods, stocks, strict=True):
            self.received[variant.pk] = count
        method(150)
        self.pickup = method(0, vendor=mine, kind="pickup", name="Collect it")
        method(333, vendor=mine)
        tax_rate(basis_points=1_600)
        tax_rate(country="UG", basis_points=1_800)
        tax_country("UG", prices_include_tax=False)
        self.coupons = {
            "ODD": coupon("ODD", basis_points=1_333, limit=1),
            "OFF": coupon("OFF", amount=Money(321, "KES"), vendor=mine, borne_by="vendor", limit=2),
            "FREE": coupon("FREE", kind="free_shipping", limit=2),
            GIFT: coupon(GIFT, basis_points=10_000, listings=(self.goods[0].listing,), limit=2),
        }
        account(mine, number="acct_mine")
        account(theirs, number="acct_closed")
        self.buyers = [make_user(), make_user()]
        self.courier = make_user("courier")

    def begin(self, stage: str, wanted: list[int], code: str, country: str) -> None:
        """A first order, as far on its way as this stage: most of a life comes after that."""
        order = self.buy(0, wanted, 2, code, country)
        far = STAGES.index(stage)
        if order is None or far < 1:
            return
        self.press(orders.pay, order, gateway="mock", source="tok_ok", by=buyer_of(order.customer))
        for share in shares_of(order) if far > 1 else ():
            self.press(actions.accept, share.pk, by=SYSTEM)
            self.press(actions.ship, share.pk, by=SYSTEM, carrier="G4S")
        for parcel in Shipment.objects.order_by("pk") if far > 2 else ():
            self.press(actions.deliver_parcel, parcel.pk, by=SYSTEM)
        if far > 3:
            self.tell()
            self.at += 8 * DAY
            self.press(ledger.catch_up)
            self.press(ledger.release_due)

    def buy(self, who: int, wanted: list[int], count: int, code: str, country: str, *, collect: bool = False) -> Any:
        """Fill a cart and order it; None where that is refused."""
        by = buyer_of(self.buyers[who])
        carts.clear(by=by)
        for number in wanted:
            self.press(carts.add, self.goods[number].pk, by=by, quantity=count)
        if code:
            self.press(carts.add_coupon, code, by=by)
        wishes = []
        if collect and {0, 1} & set(wanted):
            wishes = [Wish(self.vendors[0].pk, self.pickup.pk)]
        where = ADDRESS | {"country": country, "town": PLACES[country]}
        return self.press(actions.place_order, by=by, **where, shipping=wishes)

    def one(self, model: Any, number: int, **which: Any) -> Any:
        """One of these rows, or None."""
        rows = list(model.objects.filter(**which).order_by("pk"))
        return rows[number % len(rows)] if rows else None

    def press(self, verb: Callable[..., Any], *given: Any, **said: Any) -> Any:
        """A verb does all of its work or refuses; after a refusal all is as it was, and held then."""
        self.at += timedelta(seconds=1)
        self.last = getattr(verb, "__name__", str(verb))
        breakers.forget()
        try:
            answer = verb(*given, **said)
        except (DomainError, GatewayFault):
            return None
        self.moved, self.is_caught_up = True, False
        return True if answer is None else answer

    def tell(self, event: OutboxEvent | None = None) -> None:
        """Let the market hear of all that happened since, or of one thing that happened, perhaps again."""
        while rows := [event] if event else list(OutboxEvent.objects.filter(pk__gt=self.heard).order_by("pk")):
            for row in rows:
                self.heard = max(self.heard, row.pk)
                told = relay.restore(row)
                for listener in listeners_of(told):
                    if listener_name(listener).startswith(HEARD):
                        self.at += timedelta(seconds=1)
                        breakers.forget()
                        try:
                            listener(told)
                        except (DomainError, GatewayFault):  # it would be tried again
                            continue
            if event:
                break

    def catch_up(self) -> None:
        """The clock posts what the books lack."""
        self.press(ledger.catch_up)
        self.is_caught_up = True

    def is_awake(self) -> bool:
        """Long spans are only now and then: else nothing would happen in time."""
        return self.steps > self.slept_at + 3

    def sleep(self, span: timedelta) -> None:
        self.at, self.slept_at = self.at + span, self.steps

    @property
    def is_later(self) -> bool:
        """Has time passed that matters, beyond the seconds of a step?"""
        return self.at - self.audited_at > timedelta(minutes=5)

    @invariant()
    def everything_holds(self) -> None:
        if not self.moved:
            return
        verb = f"{self.doing}: {self.last}"
        self.idle.clear()
        if self.are_prompt:
            self.tell()
            self.catch_up()
        self.moved = False
        self.steps += 1
        self.look_around()
        found = truth.broken(self)
        self.audited_at = self.at
        assert not found, f"after step {self.steps} ({verb}): {found}"

    def has_room(self) -> bool:
        """A life is of few orders, so that something becomes of each."""
        return self.orders < 3

    def look_around(self) -> None:
        """Which things there are in which states, as in "refund requested": what a rule needs to have anything to do."""
        self.there = {
            f"{model._meta.model_name} {state}"
            for model in KINDS
            for state in model.objects.order_by().values_list(column_of(model), flat=True).distinct()
        }
        self.orders = Order.objects.count()
        self.there |= {f"bank {case.status}" for case in self.till.books.disputes()}


def column_of(model: Any) -> str:
    return str(model.moves.column) if hasattr(model, "moves") else "status"


def step(*wanted: str, **drawn: Any) -> Any:
    """A rule that has nothing to do unless one of these things is there, and rests once it did nothing twice."""

    def declare(do: Callable[..., None]) -> Any:
        @wraps(do)
        def done(world: World, **given: Any) -> None:
            world.doing = do.__name__
            do(world, **given)
            if not world.moved:
                world.idle[do.__name__] += 1

        name, needs = do.__name__, set(wanted)
        ready = precondition(lambda world: world.idle[name] < 2 and (not needs or bool(world.there & needs)))
        return ready(rule(**drawn)(done))

    return declare
