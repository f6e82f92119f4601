"""From a cart to an order: everything is checked and written first, and stock is taken last."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from string import ascii_uppercase
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from core import compiled, context, deeds, faults, references, related, writing
from core.actions import action, model_errors
from core.audiences import STOREFRONT
from core.errors import Invalid
from core.events import publish
from core.models import Audit
from core.money import MixedCurrency, Money
from core.resources import documents
from core.rules import Actor
from marketplace.carts import actions as carts
from marketplace.carts.bills import Bill, LineBill, ShareBill
from marketplace.carts.discounts import by_coupon
from marketplace.carts.errors import OwnGoods
from marketplace.carts.queries import MIXED_CURRENCY, ONLY_N_LEFT, SOLD_OUT, Contents, own_vendors
from marketplace.carts.quoting import quote
from marketplace.carts.sending import Wish, place_of
from marketplace.catalog.actions.stock import Movement
from marketplace.catalog.errors import NotEnoughStock
from marketplace.coupons import actions as coupons
from marketplace.coupons.actions import Use
from marketplace.orders.actions.paying import complete
from marketplace.orders.actions.shelf import note_goods, take_goods
from marketplace.orders.errors import CartChanged, CartEmpty, TooManyUnpaid
from marketplace.orders.events import OrderPlaced
from marketplace.orders.models import Order, OrderLine, VendorOrder
from marketplace.orders.queries import WRITTEN

WAITS = timedelta(minutes=settings.ORDER_MINUTES)
BUYER = Actor(audience=STOREFRONT)


@action(label="Place order", audited=False)
def place_order(*, by: Actor, recipient: str, phone: str, street: str, town: str, country: str, note: str = "",
                province: str = "", postal_code: str = "",
                expected_total: Money | None = None, shipping: Sequence[Wish] = ()) -> Order:  # fmt: skip
    """Order everything in one's cart, at the prices that the buyer saw; the goods are kept for it until it expires.

    `shipping` is how each vendor shall send; the cheapest way where nothing is said. Refuses with 409 `cart_empty`;
    `cart_changed`, naming what changed since the buyer saw it; `not_enough_stock`, saying what is free; `mixed_currency`;
    `own_goods`; `too_many_unpaid`; `shipping_unavailable`; `coupon_used_up` where others were faster; with 422 an address that is
    none or whose state or postal code its country does not have, and a way of sending that is not offered.
    """
    user_id, found = carts.take(by)
    _refuse_hoarding(user_id)
    where = {
        "recipient": recipient, "phone": phone, "street": street, "town": town, "country": country, "note": note,
        "province": province, "postal_code": postal_code,
    }  # fmt: skip
    carts.empty(user_id, coupons=bool(found.coupons))  # its lines are read, and whatever is refused undoes it
    return order_of(
        found, customer_id=user_id, by=by, where=where, waits=WAITS, expected=expected_total, shipping=shipping
    )


def order_of(
    found: Contents, *, customer_id: int, by: Actor, where: Mapping[str, str], waits: timedelta, expected: Money | None,
    shipping: Sequence[Wish] = (),
) -> Order:  # fmt: skip
    """What somebody wants, as an order of theirs: the one way by which orders come to be. Runs inside of an action.

    Refuses as `place_order` does, but for how many orders may wait.
    """
    to = place_of(where)
    bought = quote(found, to=to, wishes=shipping)
    total = _agreed(found, bought, expected)
    own = own_vendors(customer_id, (share.vendor.pk for share in found.shares))
    if own:
        raise OwnGoods(vendor=own[0])
    order = Order(
        reference=references.new("SK"), customer_id=customer_id, expires_at=context.now() + waits,
        **{**where, "province": to.province, "postal_code": to.postal_code},
    )  # fmt: skip
    order.total, order.refunded = total, Money(0, total.currency)
    shares, lines, entries = _write(order, bought)
    faults.here("checkout.after_rows")
    uses = _uses(order, bought, found)
    coupons.note_uses(uses)
    moves = note_goods(lines, "reserve", order=order, by=by)
    publish(OrderPlaced(order_id=order.pk, customer_id=order.customer_id))
    transaction.on_commit(partial(faults.here, "checkout.after_commit"))
    if total.amount:
        _remember(order, shares, lines, entries)
        deeds.do_last(partial(_take, uses, moves))  # hot goods are held no longer than the commit takes
    else:
        _take(uses, moves)
        complete(order, by=Actor.system("nothing to pay"))
    return order


def _uses(order: Order, bought: Bill, found: Contents) -> list[Use]:
    """The coupons that the order uses, and what each takes off it."""
    return [
        Use(terms.key, terms.code, terms.per_user_limit, order.customer_id, order.reference, amount)
        for terms, amount in by_coupon(bought, found.terms)
    ]


def _take(uses: list[Use], moves: list[Movement]) -> None:
    coupons.take_uses(uses)
    take_goods(moves)
    faults.here("checkout.after_stock")


def _refuse_hoarding(user_id: int) -> None:
    """Each unpaid order keeps goods from everybody else. The cart is held, so two at once do not both see room for one."""
    most = settings.UNPAID_ORDERS
    if len(compiled.models_of(_unpaid, most, values=[user_id])) >= most:
        raise TooManyUnpaid(most=most)


def _unpaid(most: int, customer_id: int) -> QuerySet[Order]:
    return Order.objects.filter(customer_id=customer_id, payment_state="pending").order_by().only("pk")[:most]


def _agreed(found: Contents, bought: Bill, expected: Money | None) -> Money:
    """What the order costs, if the cart is as the buyer saw it."""
    if not found.lines:
        raise CartEmpty()
    for line in found.lines:
        codes = {each.code for each in line.notices}
        if codes & {SOLD_OUT, ONLY_N_LEFT}:
            raise NotEnoughStock(sku=line.offer.variant.sku, free=line.offer.free, wanted=line.quantity)
        if MIXED_CURRENCY in codes:
            raise MixedCurrency(one=next(iter(found.lines)).price.currency, other=line.price.currency)
    total, said = bought.total, [each.sentence for each in found.notices]
    if total is not None and expected not in (None, total):
        said.append(f"It costs {total} now.")
    if said:
        raise CartChanged(changes=" ".join(said))
    if total is None:
        raise CartEmpty()
    return total


def _write(order: Order, bought: Bill) -> tuple[list[VendorOrder], list[OrderLine], list[Audit]]:
    """The rows of the order: itself, a share for each vendor, their lines, and the audit's entries. Its own comes last: it heads the
    deed."""
    deed = deeds.require(order)
    try:
        order.clean_fields(exclude=("customer",))
    except ValidationError as fault:
        raise Invalid(errors=model_errors(fault)) from None
    writing.insert_many(deed, [order])
    shares = [_share(order, share, letters(number)) for number, share in enumerate(bought.shares)]
    writing.insert_many(deed, shares)
    lines = [_line(order, row, line) for row, share in zip(shares, bought.shares, strict=True) for line in share.lines]
    OrderLine.objects.bulk_create(lines)
    return shares, lines, writing.audit_new(deed, [*shares, order])


def _remember(order: Order, shares: list[VendorOrder], lines: list[OrderLine], entries: list[Audit]) -> None:
    """What was written is answered as it is, without reading it again."""
    for share in shares:
        related.remember(share, "shipments", ())
    related.remember(order, "shares", shares)
    related.remember(order, "lines", lines)
    related.keep(order, WRITTEN, entries)


def _share(order: Order, of: ShareBill, letter: str) -> VendorOrder:
    share = VendorOrder(
        order=order, vendor=of.share.vendor, reference=f"{order.reference}-{letter}", goods_minor=of.goods.amount,
        discount_minor=of.discount.amount, market_discount_minor=of.by_market.amount, shipping_minor=of.shipping.amount,
        shipping_discount_minor=of.shipping_discount.amount, shipping_market_discount_minor=of.shipping_by_market.amount,
        tax_minor=of.tax.amount, shipping_tax_minor=of.shipping_tax.amount, tax_is_included=of.tax_is_included,
    )  # fmt: skip
    share.total = of.total
    if of.sent_by is not None:
        method = share.shipping_method = of.sent_by.method
        share.shipping_name, share.shipping_kind = method.name, method.kind
        share.shipping_days_min, share.shipping_days_max = method.days_min, method.days_max
    return share


def _line(order: Order, share: VendorOrder, of: LineBill) -> OrderLine:
    """A line as the buyer saw it: words, picture, price, and of the attributes those that buyers see."""
    line, listing = of.line, cast("Any", of.line.listing)
    picture = listing.cached_gallery[0]["renditions"] if listing.cached_gallery else []
    row = OrderLine(
        order=order, vendor_order=share, listing=listing, variant=line.offer.variant, title=listing.title,
        variant_title=line.offer.variant.title, sku=line.offer.variant.sku, attributes=documents.shown(listing, BUYER),
        image=picture[0]["webp"] if picture else "", vendor_name=line.vendor.name, quantity=line.quantity,
        discount_minor=of.discount.amount, market_discount_minor=of.by_market.amount, tax_minor=of.tax.amount,
    )  # fmt: skip
    row.unit_price, row.total = line.price, of.goods
    return row


def letters(number: int) -> str:
    """0, 1, 2 … as A, B … Z, AA, AB …: what a share's reference ends with."""
    ahead, last = divmod(number, len(ascii_uppercase))
    return (letters(ahead - 1) if ahead else "") + ascii_uppercase[last]
