"""Orders whose money is in the books, with bills of any make, for tests and the demo market."""

from typing import Any

from django.db.models import QuerySet

from core.rules import Actor
from core.testing import writing_as_system
from marketplace.accounts.models import User
from marketplace.catalog.models import Variant
from marketplace.ledger import tasks
from marketplace.ledger.kinds import shown
from marketplace.ledger.models import CommissionRule
from marketplace.ledger.queries import sums_of_kinds
from marketplace.orders import actions as orders
from marketplace.orders.models import Order, OrderLine, RefundPart, VendorOrder
from marketplace.orders.tests.factories import money_comes, paid, refund_succeeds
from marketplace.payments import actions as payments
from marketplace.payments.models import Payment, Refund
from marketplace.payments.tests.factories import kes

SYSTEM = Actor.system("factory")


def rule(basis_points: int = 0, **values: Any) -> CommissionRule:
    """A rule of commission, for everything unless it is said for what."""
    with writing_as_system():
        found = CommissionRule(basis_points=basis_points, **values)
        found.full_clean()
        found.save()
    return found


def booked(user: User, wanted: dict[Variant, int]) -> Order:
    """A paid order that the books have."""
    order = paid(user, wanted)
    tasks.catch_up()
    return order


def delivered(share: VendorOrder) -> VendorOrder:
    """A share that has arrived."""
    orders.accept(share.pk, by=SYSTEM)
    orders.ship(share.pk, by=SYSTEM, carrier="G4S")
    return orders.deliver(share.pk, by=SYSTEM)


def rebilled(share: VendorOrder, *, shipping: int = 0, shipping_by_market: int = 0, tax_is_included: bool = True,
             **of_lines: int) -> VendorOrder:  # fmt: skip
    """A bill that carts cannot make yet: each line gets these (`discount`, `market_discount`, `tax`), the share what they come
    to. Its order and payment follow: do it before the money is booked."""
    lines = list(OrderLine.objects.filter(vendor_order=share).order_by("pk"))
    columns = {f"{name}_minor": amount for name, amount in of_lines.items()}
    QuerySet(OrderLine).filter(pk__in=[each.pk for each in lines]).update(**columns)
    count = len(lines)
    discount, borne = of_lines.get("discount", 0) * count, of_lines.get("market_discount", 0) * count
    tax = of_lines.get("tax", 0) * count
    before = share.total.amount
    total = share.goods_minor - discount + shipping - shipping_by_market + (0 if tax_is_included else tax)
    VendorOrder.objects.filter(pk=share.pk).update(
        discount_minor=discount + shipping_by_market, market_discount_minor=borne + shipping_by_market,
        shipping_minor=shipping, shipping_discount_minor=shipping_by_market,
        shipping_market_discount_minor=shipping_by_market, tax_minor=tax, tax_is_included=tax_is_included, total_minor=total,
    )  # fmt: skip
    whole = share.order.total.amount - before + total
    Order.objects.filter(pk=share.order_id).update(total_minor=whole)
    Payment.objects.filter(subject=share.order.reference).update(amount_minor=whole, captured_minor=whole)
    return VendorOrder.objects.get(pk=share.pk)


def paid_for(share: VendorOrder) -> VendorOrder:
    """The order of a share is paid, as its bill is by now, and the books have it."""
    order = Order.objects.get(pk=share.order_id)
    money_comes(order)
    orders.complete(order.pk, by=SYSTEM)
    tasks.catch_up()
    return VendorOrder.objects.get(pk=share.pk)


def asked_back(order: Order, amount: int, *, about: str = "", parts: dict[OrderLine | VendorOrder, int] | None = None,
               pieces: int = 0) -> Refund:  # fmt: skip
    """So much of an order's money is to go back; of these lines, or of the shipping of a share."""
    payment = Payment.objects.get(subject=order.reference)
    refund = payments.request_refund(payment, by=SYSTEM, amount=kes(amount), reason="It arrived broken.", about=about)
    for of, minor in (parts or {}).items():
        line = of if isinstance(of, OrderLine) else None
        share = line.vendor_order if line is not None else of
        part = RefundPart(refund=refund, vendor_order=share, line=line, quantity=pieces if line else 0)
        part.amount = kes(minor)
        part.save()
    return refund


def given_back(order: Order, amount: int, **what: Any) -> Refund:
    """The same, and the gateway has done it, and the books know."""
    refund = refund_succeeds(asked_back(order, amount, **what))
    tasks.catch_up()
    return refund


def books() -> dict[str, int]:
    """What stands where, all vendors together, as people read it: only what is not nothing."""
    found: dict[str, int] = {}
    for _currency, kind, part, debit in sums_of_kinds():
        name = f"{kind}:{part}" if part and kind == "revenue" else kind
        found[name] = found.get(name, 0) + shown(kind, debit)
    return {name: amount for name, amount in sorted(found.items()) if amount}
