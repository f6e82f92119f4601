"""Ordering what is in the cart; everything else about orders is generated."""

import functools
from collections.abc import Callable
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Path, Router, Schema
from pydantic import ConfigDict, Field

from api import papers, tracking
from api.auth import Bearer
from api.deliveries import JPEG
from api.storefront.quotes import ShippingWish, wishes_of
from core import references
from core.audiences import STOREFRONT
from core.idempotency import idempotent
from core.limits import check, who_asks
from core.money import LARGEST
from core.resources import reading, schemas
from core.resources.api import IDEMPOTENCY_KEY, KEY, REFERENCE, nothing_asked
from core.resources.identity import SentReference, id_of
from core.resources.types import Id, Money, text, whole
from core.rules import Actor
from marketplace.accounts.addresses import SENT_TO, destination
from marketplace.carts import flows
from marketplace.carts.actions import contents_for
from marketplace.carts.models import MOST_LINES
from marketplace.carts.sending import place_of
from marketplace.orders import actions, files, states
from marketplace.orders.back_resources import Disputes, Returns
from marketplace.orders.pieces import SomePieces
from marketplace.orders.resources import Orders

router = papers.of_orders(tracking.of_orders(Router(tags=["Orders"])))
KEYED = {"parameters": [{**IDEMPOTENCY_KEY, "required": True}]}


class OrderCreate(Schema):
    """Where the things in your cart shall go: one of your addresses, or recipient, phone, street and town.

    `expected_total`: what you were shown; another price is refused.
    """

    model_config = ConfigDict(extra="forbid")

    address_id: Id | None = Field(default=None, description="One of `GET /addresses`; then send no other place.")  # type: ignore[valid-type]
    recipient: text(120, 2) | None = Field(default=None, description="Whom it is for.")  # type: ignore[valid-type]
    phone: text(40, 3) | None = Field(  # type: ignore[valid-type]
        default=None, description="With its country code, or as dialled here."
    )
    street: text(200, 1) | None = None  # type: ignore[valid-type]
    town: text(80, 1) | None = None  # type: ignore[valid-type]
    province: text(80) | None = Field(default=None, description="A state or province, by name or code.")  # type: ignore[valid-type]
    postal_code: text(16) | None = None  # type: ignore[valid-type]
    country: Annotated[str, Field(min_length=2, max_length=2, pattern=r"^[A-Z]{2}$")] | None = Field(
        default=None, description=f"Unless said, {settings.DEFAULT_COUNTRY}."
    )
    note: text(500) | None = Field(default=None, description="For whoever delivers.")  # type: ignore[valid-type]
    expected_total: Money | None = None
    shipping: Annotated[list[ShippingWish], Field(max_length=MOST_LINES)] = Field(
        default=[], description="How each vendor shall send; the cheapest way where nothing is said."
    )


def _where(body: OrderCreate, by: Actor) -> dict[str, str]:
    said = {name: value for name in SENT_TO if (value := getattr(body, name)) is not None}
    return destination(said, by=by, address_id=body.address_id, needs=("recipient", "phone", "street", "town"))


def after_asking(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Carriers and tax providers are asked before anything is begun: the view itself is one transaction."""

    @functools.wraps(view)
    def asked(request: HttpRequest, body: OrderCreate) -> HttpResponse:
        if flows.asks_anybody():
            by: Actor = request.actor  # type: ignore[attr-defined]
            where = _where(body, by)
            found = contents_for(by)
            flows.ask_around(found, to=place_of(where), wishes=wishes_of(body.shipping))
        return view(request, body)

    return asked


@router.post(
    "", response={201: schemas.full(Orders, STOREFRONT)}, operation_id="placeOrder", summary="Order what is in the cart",
    auth=Bearer(STOREFRONT), openapi_extra=KEYED,
)  # fmt: skip
@after_asking
@idempotent(required=True)
def place(request: HttpRequest, body: OrderCreate) -> HttpResponse:
    """Order everything in the cart, at the prices that you saw; the goods are kept for you until `expires_at`. Pay with
    `POST /payments`.

    Refuses with 409 `cart_empty`; `cart_changed`, saying what changed; `not_enough_stock`, saying what is free;
    `mixed_currency`; `own_goods`; `coupon_used_up`; `shipping_unavailable`, naming the vendor; `too_many_unpaid`, where too many of
    your orders wait for their money; with 422 at its field a method that is not offered. The same Idempotency-Key gets the same order.
    """
    nothing_asked(request)
    check("checkout", who_asks(request))
    said: dict[str, Any] = {**_where(body, request.actor), "shipping": wishes_of(body.shipping)}  # type: ignore[attr-defined]
    expected = body.expected_total.counted() if body.expected_total else None
    order = actions.place_order(by=request.actor, expected_total=expected, **said)  # type: ignore[attr-defined]
    response = reading.made(Orders, request, order)
    response["Location"] = f"{request.path}/{id_of(order)}"
    return response


class ReturnCreate(Schema):
    """What you want to send back, and why."""

    model_config = ConfigDict(extra="forbid")

    lines: Annotated[list[SomePieces], Field(min_length=1, max_length=MOST_LINES)]
    why: Literal[states.RETURN_REASONS]  # type: ignore[valid-type]
    note: text(500) = Field(default="", description="In your own words.")  # type: ignore[valid-type]


class DisputeCreate(Schema):
    """What is wrong with one vendor's part of your order, and what you want."""

    model_config = ConfigDict(extra="forbid")

    share: SentReference = Field(description="The vendor's part, one of the order's `shares`.")
    why: Literal[states.DISPUTE_REASONS]  # type: ignore[valid-type]
    text: text(2000, 3)  # type: ignore[valid-type]
    wanted: Literal["refund", "part", "goods"] = "refund"
    amount_minor: whole(1, LARGEST) | None = Field(default=None, description="Unless said, all that is left of it.")  # type: ignore[valid-type]


@router.post(
    "/{order_id}/returns", response={201: schemas.full(Returns, STOREFRONT)}, operation_id="askReturn",
    summary="Ask to send something back", auth=Bearer(STOREFRONT), openapi_extra=KEYED,
)  # fmt: skip
@idempotent(required=True)
def ask_return(request: HttpRequest, order_id: Path[SentReference], body: ReturnCreate) -> HttpResponse:
    """Ask one vendor to take pieces of an order back; `GET /returns` says how it stands.

    Refuses with 409 `not_returnable` what has not arrived, or arrived too long ago; `too_many_pieces` more than are left; with
    422 a line that is not in the order, and lines of two vendors. The same Idempotency-Key gets the same return.
    """
    nothing_asked(request)
    order = reading.find(Orders, request.actor, order_id)  # type: ignore[attr-defined]
    asked = actions.ask_return(order, by=request.actor, lines=body.lines, why=body.why, note=body.note)  # type: ignore[attr-defined]
    response = reading.made(Returns, request, asked)
    response["Location"] = f"{request.path.split('/orders/')[0]}/returns/{id_of(asked)}"
    return response


@router.post(
    "/{order_id}/disputes", response={201: schemas.full(Disputes, STOREFRONT)}, operation_id="openDispute",
    summary="Ask Soko to decide", auth=Bearer(STOREFRONT), openapi_extra=KEYED,
)  # fmt: skip
@idempotent(required=True)
def open_dispute(request: HttpRequest, order_id: Path[SentReference], body: DisputeCreate) -> HttpResponse:
    """Ask Soko to decide between you and a vendor. The money is held until that is done; `GET /disputes` says how it stands.

    Refuses with 409 `not_disputable` what was not paid, was given back, is disputed already or arrived too long ago; with 422
    a share that is not in the order, and more money than is left. The same Idempotency-Key gets the same dispute.
    """
    nothing_asked(request)
    order = reading.find(Orders, request.actor, order_id)  # type: ignore[attr-defined]
    said = body.model_dump() | {"share": references.read(body.share)}
    case = actions.open_dispute(order, by=request.actor, **said)  # type: ignore[attr-defined]
    response = reading.made(Disputes, request, case)
    response["Location"] = f"{request.path.split('/orders/')[0]}/disputes/{id_of(case)}"
    return response


@router.get(
    "/{order_id}/photos/{photo_id}", operation_id="getOrderPhoto", summary="Look at a photo that proves a delivery",
    openapi_extra=JPEG,
)  # fmt: skip
def photo(request: HttpRequest, order_id: REFERENCE, photo_id: KEY) -> HttpResponseBase:  # type: ignore[valid-type]
    """A photo that a courier took of a parcel of this order, as a JPEG: `proof` of `/track` names them."""
    nothing_asked(request)
    row: Any = reading.find(Orders, request.actor, order_id)  # type: ignore[attr-defined]
    return files.photo(photo_id, by=request.actor, delivery__shipment__vendor_order__order=row)  # type: ignore[attr-defined]
