"""Two carts become one when a guest signs in: numbers are added up, and what cannot come along is told."""

from collections.abc import Iterator
from dataclasses import dataclass

from marketplace.carts.models import MOST_COUPONS, MOST_LINES, MOST_OF_ONE, Cart, CartCoupon, CartLine
from marketplace.carts.queries import Notice, own_vendors
from marketplace.catalog.queries import Offer, offers

MERGED_LESS, NOT_MERGED = "merged_less", "not_merged"


@dataclass(frozen=True)
class Merged:
    """What is not as it was in either cart."""

    notices: tuple[Notice, ...]


def merged(guest: Cart, mine: Cart) -> Merged:
    """Move everything from the one into the other; both are held. Nothing of one's own becomes less by it."""
    assert mine.user_id is not None
    lines = list(CartLine.objects.filter(cart=guest).order_by("pk"))
    found = offers(line.variant_id for line in lines)
    working = own_vendors(mine.user_id, (each.listing.vendor_id for each in found.values()))
    there = {line.variant_id: line for line in CartLine.objects.filter(cart=mine)}
    said = list(_moved(lines, found, there, mine, working))
    _move_coupons(guest, mine)
    guest.delete()
    return Merged(tuple(said))


def _moved(
    lines: list[CartLine], found: dict[int, Offer], there: dict[int, CartLine], mine: Cart, working: list[str]
) -> Iterator[Notice]:
    currency = next((line.seen_price.currency for line in there.values()), "")
    for line in lines:
        offer, own = found[line.variant_id], there.get(line.variant_id)
        title = f"{offer.listing.title}, {offer.variant.title}"
        why = _why_not(offer, line, own, len(there), currency, working)
        if why:
            yield Notice(NOT_MERGED, f"{title} did not come along: {why}.")
            continue
        before = own.quantity if own is not None else 0
        wanted = before + line.quantity
        number = min(wanted, MOST_OF_ONE, max(offer.free, before))
        row = own or line
        row.cart, row.quantity = mine, number
        row.save(update_fields=["cart", "quantity"])
        there[line.variant_id], currency = row, currency or row.seen_price.currency
        if number < wanted:
            yield Notice(MERGED_LESS, f"Of {title} there are {number} in the cart, not {wanted}.", row.pk)


def _why_not(offer: Offer, line: CartLine, own: CartLine | None, count: int, currency: str, working: list[str]) -> str:
    if not offer.is_for_sale:
        return "it is no longer sold"
    if own is not None:
        return ""
    if offer.listing.vendor.name in working:
        return f"you work for {offer.listing.vendor.name}"
    if not offer.free:
        return "it is sold out"
    if currency and line.seen_price.currency != currency:
        return f"it is priced in {line.seen_price.currency}, the rest of the cart in {currency}"
    return f"a cart holds at most {MOST_LINES} different things" if count >= MOST_LINES else ""


def _move_coupons(guest: Cart, mine: Cart) -> None:
    """A coupon comes along where one's own cart has none of the same vendor, or of the market."""
    there = {each.coupon.vendor_id for each in CartCoupon.objects.filter(cart=mine).select_related("coupon")}
    for each in CartCoupon.objects.filter(cart=guest).select_related("coupon").order_by("pk"):
        if each.coupon.vendor_id not in there and len(there) < MOST_COUPONS:
            there.add(each.coupon.vendor_id)
            each.cart = mine
            each.save(update_fields=["cart"])
