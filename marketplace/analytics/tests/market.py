"""A market with everything that moves money, and its figures worked out again in plain Python from what was ordered and given back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from marketplace.accounts.models import User
from marketplace.analytics.trading import Figures
from marketplace.carts.tests.factories import on_sale
from marketplace.cast import Goods, Person
from marketplace.ledger import tasks
from marketplace.ledger.models import LineCommission
from marketplace.ledger.tests.factories import delivered, given_back, rebilled, rule
from marketplace.orders import actions as orders
from marketplace.orders.actions import charging_back, returning
from marketplace.orders.models import Dispute, OrderLine, RefundPart, VendorOrder
from marketplace.orders.pieces import ReceivedPieces, SomePieces
from marketplace.orders.tests.factories import SYSTEM, money_goes_back, paid, place, shares_of
from marketplace.payments.models import Refund
from marketplace.vendors.models import Vendor
from marketplace.vendors.tests.factories import make_vendor


def trade(customer: User, buyer: User, goods: Goods) -> Vendor:
    """Coupons of the market and of a vendor, tax within and on top, shipping, a refund of an amount and one of a line, a return, a
    lost dispute that cost more than was paid, a share called off, an order nobody paid; and a third vendor with a currency of its
    own, which is what this answers. The market remits tax where the settings say so.
    """
    rule(1000)
    rule(200, fee="service")
    mixed = paid(customer, {goods.mug: 4, goods.lamp: 1})
    mugs, lamp = shares_of(mixed)
    rebilled(mugs, discount=400, market_discount=400, tax=160)
    rebilled(lamp, discount=1000, tax=320, tax_is_included=False, shipping=500)
    returned = paid(buyer, {goods.rug: 1, goods.mug: 2})
    disputed = paid(buyer, {goods.mug: 3})
    called_off = paid(customer, {goods.rug: 1})
    place(customer, {goods.mug: 1})
    abroad = make_vendor(name="Uli's Abroad Shop", currency="UGX")
    paid(customer, {on_sale(abroad, price=7_000, title="Basket"): 2})
    tasks.catch_up()

    given_back(mixed, 800, about=mugs.reference)
    rug = OrderLine.objects.get(order=returned, variant=goods.rug)
    given_back(returned, 3_000, about=rug.vendor_order.reference, parts={rug: 3_000})
    _send_back(customer=buyer, share=shares_of(returned)[0], goods=goods)
    _take(delivered(shares_of(disputed)[0]), 1_700)
    orders.cancel_share(shares_of(called_off)[0].pk, by=SYSTEM, reason="This is no longer in stock.")
    money_goes_back(called_off)
    tasks.catch_up()
    return abroad


def _send_back(*, customer: User, share: VendorOrder, goods: Goods) -> None:
    """One of the mugs comes back and is paid back."""
    delivered(share)
    actor = Person(customer).actor()
    asked = orders.ask_return(
        share.order_id,
        by=actor,
        lines=[SomePieces(variant_id=goods.mug.pk, quantity=1)],
        why="broken",
        note="No handle.",
    )
    returning.approve(asked.pk, by=SYSTEM, answer="Bring it to our shop.")
    returning.receive(asked.pk, by=SYSTEM, lines=[ReceivedPieces(variant_id=goods.mug.pk, quantity=1, restock=0)])
    money_goes_back(share.order)


def _take(share: VendorOrder, amount: int) -> None:
    """The buyer's bank takes so much, which may be more than was paid."""
    charging_back.charge_back(
        share.order_id, by=SYSTEM, gateway_dispute_id="dp_1", amount_minor=share.total.amount, reason="fraudulent"
    )
    case = Dispute.objects.get()
    Dispute.objects.filter(pk=case.pk).update(amount_minor=amount)
    charging_back.decide(case.pk, by=SYSTEM, is_won=False)


@dataclass
class Sum:
    """Figures of one currency as they are added up by hand; fractions, so that nothing is rounded."""

    orders: int = 0
    revenue: int = 0
    refunds: int = 0
    borne: Fraction = field(default_factory=Fraction)
    commission: Fraction = field(default_factory=Fraction)
    fees: Fraction = field(default_factory=Fraction)
    tax: Fraction = field(default_factory=Fraction)

    @property
    def words(self) -> dict[str, int]:
        """As the figures are told. The market of these tests has amounts that go into each other."""
        to_vendors = self.revenue - self.refunds + self.borne - self.fees - self.tax
        amounts = {**vars(self), "to_vendors": to_vendors}
        assert all(Fraction(each).denominator == 1 for each in amounts.values())
        return {name: int(each) for name, each in amounts.items()}


def told(figures: Figures) -> dict[str, int]:
    """Figures of the product in the same words."""
    names = ("revenue", "refunds", "borne", "commission", "fees", "tax", "to_vendors")
    return {"orders": figures.orders, **{name: getattr(figures, name).amount for name in names}}


def recomputed(shares: Iterable[VendorOrder], *, market_remits: bool) -> dict[str, dict[str, int]]:
    """The figures of these vendor orders by currency, from bills, frozen fees, refunds and disputes: the books are not asked."""
    found: dict[str, Sum] = {}
    for share in shares:
        if share.order.paid_at is None:
            continue
        sums = found.setdefault(share.total.currency, Sum())
        sums.orders += 1
        sums.revenue += share.total.amount
        lines = {each.pk: each for each in OrderLine.objects.filter(vendor_order=share)}
        cost = {pk: each.paid(tax_is_included=share.tax_is_included).amount for pk, each in lines.items()}
        back = _gone(share, cost)
        sums.refunds += int(sum(back.values()))
        sums.borne += max(sum(back.values()) - share.total.amount, 0)
        for pk, line in lines.items():
            left = max(1 - back[pk] / cost[pk], Fraction(0))
            fees = dict(LineCommission.objects.filter(line=line).values_list("fee", "amount_minor"))
            sums.borne += line.market_discount_minor * left
            sums.commission += fees.get("commission", 0) * left
            sums.fees += sum(fees.values()) * left
            sums.tax += line.tax_minor * left if market_remits else 0
    return {currency: sums.words for currency, sums in found.items()}


def _gone(share: VendorOrder, cost: dict[int, int]) -> dict[int, Fraction]:
    """What went back of each line: what its parts say; what no part names, in proportion. No test gives shipping back."""
    back = {pk: Fraction(0) for pk in cost}
    for refund in Refund.objects.filter(
        payment__subject=share.order.reference, status="succeeded", about=share.reference
    ):
        parts = list(RefundPart.objects.filter(refund=refund))
        for part in parts:
            back[part.line_id] += part.amount.amount
        _spread(refund.amount.amount - sum(part.amount.amount for part in parts), back, cost)
    for case in Dispute.objects.filter(vendor_order=share, state="lost").exclude(gateway_dispute_id=""):
        _spread(case.amount.amount, back, cost)
    return back


def _spread(amount: int, back: dict[int, Fraction], cost: dict[int, int]) -> None:
    for pk, each in cost.items():
        back[pk] += Fraction(amount * each, sum(cost.values()))
