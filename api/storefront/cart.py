"""One's own cart, or a guest's by its token: every answer is the whole cart, compared with the market at this moment."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router

from api.auth import Bearer, Visitor
from api.storefront.cart_shapes import (
    CART_TOKEN,
    TOKEN,
    CartCouponCreate,
    CartLineCreate,
    CartLinePatch,
    CartOut,
    CartSummaryOut,
    billed,
    token_of,
    whole_cart,
)
from core.audiences import STOREFRONT
from core.limits import check, who_asks
from core.resources import answers
from core.resources.api import nothing_asked
from core.resources.plans import plain
from core.resources.types import LARGEST_ID
from marketplace.carts import actions
from marketplace.carts.queries import Notice

router = Router(tags=["Cart"], auth=Visitor(STOREFRONT))
GUESTS = {"parameters": [CART_TOKEN]}
CODE = Annotated[
    str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9-]+$", description="The coupon's code, in any case.")
]
LINE = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The line's id.")]


def _shown(
    request: HttpRequest, *, status: int = 200, token: str = "", merged: tuple[Notice, ...] = ()
) -> HttpResponse:
    body = whole_cart(actions.contents_for(request.actor, token or token_of(request)), merged)  # type: ignore[attr-defined]
    return private(answers.answer(request, {**body, "token": token or None}, status=status))


def private(response: HttpResponse) -> HttpResponse:
    """A cart is nobody else's: no cache keeps it, with a sign-in or with a guest's token."""
    response["Cache-Control"] = "private, no-store"
    response["Vary"] = f"Authorization, {TOKEN}"
    return response


def _who(request: HttpRequest) -> dict[str, Any]:
    """Whose cart it is, for the verbs."""
    return {"by": request.actor, "token": token_of(request)}  # type: ignore[attr-defined]


@router.get("", response=CartOut, operation_id="getCart", summary="Read the cart", openapi_extra=GUESTS)
def read(request: HttpRequest) -> HttpResponse:
    """Prices, stock and what is sold at this moment; `notices` say what changed since you saw it. Changes nothing."""
    nothing_asked(request)
    return _shown(request)


@router.get(
    "/summary",
    response=CartSummaryOut,
    operation_id="getCartSummary",
    summary="Read the cart's sums",
    openapi_extra=GUESTS,
)
def summary(request: HttpRequest) -> HttpResponse:
    """How many things for how much, for the corner of a page."""
    nothing_asked(request)
    found = actions.contents_for(**_who(request))
    bought = billed(found)
    body = {
        "count": found.count, "discount": plain(bought.discount), "total": plain(bought.total),
        "has_notices": bool(found.notices),
    }  # fmt: skip
    return private(answers.answer(request, body))


@router.delete("", response=CartOut, operation_id="clearCart", summary="Empty the cart", openapi_extra=GUESTS)
def clear(request: HttpRequest) -> HttpResponse:
    """Take everything out."""
    nothing_asked(request)
    actions.clear(**_who(request))
    return _shown(request)


@router.post(
    "/lines",
    response={201: CartOut},
    operation_id="addCartLine",
    summary="Put something into the cart",
    openapi_extra=GUESTS,
)
def add(request: HttpRequest, body: CartLineCreate) -> HttpResponse:
    """Put so many more of a variant in. Who is neither signed in nor sends a token begins a guest's cart: keep its `token`.

    Refuses with 404 a variant that is not on show; with 409 `not_for_sale`, `own_goods`, `not_enough_stock` (saying what is
    free), `mixed_currency` and `cart_full`.
    """
    nothing_asked(request)
    who = _who(request)
    if not (who["by"].is_signed_in or who["token"]):
        token = actions.begin(body.variant_id, by=who["by"], quantity=body.quantity)
        return _shown(request, status=201, token=token)
    actions.add(body.variant_id, quantity=body.quantity, **who)
    return _shown(request, status=201)


@router.patch(
    "/lines/{line_id}", response=CartOut, operation_id="updateCartLine", summary="Change how many", openapi_extra=GUESTS
)
def change(request: HttpRequest, line_id: LINE, body: CartLinePatch) -> HttpResponse:
    """Have so many of a line. Refuses with 404 a line that is not in your cart, with 409 `not_enough_stock`, `not_for_sale`."""
    nothing_asked(request)
    actions.change(line_id, quantity=body.quantity, **_who(request))
    return _shown(request)


@router.delete(
    "/lines/{line_id}", response=CartOut, operation_id="removeCartLine", summary="Take a line out", openapi_extra=GUESTS
)
def remove(request: HttpRequest, line_id: LINE) -> HttpResponse:
    """Take a line out. Refuses with 404 a line that is not in your cart."""
    nothing_asked(request)
    actions.remove(line_id, **_who(request))
    return _shown(request)


@router.post(
    "/accept", response=CartOut, operation_id="acceptCart", summary="Accept what changed", openapi_extra=GUESTS
)
def accept(request: HttpRequest) -> HttpResponse:
    """Take the cart as it is now: today's prices, no more than is left, nothing that is no longer sold, and no
    coupon that takes nothing off.
    """
    nothing_asked(request)
    actions.accept_changes(**_who(request))
    return _shown(request)


@router.post(
    "/coupons", response={201: CartOut}, operation_id="addCartCoupon", summary="Use a coupon", openapi_extra=GUESTS
)
def add_coupon(request: HttpRequest, body: CartCouponCreate) -> HttpResponse:
    """Put a coupon to the cart. It is used when you order; until then it may be used up by others.

    Refuses with 409 `coupon_unknown`, `coupon_ended`, `coupon_used_up`, `coupon_not_for_this_cart`, `coupon_minimum`,
    `coupon_not_combinable` and `too_many_coupons`; with 429 whoever tries too many codes.
    """
    nothing_asked(request)
    check("coupon", who_asks(request))
    actions.add_coupon(body.code, **_who(request))
    return _shown(request, status=201)


@router.delete(
    "/coupons/{code}",
    response=CartOut,
    operation_id="removeCartCoupon",
    summary="Take a coupon out",
    openapi_extra=GUESTS,
)
def remove_coupon(request: HttpRequest, code: CODE) -> HttpResponse:
    """Take a coupon out. Refuses with 404 one that is not in your cart."""
    nothing_asked(request)
    actions.remove_coupon(code, **_who(request))
    return _shown(request)


@router.post(
    "/merge", response=CartOut, operation_id="mergeCart", summary="Take a guest's cart along", auth=Bearer(STOREFRONT),
    openapi_extra={"parameters": [{**CART_TOKEN, "required": True, "description": "The guest's cart, which ends."}]},
)  # fmt: skip
def merge(request: HttpRequest) -> HttpResponse:
    """After signing in: move a guest's cart into your own. Numbers are added up, to no more than can be had; `notices` say first
    what came along with less, or not at all. Refuses with 401 `cart_token_unknown` a cart that has ended.
    """
    nothing_asked(request)
    done = actions.merge(token_of(request), by=request.actor)  # type: ignore[attr-defined]
    return _shown(request, merged=done.notices)
