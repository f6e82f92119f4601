"""One's own cart: every answer is the whole cart, compared with the market at this moment."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Schema
from pydantic import ConfigDict, Field

from api.auth import Bearer
from core.audiences import STOREFRONT
from core.resources import answers
from core.resources.api import nothing_asked
from core.resources.plans import plain
from core.resources.types import LARGEST_ID, Id, Money, whole
from marketplace.carts import actions
from marketplace.carts.models import MOST_LINES, MOST_OF_ONE
from marketplace.carts.queries import Contents, Line, Share, contents
from marketplace.catalog.shapes import Photo, first_photo

router = Router(tags=["Cart"], auth=Bearer(STOREFRONT))
LINE = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The line's id.")]
Quantity = whole(1, MOST_OF_ONE)
Count = whole(0, MOST_LINES * MOST_OF_ONE)
Sentence = Annotated[str, Field(max_length=400)]


class CartLineCreate(Schema):
    """What to put in, and how many more of it."""

    model_config = ConfigDict(extra="forbid")

    variant_id: Id  # type: ignore[valid-type]
    quantity: Quantity = 1  # type: ignore[valid-type]


class CartLinePatch(Schema):
    """How many it shall be."""

    model_config = ConfigDict(extra="forbid")

    quantity: Quantity  # type: ignore[valid-type]


class NoticeOut(Schema):
    """Something that changed since you saw a line; `POST /cart/accept` takes it as it is now."""

    model_config = ConfigDict(title="CartNotice")

    code: Literal["price_changed", "only_n_left", "sold_out", "no_longer_sold", "mixed_currency"]
    sentence: Sentence
    line: Id  # type: ignore[valid-type]


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
    total: Money


class CartSummaryOut(Schema):
    """How many things for how much; `total` is null while nothing can be bought."""

    model_config = ConfigDict(title="CartSummary")

    count: Count  # type: ignore[valid-type]
    total: Money | None
    has_notices: bool


class CartOut(Schema):
    """The whole cart."""

    model_config = ConfigDict(title="Cart")

    lines: list[CartLineOut] = Field(max_length=MOST_LINES)
    notices: list[NoticeOut] = Field(max_length=2 * MOST_LINES)
    shares: list[CartShareOut] = Field(max_length=MOST_LINES)
    count: Count  # type: ignore[valid-type]
    total: Money | None


def _shown(request: HttpRequest, *, status: int = 200) -> HttpResponse:
    return answers.answer(request, _cart(_own(request)), status=status)


def _own(request: HttpRequest) -> Contents:
    return contents(request.actor.user_id)  # type: ignore[attr-defined]


def _cart(found: Contents) -> dict[str, Any]:
    return {
        "lines": [_line(line) for line in found.lines],
        "notices": [vars(each) for each in found.notices],
        "shares": [_share(each) for each in found.shares],
        "count": found.count,
        "total": plain(found.total),
    }


def _line(line: Line) -> dict[str, Any]:
    listing = line.listing
    return {
        "id": line.key, "variant_id": line.offer.variant.pk, "listing_id": listing.pk, "listing_slug": listing.slug,
        "vendor_id": line.vendor.pk, "title": listing.title, "variant": line.offer.variant.title, "image": first_photo(listing),
        "unit_price": plain(line.price), "seen_price": plain(line.seen), "quantity": line.quantity,
        "free": line.offer.free, "total": plain(line.total), "counts": line.counts,
        "problems": [vars(each) for each in line.notices],
    }  # fmt: skip


def _share(share: Share) -> dict[str, Any]:
    return {
        "vendor_id": share.vendor.pk,
        "vendor_name": share.vendor.name,
        "count": sum(line.quantity for line in share.lines),
        "total": plain(share.total),
    }


@router.get("", response=CartOut, operation_id="getCart", summary="Read the cart")
def read(request: HttpRequest) -> HttpResponse:
    """Prices, stock and what is sold at this moment; `notices` say what changed since you saw it. Changes nothing."""
    nothing_asked(request)
    return _shown(request)


@router.get("/summary", response=CartSummaryOut, operation_id="getCartSummary", summary="Read the cart's sums")
def summary(request: HttpRequest) -> HttpResponse:
    """How many things for how much, for the corner of a page."""
    nothing_asked(request)
    found = _own(request)
    body = {"count": found.count, "total": plain(found.total), "has_notices": bool(found.notices)}
    return answers.answer(request, body)


@router.delete("", response=CartOut, operation_id="clearCart", summary="Empty the cart")
def clear(request: HttpRequest) -> HttpResponse:
    """Take everything out."""
    nothing_asked(request)
    actions.clear(by=request.actor)  # type: ignore[attr-defined]
    return _shown(request)


@router.post("/lines", response={201: CartOut}, operation_id="addCartLine", summary="Put something into the cart")
def add(request: HttpRequest, body: CartLineCreate) -> HttpResponse:
    """Put so many more of a variant in.

    Refuses with 404 a variant that is not on show; with 409 `not_for_sale`, `own_goods`, `not_enough_stock` (saying what is
    free), `mixed_currency` and `cart_full`.
    """
    nothing_asked(request)
    actions.add(body.variant_id, by=request.actor, quantity=body.quantity)  # type: ignore[attr-defined]
    return _shown(request, status=201)


@router.patch("/lines/{line_id}", response=CartOut, operation_id="updateCartLine", summary="Change how many")
def change(request: HttpRequest, line_id: LINE, body: CartLinePatch) -> HttpResponse:
    """Have so many of a line. Refuses with 404 a line that is not in your cart, with 409 `not_enough_stock`, `not_for_sale`."""
    nothing_asked(request)
    actions.change(line_id, by=request.actor, quantity=body.quantity)  # type: ignore[attr-defined]
    return _shown(request)


@router.delete("/lines/{line_id}", response=CartOut, operation_id="removeCartLine", summary="Take a line out")
def remove(request: HttpRequest, line_id: LINE) -> HttpResponse:
    """Take a line out. Refuses with 404 a line that is not in your cart."""
    nothing_asked(request)
    actions.remove(line_id, by=request.actor)  # type: ignore[attr-defined]
    return _shown(request)


@router.post("/accept", response=CartOut, operation_id="acceptCart", summary="Accept what changed")
def accept(request: HttpRequest) -> HttpResponse:
    """Take the cart as it is now: today's prices, no more than is left, nothing that is no longer sold."""
    nothing_asked(request)
    actions.accept_changes(by=request.actor)  # type: ignore[attr-defined]
    return _shown(request)
