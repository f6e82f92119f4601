"""A vendor asks for its money, and takes the statement away; payouts are read at generated addresses."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from api.auth import Bearer
from core.audiences import VENDOR
from core.errors import Denied, Missing
from core.idempotency import idempotent
from core.limits import check, who_asks
from core.resources import reading, schemas
from core.resources.api import IDEMPOTENCY_KEY, nothing_asked
from core.resources.identity import id_of
from core.resources.types import LARGEST_ID
from marketplace.payouts import actions
from marketplace.payouts.resources import Payouts

router = Router(tags=["Money"])
KEYED = {"parameters": [{**IDEMPOTENCY_KEY, "required": True}]}


class PayoutCreate(Schema):
    """Which of your vendors asks."""

    model_config = ConfigDict(extra="forbid")

    vendor_id: Annotated[int, Field(ge=1, le=LARGEST_ID, strict=True)]


@router.post(
    "", response={201: schemas.full(Payouts, VENDOR)}, operation_id="createPayout", summary="Ask for a payout",
    auth=Bearer(VENDOR), openapi_extra=KEYED,
)  # fmt: skip
@idempotent(required=True)
def ask(request: HttpRequest, body: PayoutCreate) -> HttpResponse:
    """Ask for all that a vendor of yours has available, outside of its schedule. Staff approve it; it goes to the verified account.

    Refuses with 404 a vendor that is not yours, with 403 whom its owners have not granted `view_money`, with 409
    `nothing_to_pay_out`, saying why: nothing is available, less than the minimum, no verified account, or once today already.
    """
    nothing_asked(request)
    check("checkout", who_asks(request))
    actor = request.actor  # type: ignore[attr-defined]
    if body.vendor_id not in actor.tenants_where():
        raise Missing()
    if body.vendor_id not in actor.tenants_where("view_money"):
        raise Denied()
    payout = actions.ask_for(body.vendor_id, by=actor)
    response = reading.made(Payouts, request, payout)
    response["Location"] = f"{request.path}/{id_of(payout)}"
    return response
