"""Who would be paid now, and the button that prepares it; batches and payouts are read at generated addresses."""

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from api.auth import Bearer
from core import context
from core.audiences import OPERATIONS
from core.errors import Denied
from core.idempotency import idempotent
from core.resources import parameters, reading, schemas
from core.resources.api import IDEMPOTENCY_KEY, nothing_asked
from core.resources.filters import Parameter, number_within
from core.resources.identity import id_of
from core.resources.plans import plain
from core.resources.types import LARGEST_ID, SignedMoney
from marketplace.ledger import queries as ledger
from marketplace.payouts import actions, queries
from marketplace.payouts.errors import NothingToPayOut
from marketplace.payouts.resources import PayoutBatches

plan = Router(tags=["Money"])
batches = Router(tags=["Money"])
KEYED = {"parameters": [{**IDEMPOTENCY_KEY, "required": True}]}
#: Vendors on a page, and lines of them: few vendors have money in more than one currency.
PAGE, MOST = 100, 20_000
ID = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
VENDOR = Parameter("vendor", ID, "Of this vendor alone.", number_within(1, LARGEST_ID))
AFTER = Parameter("after", ID, "Of vendors whose keys follow this one.", number_within(1, LARGEST_ID))


class PlanLine(Schema):
    """One vendor with money available: what it would get, or why it gets nothing."""

    model_config = ConfigDict(title="PayoutPlanLine")

    vendor_id: int = Field(ge=1, le=LARGEST_ID)
    available: SignedMoney
    period: str = Field(max_length=24)
    is_due: bool
    why: str = Field(max_length=300, description="Why it gets nothing; empty where it is due.")


class PlanOut(Schema):
    """A dry run of the payouts, by the vendors' keys."""

    model_config = ConfigDict(title="PayoutPlan")

    items: list[PlanLine] = Field(max_length=MOST, description="One for each vendor and currency with money available.")
    next: int | None = Field(
        ge=1, le=LARGEST_ID, description="Send it as `after` for the vendors that follow; null at the end."
    )


@plan.get(
    "", response=PlanOut, operation_id="readPayoutPlan", summary="Read who would be paid now",
    openapi_extra={"parameters": [each.document() for each in (VENDOR, AFTER)]},
)  # fmt: skip
def read_plan(request: HttpRequest) -> dict[str, object]:
    """A dry run, which changes nothing: every vendor with money available, a hundred vendors at a time, or one. Of vendors that have
    none a page may have fewer, or no, lines; `next` says whether there are more. Refuses with 403 without the grant `view_money`."""
    asked = parameters.read(request.GET, {each.name: each for each in (VENDOR, AFTER)}).values
    if not request.actor.has("view_money"):  # type: ignore[attr-defined]
        raise Denied()
    found = ledger.vendors_with_money(asked.get("after", 0), most=PAGE + 1, only=asked.get("vendor"))
    page = found[:PAGE]
    return {
        "items": [
            {
                "vendor_id": each.vendor.pk,
                "available": plain(each.amount),
                "period": each.period,
                "is_due": each.is_due,
                "why": each.why,
            }
            for each in queries.plan(context.now(), vendor_ids=page)
        ],
        "next": page[-1] if len(found) > PAGE else None,
    }


@batches.post(
    "", response={201: schemas.full(PayoutBatches, OPERATIONS)}, operation_id="createPayoutBatch", summary="Prepare what is due",
    auth=Bearer(OPERATIONS), openapi_extra=KEYED,
)  # fmt: skip
@idempotent(required=True)
def prepare(request: HttpRequest) -> HttpResponse:
    """Set the money of every vendor that is due aside; a colleague approves the batch. Refuses with 403 without the grant
    `pay_out`, with 409 `nothing_to_pay_out` where nobody is due."""
    nothing_asked(request)
    actor = request.actor  # type: ignore[attr-defined]
    if not actor.has("pay_out"):
        raise Denied()
    batch = actions.prepare(by=actor)
    if batch is None:
        raise NothingToPayOut(why="nobody is due.")
    response = reading.made(PayoutBatches, request, batch)
    response["Location"] = f"{request.path}/{id_of(batch)}"
    return response
