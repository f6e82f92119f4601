"""From a cart to an order: everything is checked and written first, and stock is taken last."""

from datetime import timedelta
from functools import partial
from string import ascii_uppercase
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from core import context, deeds, faults, references, related, writing
from core.actions import action, model_errors
from core.audiences import STOREFRONT
from core.errors import Invalid
from core.events import publish
from core.money import MixedCurrency, Money
from core.resources import documents
from core.rules import Actor
from marketplace.carts import actions as carts
from marketplace.carts.errors import OwnGoods
from marketplace.carts.queries import MIXED_CURRENCY, ONLY_N_LEFT, SOLD_OUT, Contents, Line, Share, own_vendors
from marketplace.catalog.actions.stock import Movement
from marketplace.catalog.errors import NotEnoughStock
from marketplace.orders.actions.paying import complete
from marketplace.orders.actions.shelf import note_goods, take_goods
from marketplace.orders.errors import CartChanged, CartEmpty, TooManyUnpaid
from marketplace.orders.events import OrderPlaced
from marketplace.orders.models import Order, OrderLine, VendorOrder

WAITS = timedelta(minutes=settings.ORDER_MINUTES)
BUYER = Actor(audience=STOREFRONT)


@action(label="Place order", audited=False)
def place_order(*, by: Actor, recipient: str, phone: str, street: str, town: str, country: str, note: str = "",
                expected_total: Money | None = None) -> Order:  # fmt: skip
    """Order everything in one's cart, at the prices that the buyer saw; the goods are kept for it until it expires.

    Refuses with 409 `cart_empty`; `cart_changed`, naming what changed since the buyer saw it; `not_enough_stock`, saying
    what is free; `mixed_currency`; `own_goods`; `too_many_unpaid`; with 422 an address that is none.
    """
    user_id, found = carts.take(by)
    total = _agreed(found, expected_total)
    own = own_vendors(user_id, (share.vendor.pk for share in found.shares))
    if own:
        raise OwnGoods(vendor=own[0])
    _refuse_hoarding(user_id)
    order = Order(
        reference=references.new("SK"), customer_id=user_id, recipient=recipient, phone=phone, street=street, town=town,
        country=country, note=note, expires_at=context.now() + WAITS,
    )  # fmt: skip
    order.total, order.refunded = total, Money(0, total.currency)
    shares, lines = _write(order, found)
    carts.empty(user_id)
    faults.here("checkout.after_rows")
    moves = note_goods(lines, "reserve", order=order, by=by)
    publish(OrderPlaced(order_id=order.pk, customer_id=order.customer_id))
    transaction.on_commit(partial(faults.here, "checkout.after_commit"))
    if total.amount:
        _remember(order, shares, lines)
        deeds.do_last(partial(_take, moves))  # hot goods are held no longer than the commit takes
    else:
        _take(moves)
        complete(order, by=Actor.system("nothing to pay"))
    return order


def _take(moves: list[Movement]) -> None:
    take_goods(moves)
    faults.here("checkout.after_stock")


def _refuse_hoarding(user_id: int) -> None:
    """Each unpaid order keeps goods from everybody else. The cart is held, so two at once do not both see room for one."""
    most = settings.UNPAID_ORDERS
    if Order.objects.filter(customer_id=user_id, payment_state="pending").count() >= most:
        raise TooManyUnpaid(most=most)


def _agreed(found: Contents, expected: Money | None) -> Money:
    """What the order costs, if the cart is as the buyer saw it."""
    if not found.lines:
        raise CartEmpty()
    for line in found.lines:
        codes = {each.code for each in line.notices}
        if codes & {SOLD_OUT, ONLY_N_LEFT}:
            raise NotEnoughStock(sku=line.offer.variant.sku, free=line.offer.free, wanted=line.quantity)
        if MIXED_CURRENCY in codes:
            raise MixedCurrency(one=next(iter(found.lines)).price.currency, other=line.price.currency)
    total, said = found.total, [each.sentence for each in found.notices]
    if total is not None and expected not in (None, total):
        said.append(f"It costs {total} now.")
    if said:
        raise CartChanged(changes=" ".join(said))
    if total is None:
        raise CartEmpty()
    return total


def _write(order: Order, found: Contents) -> tuple[list[VendorOrder], list[OrderLine]]:
    """The rows of the order: itself, a share for each vendor, their lines. Its own audit entry comes last: it heads the deed."""
    deed = deeds.require(order)
    try:
        order.clean_fields(exclude=("customer",))
    except ValidationError as fault:
        raise Invalid(errors=model_errors(fault)) from None
    writing.insert_many(deed, [order])
    shares = [_share(order, share, letters(number)) for number, share in enumerate(found.shares)]
    writing.insert_many(deed, shares)
    lines = [_line(order, row, line) for row, share in zip(shares, found.shares, strict=True) for line in share.lines]
    OrderLine.objects.bulk_create(lines)
    writing.audit_new(deed, [*shares, order])
    return shares, lines


def _remember(order: Order, shares: list[VendorOrder], lines: list[OrderLine]) -> None:
    """What was written is answered as it is, without reading it again."""
    for share in shares:
        related.remember(share, "shipments", ())
    related.remember(order, "shares", shares)
    related.remember(order, "lines", lines)


def _share(order: Order, of: Share, letter: str) -> VendorOrder:
    share = VendorOrder(order=order, vendor=of.vendor, reference=f"{order.reference}-{letter}")
    share.total = of.total
    return share


def _line(order: Order, share: VendorOrder, line: Line) -> OrderLine:
    """A line as the buyer saw it: words, picture, price, and of the attributes those that buyers see."""
    listing: Any = line.listing
    picture = listing.cached_gallery[0]["renditions"] if listing.cached_gallery else []
    row = OrderLine(
        order=order, vendor_order=share, listing=listing, variant=line.offer.variant, title=listing.title,
        variant_title=line.offer.variant.title, sku=line.offer.variant.sku, attributes=documents.shown(listing, BUYER),
        image=picture[0]["webp"] if picture else "", vendor_name=line.vendor.name, quantity=line.quantity,
    )  # fmt: skip
    row.unit_price, row.total = line.price, line.total
    return row


def letters(number: int) -> str:
    """0, 1, 2 … as A, B … Z, AA, AB …: what a share's reference ends with."""
    ahead, last = divmod(number, len(ascii_uppercase))
    return (letters(ahead - 1) if ahead else "") + ascii_uppercase[last]
