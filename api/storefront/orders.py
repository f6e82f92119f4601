"""Ordering what is in the cart; everything else about orders is generated."""

from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from api.auth import Bearer
from core.audiences import STOREFRONT
from core.idempotency import idempotent
from core.limits import check, who_asks
from core.resources import reading, schemas
from core.resources.api import IDEMPOTENCY_KEY, nothing_asked
from core.resources.identity import id_of
from core.resources.types import Money, text
from marketplace.orders import actions
from marketplace.orders.resources import Orders

router = Router(tags=["Orders"])
KEYED = {"parameters": [{**IDEMPOTENCY_KEY, "required": True}]}


class OrderCreate(Schema):
    """Where the things in your cart shall go. `expected_total`: what you were shown; another price is refused."""

    model_config = ConfigDict(extra="forbid")

    recipient: text(120, 2) = Field(description="Whom it is for.")  # type: ignore[valid-type]
    phone: text(40, 3) = Field(description="With its country code, or as dialled here.")  # type: ignore[valid-type]
    street: text(200, 1)  # type: ignore[valid-type]
    town: text(80, 1)  # type: ignore[valid-type]
    country: Annotated[str, Field(min_length=2, max_length=2, pattern=r"^[A-Z]{2}$")] = settings.DEFAULT_COUNTRY
    note: text(500) = Field(default="", description="For whoever delivers.")  # type: ignore[valid-type]
    expected_total: Money | None = None


@router.post(
    "", response={201: schemas.full(Orders, STOREFRONT)}, operation_id="placeOrder", summary="Order what is in the cart",
    auth=Bearer(STOREFRONT), openapi_extra=KEYED,
)  # fmt: skip
@idempotent(required=True)
def place(request: HttpRequest, body: OrderCreate) -> HttpResponse:
    """Order everything in the cart, at the prices that you saw; the goods are kept for you until `expires_at`. Pay with
    `POST /payments`.

    Refuses with 409 `cart_empty`; `cart_changed`, saying what changed; `not_enough_stock`, saying what is free;
    `mixed_currency`; `own_goods`; `too_many_unpaid`, where too many of your orders wait for their money. The same
    Idempotency-Key gets the same order.
    """
    nothing_asked(request)
    check("checkout", who_asks(request))
    said = body.model_dump(exclude={"expected_total"})
    expected = body.expected_total.counted() if body.expected_total else None
    order = actions.place_order(by=request.actor, expected_total=expected, **said)  # type: ignore[attr-defined]
    response = reading.made(Orders, request, order)
    response["Location"] = f"{request.path}/{id_of(order)}"
    return response
