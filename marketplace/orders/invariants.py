"""What always holds of orders: their sums, their states, and the stock and money behind them."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from core.invariants import WARNING, invariant
from core.models import Audit, Record
from core.states import Moves
from marketplace.catalog.models import Stock, StockMove
from marketplace.orders import (
    invariants_of_papers,  # noqa: F401  found where this module is
    invariants_of_refunds,  # noqa: F401
    queries,
    states,
)
from marketplace.orders.models import (
    Delivery,
    Dispute,
    LineReduction,
    Order,
    OrderLine,
    RefundPart,
    Shipment,
    ShipmentLine,
    VendorOrder,
)
from marketplace.orders.models.bills import SHARE_PARTS, SHARE_TOTAL
from marketplace.orders.sums import counted, moved, total_of
from marketplace.orders.unreturned import held_parts
from marketplace.payments.models import Payment

LATE = timedelta(minutes=10)
Kind = StockMove.Kind
SOLD = states.LIVE


@invariant("I-S3", owner="orders")
def promises_without_an_order() -> QuerySet:
    """Of every variant exactly as many are reserved as unpaid orders wait for."""
    waiting = OrderLine.objects.filter(variant=OuterRef("variant"), vendor_order__state="waiting")
    stocks = Stock.objects.annotate(wanted=total_of(waiting, "variant", "quantity"))
    return stocks.exclude(reserved=F("wanted")).order_by("pk").values_list("pk", flat=True)


@invariant("I-S4", owner="orders")
def lines_that_took_another_number() -> QuerySet:
    """What an order took from stock fits its lines: reserved while waiting, sold once, and put back as far as it was given up.

    Of no line more is given up than was bought; a share is cancelled with its last piece, or before it was sold.
    """
    given = LineReduction.objects.filter(line=OuterRef("pk"))
    lines = OrderLine.objects.annotate(
        taken=moved("on_hand_change"), held=moved("reserved_change"), sold=counted(Kind.SOLD), back=counted(Kind.RETURNED),
        given=total_of(given, "line", "quantity"), shelved=total_of(given, "line", "restocked"),
        off=total_of(given.filter(kind="cancelled"), "line", "quantity"),
    )  # fmt: skip
    unsold = Q(taken=0, sold=0, back=0, given=0)
    sold = Q(taken=F("shelved") - F("quantity"), held=0, sold=1, given__lte=F("quantity"))
    fits = (
        unsold & Q(vendor_order__state="waiting", held=F("quantity"))
        | sold & Q(vendor_order__state__in=states.OPEN, given=F("off"))
        | sold & Q(vendor_order__state__in=states.UNDERWAY)
        | sold & Q(vendor_order__state="cancelled", off=F("quantity"))
        | unsold & Q(vendor_order__state__in=states.DEAD, held=0)
    )  # fmt: skip
    return lines.exclude(fits).order_by("pk").values_list("pk", flat=True)


@invariant("I-S5", owner="orders")
def movements_of_no_order() -> QuerySet:
    """Every movement that ordering made belongs to a line of the order that it names."""
    ours = StockMove.objects.filter(kind__in=(Kind.RESERVED, Kind.RELEASED, Kind.SOLD, Kind.RETURNED))
    line = OrderLine.objects.filter(variant=OuterRef("variant"), order__reference=OuterRef("reference"))
    return ours.filter(~Exists(line)).order_by("pk").values_list("pk", flat=True)


@invariant("I-O1", owner="orders")
def lines_that_do_not_add_up() -> Iterator[str]:
    """A share is made up of its lines: its goods are their totals, and discount and tax are theirs and those of its shipping."""
    odd = OrderLine.objects.exclude(
        total_minor=F("unit_price_minor") * F("quantity"), total_currency=F("order__total_currency")
    )
    yield from (f"line {pk}" for pk in odd.order_by("pk").values_list("pk", flat=True))
    lines = OrderLine.objects.filter(vendor_order=OuterRef("pk"))
    whole = VendorOrder.objects.annotate(
        of_goods=total_of(lines, "vendor_order", "total_minor"), off=total_of(lines, "vendor_order", "discount_minor"),
        borne=total_of(lines, "vendor_order", "market_discount_minor"), taxed=total_of(lines, "vendor_order", "tax_minor"),
    ).exclude(
        goods_minor=F("of_goods"), discount_minor=F("off") + F("shipping_discount_minor"),
        market_discount_minor=F("borne") + F("shipping_market_discount_minor"),
        tax_minor=F("taxed") + F("shipping_tax_minor"),
    )  # fmt: skip
    yield from (f"vendor order {pk}" for pk in whole.order_by("pk").values_list("pk", flat=True))


@invariant("I-O2", owner="orders")
def shares_that_do_not_add_up() -> Iterator[str]:
    """The total of an order is the sum of its shares, each what its parts make; a line is in a share of its order."""
    shares = VendorOrder.objects.filter(order=OuterRef("pk"))
    orders = Order.objects.annotate(sum=total_of(shares, "order", "total_minor")).exclude(sum=F("total_minor"))
    yield from (f"order {pk}" for pk in orders.order_by("pk").values_list("pk", flat=True))
    odd = VendorOrder.objects.exclude(SHARE_TOTAL, SHARE_PARTS, total_currency=F("order__total_currency"))
    yield from (f"vendor order {pk}" for pk in odd.order_by("pk").values_list("pk", flat=True))
    stray = OrderLine.objects.exclude(order=F("vendor_order__order"), listing__vendor=F("vendor_order__vendor"))
    yield from (f"line {pk}" for pk in stray.order_by("pk").values_list("pk", flat=True))


@invariant("I-O3", owner="orders")
def states_without_a_way() -> Iterator[str]:
    """Every state is one that the audit leads to, move by move, and the word for the whole order follows from its parts."""
    machines: tuple[tuple[type[Record], Moves], ...] = (
        (Order, states.ORDER), (VendorOrder, states.SHARE), (Shipment, states.SHIPMENT), (Delivery, states.DELIVERY),
    )  # fmt: skip
    for model, moves in machines:
        told = Audit.objects.filter(model=model._meta.label_lower, object_id=OuterRef("pk")).exclude(state_to="")
        last = Subquery(told.order_by("-pk").values("state_to")[:1])
        rows = model._default_manager.annotate(_last=last).exclude(**{moves.column: F("_last")})  # type: ignore[attr-defined]
        yield from (f"{model._meta.model_name} {pk}" for pk in rows.order_by("pk").values_list("pk", flat=True))
        ways = {(source, target) for source, _verb, target in moves.table} | {("", moves.initial)}
        steps = Audit.objects.filter(model=model._meta.label_lower).exclude(state_to="")
        found = steps.order_by().values_list("state_from", "state_to").distinct()
        yield from (f"{model._meta.model_name}: {source} to {target}" for source, target in set(found) - ways)
    yield from (f"order {pk} is {found}" for pk, found in queries.rebuilt_states())


@invariant("I-O4", owner="orders")
def orders_that_never_end() -> QuerySet:
    """No order waits for its payment longer than it may, and none whose money has come waits to be completed."""
    late = timezone.now() - LATE
    overdue = Order.objects.filter(payment_state="pending", expires_at__lt=late)
    ready = queries.to_complete().filter(
        Exists(Payment.objects.filter(subject=OuterRef("reference"), status="succeeded", status_since__lt=late))
    )
    return (
        Order.objects.filter(Q(pk__in=overdue.values("pk")) | Q(pk__in=ready.values("pk")))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


@invariant("I-O5", owner="orders")
def paid_without_money() -> Iterator[str]:
    """A paid order has one payment that covers it, and says of refunds no more than the payments do; a sent one was paid."""
    came = Payment.objects.filter(
        subject=OuterRef("reference"),
        captured_minor=OuterRef("total_minor"),
        amount_currency=OuterRef("total_currency"),
    )
    paid = Order.objects.filter(payment_state__in=states.PAID, total_minor__gt=0)
    yield from (f"order {pk}" for pk in paid.filter(~Exists(came)).order_by("pk").values_list("pk", flat=True))
    given = Payment.objects.filter(subject=OuterRef("reference"), is_extra=False)
    odd = Order.objects.annotate(given=total_of(given, "subject", "refunded_minor")).filter(
        refunded_minor__gt=F("given")
    )
    yield from (f"refunds of order {pk}" for pk in odd.order_by("pk").values_list("pk", flat=True))
    unpaid = VendorOrder.objects.filter(state__in=SOLD).exclude(order__payment_state__in=states.PAID)
    yield from (f"vendor order {pk}" for pk in unpaid.order_by("pk").values_list("pk", flat=True))


@invariant("I-O5b", owner="orders", severity=WARNING)
def owed_and_not_given_back() -> QuerySet:
    """What was paid for cancelled shares is given back, or on its way, or a bank has it, or somebody has said why it never will be."""
    promised = total_of(held_parts().filter(vendor_order=OuterRef("pk")), "vendor_order", "amount_minor")
    lost = Dispute.objects.filter(vendor_order=OuterRef("pk"), state="lost").exclude(gateway_dispute_id="")
    ended = VendorOrder.objects.filter(state__in=states.DEAD, order__payment_state__in=states.PAID)
    taken = total_of(lost, "vendor_order", "amount_minor")
    left = RefundPart.objects.filter(vendor_order=OuterRef("pk"), refund__status="given_up")
    given_up = total_of(left, "vendor_order", "amount_minor")
    owed = ended.annotate(promised=promised, taken=taken, given_up=given_up)
    owed = owed.filter(promised__lt=F("total_minor") - F("taken") - F("given_up"))
    return owed.order_by("order").values_list("order", flat=True).distinct()


@invariant("I-O6", owner="orders")
def orders_of_nothing() -> Iterator[str]:
    """Every order has a share, every share a line, and every line at least one piece."""
    shares = VendorOrder.objects.filter(order=OuterRef("pk"))
    lines = OrderLine.objects.filter(vendor_order=OuterRef("pk"))
    yield from (
        f"order {pk}" for pk in Order.objects.filter(~Exists(shares)).order_by("pk").values_list("pk", flat=True)
    )
    empty = VendorOrder.objects.filter(~Exists(lines))
    yield from (f"vendor order {pk}" for pk in empty.order_by("pk").values_list("pk", flat=True))
    none = OrderLine.objects.filter(quantity__lt=1)
    yield from (f"line {pk}" for pk in none.order_by("pk").values_list("pk", flat=True))


@invariant("I-O7", owner="orders")
def more_sent_than_was_bought() -> Iterator[str]:
    """Of no line more is sent than was bought and not called off; shares stand as their parcels do, none of them empty or strange."""
    lines = OrderLine.objects.annotate(
        packed=total_of(ShipmentLine.objects.filter(line=OuterRef("pk")), "line", "quantity"),
        off=total_of(LineReduction.objects.filter(line=OuterRef("pk"), kind="cancelled"), "line", "quantity"),
    )
    over = lines.filter(packed__gt=F("quantity") - F("off")).exclude(packed=0)
    yield from (f"line {pk}" for pk in over.order_by("pk").values_list("pk", flat=True))
    stray = ShipmentLine.objects.exclude(line__vendor_order=F("shipment__vendor_order"))
    yield from (f"parcel line {pk}" for pk in stray.order_by("pk").values_list("pk", flat=True))
    empty = Shipment.objects.filter(~Exists(ShipmentLine.objects.filter(shipment=OuterRef("pk"))))
    yield from (f"parcel {pk}" for pk in empty.order_by("pk").values_list("pk", flat=True))
    sent = Shipment.objects.filter(vendor_order=OuterRef("pk"))
    odd = Q(Exists(sent)) & ~Q(state__in=states.UNDERWAY) | ~Q(Exists(sent)) & Q(state__in=states.UNDERWAY)
    yield from (
        f"vendor order {pk}" for pk in VendorOrder.objects.filter(odd).order_by("pk").values_list("pk", flat=True)
    )
    for share in VendorOrder.objects.filter(state__in=states.UNDERWAY).order_by("pk").iterator(500):
        if share.state != queries.state_by_parcels(share):
            yield f"vendor order {share.pk}"
