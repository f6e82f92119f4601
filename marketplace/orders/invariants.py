"""What always holds of orders: their sums, their states, and the stock and money behind them."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.invariants import WARNING, invariant
from core.models import Audit
from marketplace.catalog.models import Stock, StockMove
from marketplace.orders import queries, states
from marketplace.orders.models import Order, OrderLine, Shipment, VendorOrder
from marketplace.payments.models import Payment

LATE = timedelta(minutes=10)
Kind = StockMove.Kind
SOLD = (*states.OPEN, *states.SENT)


def total_of(rows: QuerySet, key: str, column: str) -> Coalesce:
    """The sum of a column over the rows that belong to the outer one; 0 without any."""
    summed = rows.order_by().values(key).annotate(sum=Sum(column)).values("sum")
    return Coalesce(Subquery(summed, output_field=IntegerField()), Value(0))


def moved(column: str) -> Coalesce:
    """What the movements of an order changed of the stock of the outer line's variant."""
    moves = StockMove.objects.filter(variant=OuterRef("variant"), reference=OuterRef("order__reference"))
    return total_of(moves, "variant", column)


def counted(kind: str) -> Coalesce:
    """How many movements of a kind an order made with the outer line's variant."""
    moves = StockMove.objects.filter(variant=OuterRef("variant"), reference=OuterRef("order__reference"), kind=kind)
    found = moves.order_by().values("variant").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(found, output_field=IntegerField()), Value(0))


@invariant("I-S3", owner="orders")
def promises_without_an_order() -> QuerySet:
    """Of every variant exactly as many are reserved as unpaid orders wait for."""
    waiting = OrderLine.objects.filter(variant=OuterRef("variant"), vendor_order__state="waiting")
    stocks = Stock.objects.annotate(wanted=total_of(waiting, "variant", "quantity"))
    return stocks.exclude(reserved=F("wanted")).order_by("pk").values_list("pk", flat=True)


@invariant("I-S4", owner="orders")
def lines_that_took_another_number() -> QuerySet:
    """What an order took from stock and put back fits its lines: reserved while waiting, sold once, returned at most once."""
    lines = OrderLine.objects.annotate(
        taken=moved("on_hand_change"), held=moved("reserved_change"), sold=counted(Kind.SOLD), back=counted(Kind.RETURNED)
    )  # fmt: skip
    fits = (
        Q(vendor_order__state="waiting", taken=0, held=F("quantity"), sold=0, back=0)
        | Q(vendor_order__state__in=SOLD, taken=-F("quantity"), held=0, sold=1, back=0)
        | Q(vendor_order__state="cancelled", taken=0, held=0, sold=F("back"), back__lte=1)
        | Q(vendor_order__state="expired", taken=0, held=0, sold=0, back=0)
    )
    return lines.exclude(fits).order_by("pk").values_list("pk", flat=True)


@invariant("I-S5", owner="orders")
def movements_of_no_order() -> QuerySet:
    """Every movement that ordering made belongs to a line of the order that it names."""
    ours = StockMove.objects.filter(kind__in=(Kind.RESERVED, Kind.RELEASED, Kind.SOLD, Kind.RETURNED))
    line = OrderLine.objects.filter(variant=OuterRef("variant"), order__reference=OuterRef("reference"))
    return ours.filter(~Exists(line)).order_by("pk").values_list("pk", flat=True)


@invariant("I-O1", owner="orders")
def orders_that_do_not_add_up() -> QuerySet:
    """The total of an order is the sum of its lines, each at its own price times its number, all in one currency."""
    lines = OrderLine.objects.filter(order=OuterRef("pk"))
    odd = lines.exclude(total_minor=F("unit_price_minor") * F("quantity"), total_currency=OuterRef("total_currency"))
    orders = Order.objects.annotate(sum=total_of(lines, "order", "total_minor"))
    return orders.filter(~Q(sum=F("total_minor")) | Exists(odd)).order_by("pk").values_list("pk", flat=True)


@invariant("I-O2", owner="orders")
def shares_that_do_not_add_up() -> Iterator[str]:
    """The total of an order is the sum of its shares, and that of a share the sum of its lines; a line is in a share of its order."""
    shares = VendorOrder.objects.filter(order=OuterRef("pk"))
    orders = Order.objects.annotate(sum=total_of(shares, "order", "total_minor")).exclude(sum=F("total_minor"))
    yield from (f"order {pk}" for pk in orders.order_by("pk").values_list("pk", flat=True))
    lines = OrderLine.objects.filter(vendor_order=OuterRef("pk"))
    parts = VendorOrder.objects.annotate(sum=total_of(lines, "vendor_order", "total_minor"))
    parts = parts.exclude(sum=F("total_minor"), total_currency=F("order__total_currency"))
    yield from (f"vendor order {pk}" for pk in parts.order_by("pk").values_list("pk", flat=True))
    stray = OrderLine.objects.exclude(order=F("vendor_order__order"), listing__vendor=F("vendor_order__vendor"))
    yield from (f"line {pk}" for pk in stray.order_by("pk").values_list("pk", flat=True))


@invariant("I-O3", owner="orders")
def states_without_a_way() -> Iterator[str]:
    """Every state is one that the audit leads to, move by move, and the word for the whole order follows from its parts."""
    for model, moves in ((Order, states.ORDER), (VendorOrder, states.SHARE), (Shipment, states.SHIPMENT)):
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
    """What was paid for cancelled shares is given back, or on its way."""
    ended = VendorOrder.objects.filter(order=OuterRef("pk"), state__in=states.DEAD)
    back = Payment.objects.filter(subject=OuterRef("reference"), is_extra=False)
    owed = Order.objects.filter(payment_state__in=states.PAID).annotate(
        owed=total_of(ended, "order", "total_minor"), back=total_of(back, "subject", "held_minor")
    )
    return owed.filter(back__lt=F("owed")).order_by("pk").values_list("pk", flat=True)


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
def sent_without_a_parcel() -> QuerySet:
    """What was sent has a shipment, and what was not has none."""
    sent = Shipment.objects.filter(vendor_order=OuterRef("pk"))
    odd = Q(Exists(sent)) & ~Q(state__in=states.SENT) | ~Q(Exists(sent)) & Q(state__in=states.SENT)
    return VendorOrder.objects.filter(odd).order_by("pk").values_list("pk", flat=True)
