"""Paying for an order; payments are read at generated addresses."""

from datetime import timedelta
from typing import Annotated, Literal, cast

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
from core.resources.identity import SentReference, id_of
from marketplace.orders import flows
from marketplace.orders.models import Order
from marketplace.orders.resources import Orders
from marketplace.payments import gateways
from marketplace.payments.actions import lease
from marketplace.payments.resources import Payments

router = Router(tags=["Money"])
KEYED = {"parameters": [{**IDEMPOTENCY_KEY, "required": True}]}
#: A request asks the gateway what became of what was begun, and then for the money. Longer than both: its process is gone.
LEASE = lease() + timedelta(seconds=settings.GATEWAY_SECONDS)
ENDED = ("succeeded", "failed")
PAYMENT = schemas.full(Payments, STOREFRONT)


class PaymentCreate(Schema):
    """Which order is paid, and from what."""

    model_config = ConfigDict(extra="forbid")

    order: SentReference
    gateway: Annotated[str, Field(max_length=24, pattern=r"^[a-z0-9_]*$")] = Field(
        default="", description="The usual one, unless said."
    )
    source: Annotated[str, Field(max_length=120, pattern=r"^[!-~]*$")] = Field(
        default="",
        description="What the gateway gave your page for the card or the account. A gateway with a page of its own needs none.",
    )


class PaymentGateway(Schema):
    """A gateway that payments are taken through, and what it needs of your page."""

    name: Annotated[str, Field(max_length=24)]
    is_usual: bool = Field(description="It is used where none is named.")
    needs: Literal["source", "page"] = Field(
        description="`source`: your page has the gateway's script ask for a card, and sends what that gives. `page`: send no "
        "source; the payer goes to `action_url`, and comes back."
    )
    currencies: Annotated[list[Annotated[str, Field(max_length=3)]], Field(max_length=400)] | None = Field(
        description="Those that it takes; `null` where that is a matter of the market's account with it."
    )


class PaymentGateways(Schema):
    """The gateways of the market, the usual one first."""

    results: Annotated[list[PaymentGateway], Field(max_length=10)]


@router.get(
    "/gateways", response={200: PaymentGateways}, auth=None, operation_id="listPaymentGateways",
    summary="List the gateways that one can pay through",
)  # fmt: skip
def list_gateways(request: HttpRequest) -> PaymentGateways:
    """Which gateways there are, and what each needs. Name one when you pay, or none for the usual one."""
    nothing_asked(request)
    known = [gateways.gateway_of(name) for name in gateways.names()]
    return PaymentGateways(
        results=[
            PaymentGateway(
                name=each.name, is_usual=each is known[0], needs=each.needs,
                currencies=sorted(each.currencies) if each.currencies is not None else None,
            )
            for each in known
        ]
    )  # fmt: skip


@router.post(
    "", response={201: PAYMENT, 202: PAYMENT}, operation_id="createPayment", summary="Pay for an order",
    auth=Bearer(STOREFRONT), openapi_extra=KEYED,
)  # fmt: skip
@idempotent(required=True, whole=False, lease=LEASE)
def pay(request: HttpRequest, body: PaymentCreate) -> HttpResponse:
    """Pay an order in full. Look at `status`: 201 has succeeded or failed, 202 is not decided yet: read it again, or wait.

    After a failure pay again with a new Idempotency-Key; without an answer, with the same one: it goes on where the first
    ended, and nothing is charged twice. Refuses with 404 an order that is not yours; with 409
    `already_paid`, `order_expired`, `wrong_state` for one that was cancelled, `payment_under_way`; with 422 `unknown_gateway`,
    `currency_not_taken` by that gateway, `source_needed`; with 503 `gateway_unavailable`, and then nothing was charged.
    """
    nothing_asked(request)
    check("checkout", who_asks(request))
    actor = request.actor  # type: ignore[attr-defined]
    order = cast(Order, reading.find(Orders, actor, body.order))
    payment = flows.pay(order, gateway=body.gateway, source=body.source, by=actor)
    status = 201 if payment.status in ENDED else 202
    response = reading.shown(Payments, request, payment, status=status)
    response["Location"] = f"{request.path}/{id_of(payment)}"
    return response
