"""What a buyer does to the cart. It is always the cart of whoever acts: no key of a cart is ever asked for."""

from typing import Annotated

from pydantic import Field

from core import context
from core.actions import action
from core.errors import FieldError, Invalid, Missing, Unauthenticated
from core.money import MixedCurrency, Money
from core.rules import Actor
from marketplace.carts.errors import CartFull, NotForSale, OwnGoods
from marketplace.carts.models import MOST_LINES, MOST_OF_ONE, Cart, CartLine
from marketplace.carts.queries import Contents, contents, own_vendors
from marketplace.catalog.errors import NotEnoughStock
from marketplace.catalog.queries import Offer, offers

Quantity = Annotated[int, Field(ge=1, le=MOST_OF_ONE)]


@action(label="Add to the cart", audited=False)
def add(variant_id: int, /, *, by: Actor, quantity: Quantity = 1) -> None:
    """Put so many more of a variant into the cart.

    Refuses with 404 a variant that is not on show; with 409 `not_for_sale`, `own_goods`, `not_enough_stock` (saying what
    is free), `mixed_currency` where the cart has another currency, and `cart_full`.
    """
    cart = held(by)
    offer = offers([variant_id]).get(variant_id)
    if offer is None or not offer.is_shown:
        raise Missing()
    price = _price_of(offer)
    line = CartLine.objects.filter(cart=cart, variant_id=variant_id).first()
    if line is not None:
        _set(line, offer, line.quantity + quantity)
        return
    mine = own_vendors(cart.user_id, [offer.listing.vendor_id])
    if mine:
        raise OwnGoods(vendor=mine[0])
    _refuse_other_currency(cart, price)
    _refuse_shortage(offer, quantity)
    line = CartLine(cart=cart, variant_id=variant_id, quantity=quantity)
    line.seen_price = price
    line.save(force_insert=True)


@action(label="Change the number", audited=False)
def change(line_id: int, /, *, by: Actor, quantity: Quantity) -> None:
    """Have so many of a line. Refuses with 404 a line that is not in one's cart, with 409 `not_for_sale`, `not_enough_stock`."""
    line = _own_line(held(by), line_id)
    offer = offers([line.variant_id])[line.variant_id]
    _price_of(offer)
    _set(line, offer, quantity)


@action(label="Remove", audited=False)
def remove(line_id: int, /, *, by: Actor) -> None:
    """Take a line out. Refuses with 404 a line that is not in one's cart."""
    _own_line(held(by), line_id).delete()


@action(label="Empty the cart", audited=False)
def clear(*, by: Actor) -> None:
    """Take everything out."""
    empty(hold(by))


@action(label="Accept changes", audited=False)
def accept_changes(*, by: Actor) -> None:
    """Take the cart as the market is now: today's prices, no more than is left, nothing that is no longer sold."""
    cart = held(by)
    for line in contents(cart.user_id).lines:
        row = CartLine.objects.filter(cart=cart, pk=line.key)
        if not line.counts:
            row.delete()
        elif line.notices:
            row.update(
                quantity=min(line.quantity, line.offer.free),
                seen_price_minor=line.price.amount,
                seen_price_currency=line.price.currency,
            )


def take(by: Actor) -> tuple[int, Contents]:
    """Whose cart it is, and what is in it now, for an order: held until the transaction ends, so that it is ordered once."""
    user_id = hold(by)
    return user_id, contents(user_id)


def empty(user_id: int) -> None:
    """Take everything out of a user's cart that is held."""
    CartLine.objects.filter(cart__user_id=user_id).delete()


def held(by: Actor) -> Cart:
    """The actor's own cart, locked."""
    return Cart.objects.get(user_id=hold(by))


def hold(by: Actor) -> int:
    """Lock the actor's own cart, made at need, by the update that notes the change. Answers whose it is."""
    if by.user_id is None:
        raise Unauthenticated()
    mine = Cart.objects.filter(user_id=by.user_id)
    if not mine.update(changed_at=context.now()):
        Cart.objects.bulk_create([Cart(user_id=by.user_id)], ignore_conflicts=True)
        mine.update(changed_at=context.now())
    return by.user_id


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
