"""What a buyer does to the cart. It is always the cart of whoever acts: no key of a cart is ever asked for.

Who is not signed in acts by the token of a guest's cart.
"""

from typing import Annotated

from pydantic import Field

from core import context
from core.actions import action
from core.errors import FieldError, Invalid, Missing, Unauthenticated
from core.money import MixedCurrency, Money
from core.rules import Actor
from marketplace.carts.errors import CartFull, CartTokenUnknown, NotForSale, OwnGoods, TooManyCoupons
from marketplace.carts.holders import Holder, hash_of, holder, new_token
from marketplace.carts.merging import Merged, merged
from marketplace.carts.models import MOST_COUPONS, MOST_LINES, MOST_OF_ONE, Cart, CartCoupon, CartLine
from marketplace.carts.queries import Contents, contents, contents_of_guest, coupons_on, own_vendors
from marketplace.catalog.errors import NotEnoughStock
from marketplace.catalog.queries import Offer, offers
from marketplace.coupons.errors import CouponNotCombinable, CouponUnknown
from marketplace.coupons.queries import by_code

Quantity = Annotated[int, Field(ge=1, le=MOST_OF_ONE)]


@action(label="Add to the cart", audited=False)
def add(variant_id: int, /, *, by: Actor, quantity: Quantity = 1, token: str = "") -> None:
    """Put so many more of a variant into the cart.

    Refuses with 404 a variant that is not on show; with 409 `not_for_sale`, `own_goods`, `not_enough_stock` (saying what
    is free), `mixed_currency` where the cart has another currency, and `cart_full`.
    """
    cart = held(by, token)
    offer = offers([variant_id]).get(variant_id)
    if offer is None or not offer.is_shown:
        raise Missing()
    price = _price_of(offer)
    line = CartLine.objects.filter(cart=cart, variant_id=variant_id).first()
    if line is not None:
        _set(line, offer, line.quantity + quantity)
        return
    mine = own_vendors(cart.user_id, [offer.listing.vendor_id]) if cart.user_id is not None else []
    if mine:
        raise OwnGoods(vendor=mine[0])
    _refuse_other_currency(cart, price)
    _refuse_shortage(offer, quantity)
    line = CartLine(cart=cart, variant_id=variant_id, quantity=quantity)
    line.seen_price = price
    line.save(force_insert=True)


@action(label="Begin a cart", audited=False)
def begin(variant_id: int, /, *, by: Actor, quantity: Quantity = 1) -> str:
    """A guest's first thing: a new cart with it. Answers its token, which is told this once. Refuses as `add` does."""
    token = new_token()
    Cart(token_hash=hash_of(token)).save(force_insert=True)
    add(variant_id, by=by, quantity=quantity, token=token)
    return token


@action(label="Change the number", audited=False)
def change(line_id: int, /, *, by: Actor, quantity: Quantity, token: str = "") -> None:
    """Have so many of a line. Refuses with 404 a line that is not in one's cart, with 409 `not_for_sale`, `not_enough_stock`."""
    line = _own_line(held(by, token), line_id)
    offer = offers([line.variant_id])[line.variant_id]
    _price_of(offer)
    _set(line, offer, quantity)


@action(label="Remove", audited=False)
def remove(line_id: int, /, *, by: Actor, token: str = "") -> None:
    """Take a line out. Refuses with 404 a line that is not in one's cart."""
    _own_line(held(by, token), line_id).delete()


@action(label="Empty the cart", audited=False)
def clear(*, by: Actor, token: str = "") -> None:
    """Take everything out."""
    cart = held(by, token)
    CartLine.objects.filter(cart=cart).delete()
    CartCoupon.objects.filter(cart=cart).delete()


@action(label="Accept changes", audited=False)
def accept_changes(*, by: Actor, token: str = "") -> None:
    """Take the cart as the market is now: today's prices, no more than is left, nothing that is no longer sold, no coupon
    that takes nothing off.
    """
    cart = held(by, token)
    found = contents_for(by, token)
    for line in found.lines:
        row = CartLine.objects.filter(cart=cart, pk=line.key)
        if not line.counts:
            row.delete()
        elif line.notices:
            row.update(
                quantity=min(line.quantity, line.offer.free),
                seen_price_minor=line.price.amount,
                seen_price_currency=line.price.currency,
            )
    idle = [each.terms.key for each in found.coupons if each.notice is not None]
    if idle:
        CartCoupon.objects.filter(cart=cart, coupon__in=idle).delete()


@action(label="Use a coupon", audited=False)
def add_coupon(code: str, /, *, by: Actor, token: str = "") -> None:
    """Put a coupon to the cart; again does nothing.

    Refuses with 409 `coupon_unknown`, `coupon_ended`, `coupon_used_up`, `coupon_not_for_this_cart`, `coupon_minimum`,
    `coupon_not_combinable` beside another of the same vendor or of the market, and `too_many_coupons`.
    """
    cart, coupon = held(by, token), by_code(code)
    if coupon is None:
        raise CouponUnknown(coupon=code.strip().upper())
    there = list(CartCoupon.objects.filter(cart=cart).select_related("coupon"))
    if any(each.coupon_id == coupon.pk for each in there):
        return
    (carted,) = coupons_on(contents_for(by, token).lines, [coupon.pk], by.user_id)
    if carted.trouble is not None:
        raise carted.trouble
    beside = next((each.coupon for each in there if each.coupon.vendor_id == coupon.vendor_id), None)
    if beside is not None:
        raise CouponNotCombinable(coupon=coupon.code, other=beside.code)
    if len(there) >= MOST_COUPONS:
        raise TooManyCoupons(most=MOST_COUPONS)
    CartCoupon(cart=cart, coupon=coupon).save(force_insert=True)


@action(label="Take a coupon out", audited=False)
def remove_coupon(code: str, /, *, by: Actor, token: str = "") -> None:
    """Take a coupon out of the cart. Refuses with 404 one that is not in it."""
    row = CartCoupon.objects.filter(cart=held(by, token), coupon__code=code.strip().upper())
    if not row.delete()[0]:
        raise Missing()


@action(label="Merge carts", audited=False)
def merge(token: str, /, *, by: Actor) -> Merged:
    """Move what a guest put into a cart into one's own, where it is added up; the guest's cart ends. Answers what changed by it.

    Refuses with 401 whoever is not signed in, and `cart_token_unknown` a cart that has ended.
    """
    if by.user_id is None:
        raise Unauthenticated()
    guests = Cart.objects.filter(token_hash=hash_of(token))
    if not guests.update(changed_at=context.now()):
        raise CartTokenUnknown()
    mine = held(by)
    return merged(guests.get(), mine)


def take(by: Actor) -> tuple[int, Contents]:
    """Whose cart it is, and what is in it now, for an order: held until the transaction ends, so that it is ordered once."""
    if by.user_id is None:
        raise Unauthenticated()
    hold(by)
    return by.user_id, contents(by.user_id)


def empty(user_id: int, *, coupons: bool = True) -> None:
    """Take everything out of a user's cart that is held."""
    CartLine.objects.filter(cart__user_id=user_id).delete()
    if coupons:
        CartCoupon.objects.filter(cart__user_id=user_id).delete()


def contents_for(by: Actor, token: str = "") -> Contents:
    """What is in the cart of whoever acts, as the market is now."""
    whose = holder(by, token)
    return contents(whose.user_id) if whose.user_id is not None else contents_of_guest(whose.token_hash)


def held(by: Actor, token: str = "") -> Cart:
    """The actor's own cart, locked."""
    return Cart.objects.get(hold(by, token).cart)


def hold(by: Actor, token: str = "") -> Holder:
    """Lock the actor's own cart, made at need for a user, by the update that notes the change. Answers whose it is."""
    whose = holder(by, token)
    mine = Cart.objects.filter(whose.cart)
    if not mine.update(changed_at=context.now()):
        if whose.user_id is None:
            raise CartTokenUnknown()
        Cart.objects.bulk_create([Cart(user_id=whose.user_id)], ignore_conflicts=True)
        mine.update(changed_at=context.now())
    return whose


def _own_line(cart: Cart, line_id: int) -> CartLine:
    line = CartLine.objects.filter(cart=cart, pk=line_id).first()
    if line is None:
        raise Missing()
    return line


def _set(line: CartLine, offer: Offer, quantity: int) -> None:
    if quantity > MOST_OF_ONE:
        raise Invalid(errors=[FieldError("/quantity", "less_than_equal", f"At most {MOST_OF_ONE} of one thing.")])
    _refuse_shortage(offer, quantity)
    line.quantity = quantity
    line.save(update_fields=["quantity"])


def _price_of(offer: Offer) -> Money:
    if not offer.is_for_sale or offer.price is None:
        raise NotForSale()
    return offer.price


def _refuse_shortage(offer: Offer, quantity: int) -> None:
    if quantity > offer.free:
        raise NotEnoughStock(sku=offer.variant.sku, free=offer.free, wanted=quantity)


def _refuse_other_currency(cart: Cart, price: Money) -> None:
    """A cart has one currency, and room for so many lines."""
    lines = list(CartLine.objects.filter(cart=cart).values_list("seen_price_currency", flat=True))
    if len(lines) >= MOST_LINES:
        raise CartFull(most=MOST_LINES)
    other = next((each for each in lines if each != price.currency), None)
    if other is not None:
        raise MixedCurrency(one=other, other=price.currency)
