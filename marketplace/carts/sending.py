"""The step of a bill that says how each vendor's share is sent, and what that costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.errors import FieldError, Invalid
from marketplace.accounts.places import settled
from marketplace.carts.bills import Bill, ShareBill
from marketplace.shipping.carriers import Parcel, Place
from marketplace.shipping.errors import ShippingUnavailable
from marketplace.shipping.models import ShippingMethod
from marketplace.shipping.queries import Choice, Way, choices
from marketplace.shipping.rating import Load

PICKUP = ShippingMethod.Kind.PICKUP


@dataclass(frozen=True)
class Wish:
    """The method that a buyer chose for what one vendor sends."""

    vendor_id: int
    method_id: int


def place_of(where: Mapping[str, str]) -> Place:
    """Where somebody wants it sent. Refuses with 422 a state or a postal code that is none of its country's."""
    at = settled(where)
    return Place(at["country"], at["town"], province=at["province"], postal_code=at["postal_code"])


def load_of(share: ShareBill) -> Load:
    """How heavy a share is, and what is paid for its goods."""
    grams = sum(each.line.offer.variant.weight_grams * each.line.quantity for each in share.lines)
    taken_off = share.discount - share.shipping_discount
    return Load(grams, share.goods - taken_off)


def parcel_of(share: ShareBill, to: Place) -> Parcel:
    """A share as a carrier is asked about it."""
    load, vendor = load_of(share), share.share.vendor
    return Parcel(load.grams, load.value, Place(vendor.country, vendor.city), to)


def with_shipping(bill: Bill, ways: Mapping[int, Sequence[Way]], *, to: Place, wishes: Sequence[Wish] = ()) -> Bill:
    """The bill with what sending costs: by the method that was wished for, or else the cheapest; collecting is never guessed,
    unless there is nothing else.

    Refuses with 409 `shipping_unavailable` a vendor whose methods do not reach the place; with 422, at its field, a wish for a
    vendor who is not in the cart, for one twice, or for a method that is not offered.
    """
    wished = _by_vendor(bill, wishes)
    return Bill(tuple(_sent(share, ways[share.share.vendor.pk], to, wished) for share in bill.shares))


def _sent(share: ShareBill, ways: Sequence[Way], to: Place, wished: Mapping[int, tuple[int, int]]) -> ShareBill:
    vendor = share.share.vendor
    known = [way for way in ways if way.method.price.currency == share.goods.currency]
    offered = choices(known, load_of(share), parcel_of(share, to))
    if known and not offered:
        raise ShippingUnavailable(vendor=vendor.name, place=to.town or to.country)
    chosen = next((each for each in offered if each.method.kind != PICKUP), offered[0] if offered else None)
    if vendor.pk in wished:
        number, method_id = wished[vendor.pk]
        chosen = next((each for each in offered if each.method.pk == method_id), None)
        if chosen is None:
            raise _refused(number, "method_id", "unknown", "This vendor does not send it so.")
    if chosen is None:
        return share
    return replace(share, shipping=chosen.price, sent_by=chosen, choices=offered)


def _by_vendor(bill: Bill, wishes: Sequence[Wish]) -> dict[int, tuple[int, int]]:
    """For each vendor, which of the wishes is its own, and the method."""
    vendors = {share.share.vendor.pk for share in bill.shares}
    found: dict[int, tuple[int, int]] = {}
    for number, wish in enumerate(wishes):
        if wish.vendor_id not in vendors:
            raise _refused(number, "vendor_id", "unknown", "Nothing in the cart is this vendor's.")
        if wish.vendor_id in found:
            raise _refused(number, "vendor_id", "duplicate", "Choose one method for each vendor.")
        found[wish.vendor_id] = number, wish.method_id
    return found


def _refused(number: int, field: str, code: str, sentence: str) -> Invalid:
    return Invalid(errors=[FieldError(f"/shipping/{number}/{field}", code, sentence)])


__all__ = ["Choice", "Wish", "load_of", "parcel_of", "with_shipping"]
