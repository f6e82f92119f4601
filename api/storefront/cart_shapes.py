"""The shapes of a cart's answers, and what they are made from."""

import re
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import ConfigDict, Field

from core.resources.plans import plain
from core.resources.types import Id, Money, text, whole
from marketplace.carts.bills import Bill, ShareBill
from marketplace.carts.discounts import by_coupon
from marketplace.carts.errors import CartTokenUnknown
from marketplace.carts.holders import LONGEST_TOKEN
from marketplace.carts.models import MOST_COUPONS, MOST_LINES, MOST_OF_ONE
from marketplace.carts.queries import Contents, Line, Notice
from marketplace.carts.quoting import priced_by
from marketplace.catalog.shapes import Photo, first_photo

TOKEN = "X-Cart-Token"
TOKEN_FORM = r"^[!-~]+$"
CART_TOKEN = {
    "name": TOKEN,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_TOKEN, "pattern": TOKEN_FORM},
    "description": "A guest's cart, by the `token` that its first line was answered with. Not read where you are signed in.",
}
Quantity = whole(1, MOST_OF_ONE)
Count = whole(0, MOST_LINES * MOST_OF_ONE)
Sentence = Annotated[str, Field(max_length=400)]


def token_of(request: HttpRequest) -> str:
    """The token that came with a request, or empty. Refuses with 401 `cart_token_unknown` what cannot be one."""
    sent = request.headers.get(TOKEN)
    if sent is None:
        return ""
    if len(sent) > LONGEST_TOKEN or not re.search(TOKEN_FORM, sent):
        raise CartTokenUnknown()
    return sent


class CartLineCreate(Schema):
    """What to put in, and how many more of it."""

    model_config = ConfigDict(extra="forbid")

    variant_id: Id  # type: ignore[valid-type]
    quantity: Quantity = 1  # type: ignore[valid-type]


class CartLinePatch(Schema):
    """How many it shall be."""

    model_config = ConfigDict(extra="forbid")

    quantity: Quantity  # type: ignore[valid-type]


class CartCouponCreate(Schema):
    """A coupon's code, in any case."""

    model_config = ConfigDict(extra="forbid")

    code: text(64, 1)  # type: ignore[valid-type]


class NoticeOut(Schema):
    """Something that changed since you saw a line, or put in a coupon; `POST /cart/accept` takes it as it is now."""

    model_config = ConfigDict(title="CartNotice")

    code: Literal[
        "price_changed", "only_n_left", "sold_out", "no_longer_sold", "mixed_currency", "merged_less", "not_merged",
        "coupon_unknown", "coupon_ended", "coupon_used_up", "coupon_not_for_this_cart", "coupon_minimum",
    ]  # fmt: skip
    sentence: Sentence
    line: Id | None  # type: ignore[valid-type]
    coupon: text(32) = Field(description="The code of the coupon that it is about, or empty.")  # type: ignore[valid-type]


class CartLineOut(Schema):
    """One line, at today's price."""

    model_config = ConfigDict(title="CartLine")

    id: Id  # type: ignore[valid-type]
    variant_id: Id  # type: ignore[valid-type]
    listing_id: Id  # type: ignore[valid-type]
    listing_slug: str = Field(max_length=80)
    vendor_id: Id  # type: ignore[valid-type]
    title: str = Field(max_length=120)
    variant: str = Field(max_length=80)
    image: Photo | None
    unit_price: Money
    seen_price: Money = Field(description="What it cost when you put it in, or accepted changes.")
    quantity: Quantity  # type: ignore[valid-type]
    free: whole(0, 2**31 - 1) = Field(description="How many can be had now.")  # type: ignore[valid-type]
    total: Money
    counts: bool = Field(description="Is it in the sums? What cannot be bought is not.")
    problems: list[NoticeOut] = Field(max_length=5)


class CartShareOut(Schema):
    """What one vendor's things cost together."""

    model_config = ConfigDict(title="CartShare")

    vendor_id: Id  # type: ignore[valid-type]
    vendor_name: str = Field(max_length=80)
    count: Count  # type: ignore[valid-type]
    goods: Money
    discount: Money
    total: Money


class CartCouponOut(Schema):
    """A coupon in the cart and what it takes off; nothing where a notice says why."""

    model_config = ConfigDict(title="CartCoupon")

    code: text(32)  # type: ignore[valid-type]
    kind: Literal["percent", "amount", "free_shipping"]
    vendor_id: Id | None = Field(description="For goods of this vendor alone.")  # type: ignore[valid-type]
    discount: Money | None


class CartSummaryOut(Schema):
    """How many things for how much; amounts are null while nothing can be bought."""

    model_config = ConfigDict(title="CartSummary")

    count: Count  # type: ignore[valid-type]
    discount: Money | None
    total: Money | None
    has_notices: bool


class CartOut(Schema):
    """The whole cart."""

    model_config = ConfigDict(title="Cart")

    lines: list[CartLineOut] = Field(max_length=MOST_LINES)
    notices: list[NoticeOut] = Field(max_length=3 * MOST_LINES + MOST_COUPONS)
    shares: list[CartShareOut] = Field(max_length=MOST_LINES)
    coupons: list[CartCouponOut] = Field(max_length=MOST_COUPONS)
    count: Count  # type: ignore[valid-type]
    discount: Money | None
    total: Money | None = Field(description="What it costs now, less what coupons take off.")
    token: text(LONGEST_TOKEN) | None = Field(  # type: ignore[valid-type]
        description=f"Of a guest's new cart: send it as {TOKEN} from now on. Told this once; null at all other times."
    )


def billed(found: Contents) -> Bill:
    return priced_by(found)


def whole_cart(found: Contents, merged: tuple[Notice, ...]) -> dict[str, Any]:
    bought = billed(found)
    off = {terms.key: money for terms, money in by_coupon(bought, found.terms)} if bought.shares else {}
    return {
        "lines": [_line(line) for line in found.lines],
        "notices": [vars(each) for each in (*merged, *found.notices)],
        "shares": [_share(each) for each in bought.shares],
        "coupons": [
            {
                "code": each.terms.code, "kind": each.terms.kind, "vendor_id": each.terms.vendor,
                "discount": plain(off.get(each.terms.key)),
            }
            for each in found.coupons
        ],
        "count": found.count,
        "discount": plain(bought.discount),
        "total": plain(bought.total),
    }  # fmt: skip


def _line(line: Line) -> dict[str, Any]:
    listing = line.listing
    return {
        "id": line.key, "variant_id": line.offer.variant.pk, "listing_id": listing.pk, "listing_slug": listing.slug,
        "vendor_id": line.vendor.pk, "title": listing.title, "variant": line.offer.variant.title, "image": first_photo(listing),
        "unit_price": plain(line.price), "seen_price": plain(line.seen), "quantity": line.quantity,
        "free": line.offer.free, "total": plain(line.total), "counts": line.counts,
        "problems": [vars(each) for each in line.notices],
    }  # fmt: skip


def _share(of: ShareBill) -> dict[str, Any]:
    vendor, lines = of.share.vendor, of.share.lines
    return {
        "vendor_id": vendor.pk, "vendor_name": vendor.name, "count": sum(line.quantity for line in lines),
        "goods": plain(of.goods), "discount": plain(of.discount), "total": plain(of.total),
    }  # fmt: skip
