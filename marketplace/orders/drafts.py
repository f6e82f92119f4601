"""A draft order as the market is now: its lines with today's prices, what changed, and what it would cost."""

from typing import Annotated, Any

from django.core.files.storage import default_storage
from pydantic import BaseModel, ConfigDict, Field

from core.money import Money as Amount
from core.resources.plans import plain
from core.resources.types import Id, Money, text, whole
from marketplace.carts.models import MOST_LINES, MOST_OF_ONE
from marketplace.carts.queries import Contents, Line, coupons_on, lines_of
from marketplace.carts.quoting import priced_by, quote
from marketplace.carts.sending import place_of
from marketplace.orders.models import DraftOrder, DraftOrderLine
from marketplace.shipping.errors import ShippingUnavailable

#: What goes from a draft to its order.
SENT_TO = ("recipient", "phone", "street", "town", "province", "postal_code", "country", "note")


class DraftedLine(BaseModel):
    """One line of a draft, at today's price."""

    model_config = ConfigDict(extra="forbid", title="DraftedLine")

    line: Id  # type: ignore[valid-type]
    variant_id: Id  # type: ignore[valid-type]
    title: text(120)  # type: ignore[valid-type]
    variant: text(80)  # type: ignore[valid-type]
    vendor_name: text(80)  # type: ignore[valid-type]
    quantity: whole(1, MOST_OF_ONE)  # type: ignore[valid-type]
    unit_price: Money
    total: Money
    counts: bool = Field(description="Is it in the sums? What cannot be bought is not.")


class Offer(BaseModel):
    """What a draft comes to now. `notices` say what changed since it was seen; it is not placed before that is accepted."""

    model_config = ConfigDict(extra="forbid", title="DraftOffer")

    lines: Annotated[list[DraftedLine], Field(max_length=MOST_LINES)]
    notices: Annotated[list[text(400)], Field(max_length=3 * MOST_LINES)]  # type: ignore[valid-type]
    discount: Money | None
    total: Money | None


def contents(draft: DraftOrder) -> Contents:
    """What is in a draft, read as a cart is."""
    lines = lines_of(list(DraftOrderLine.objects.filter(draft=draft).order_by("pk")))
    keys = [draft.coupon_id] if draft.coupon_id is not None else []
    return Contents(tuple(lines), coupons_on(lines, keys, draft.customer_id) if keys and lines else ())


def costs(draft: DraftOrder, found: Contents) -> tuple[Amount | None, Amount | None]:
    """What is taken off, and what is left to pay: with shipping and tax once it is said where it goes, if it can be sent there."""
    if not draft.town:
        bought = priced_by(found)
    else:
        try:
            bought = quote(found, to=place_of({name: getattr(draft, name) for name in SENT_TO}))
        except ShippingUnavailable:
            bought = priced_by(found)
    return bought.discount, bought.total


def offer(draft: DraftOrder) -> dict[str, Any] | None:
    """A draft as it would be placed now; nothing once it is placed or dropped."""
    if draft.state != "draft":
        return None
    found = contents(draft)
    discount, total = costs(draft, found)
    return {
        "lines": [
            {
                "line": each.key, "variant_id": each.offer.variant.pk, "title": each.listing.title,
                "variant": each.offer.variant.title, "vendor_name": each.vendor.name, "quantity": each.quantity,
                "unit_price": plain(each.price), "total": plain(each.total), "counts": each.counts,
            }
            for each in found.lines
        ],
        "notices": [each.sentence for each in found.notices],
        "discount": plain(discount),
        "total": plain(total),
    }  # fmt: skip


def page(draft: DraftOrder) -> dict[str, Any] | None:
    """The same for a screen; nothing once it is placed or dropped."""
    if draft.state != "draft":
        return None
    found = contents(draft)
    discount, total = costs(draft, found)
    return {
        "customer": str(draft.customer), "coupon": draft.coupon, "total": total, "notices": [each.sentence for each in found.notices],
        "discount": discount if discount is not None and discount.amount else None,
        "lines": [
            {
                "title": each.listing.title, "variant": each.offer.variant.title, "vendor": each.vendor.name, "total": each.total,
                "quantity": each.quantity, "price": each.price, "counts": each.counts, "image": _picture(each),
            }
            for each in found.lines
        ],
    }  # fmt: skip


def _picture(line: Line) -> str:
    gallery: Any = line.listing.cached_gallery
    renditions = gallery[0]["renditions"] if gallery else []
    return default_storage.url(renditions[0]["webp"]) if renditions else ""
