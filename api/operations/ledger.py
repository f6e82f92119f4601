"""The books as a whole: the trial balance, what each vendor has, and what the market would take of a sale."""

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from api.balances import BalanceOut, balance_out
from core.errors import Denied, FieldError, Invalid
from core.money import Money as Amount
from core.resources import parameters
from core.resources.filters import Parameter, number_within
from core.resources.plans import plain
from core.resources.types import LARGEST_ID, Money
from marketplace.ledger import queries
from marketplace.vendors.queries import currency_of

router = Router(tags=["Money"])
#: Vendors on a page, and balances: few vendors have money in more than one currency.
PAGE, MOST_BALANCES = 100, 20_000
ID = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
VENDOR = Parameter("vendor", ID, "Whose sale.", number_within(1, LARGEST_ID))
CATEGORY = Parameter("category", ID, "In which category.", number_within(1, LARGEST_ID))
OF_VENDOR = Parameter("vendor", ID, "Of this vendor alone.", number_within(1, LARGEST_ID))
AFTER = Parameter("after", ID, "Of vendors whose keys follow this one.", number_within(1, LARGEST_ID))
LISTING = Parameter("listing", ID, "Of which listing.", number_within(1, LARGEST_ID))
PRICE = Parameter(
    "price", {"type": "integer", "minimum": 0, "maximum": 10**12}, "In minor units of the vendor's currency.", number_within(0, 10**12)
)  # fmt: skip


class TrialLine(Schema):
    """One account of the market, or all vendors' accounts of one kind, in one currency."""

    account: str = Field(max_length=20)
    part: str = Field(max_length=24, description="Which fee, or which gateway.")
    debit: Money
    credit: Money


class TrialBalance(Schema):
    """What stands where. In each currency debits and credits are the same."""

    items: list[TrialLine] = Field(max_length=1000)


class BalancesPage(Schema):
    """What vendors have, by their keys."""

    items: list[BalanceOut] = Field(max_length=MOST_BALANCES, description="One for each vendor and currency.")
    next: int | None = Field(
        ge=1, le=LARGEST_ID, description="Send it as `after` for the vendors that follow; null at the end."
    )


class FeePreview(Schema):
    """What one fee would take, by which rule."""

    fee: str = Field(max_length=24)
    rule_id: int = Field(ge=1, le=LARGEST_ID)
    words: str = Field(max_length=200)
    amount: Money


class SalePreview(Schema):
    """What the market would take of a sale now."""

    fees: list[FeePreview] = Field(max_length=20)
    taken: Money
    left: Money


def _require(request: HttpRequest) -> None:
    if not request.actor.has("view_money"):  # type: ignore[attr-defined]
        raise Denied()


@router.get("/trial-balance", response=TrialBalance, operation_id="readTrialBalance", summary="Read the trial balance")
def trial_balance(request: HttpRequest) -> dict[str, object]:
    """Every account of the market and the vendors' by kind, summed from the postings. Refuses with 403 without `view_money`."""
    parameters.read(request.GET, {})
    _require(request)
    return {
        "items": [
            {
                "account": kind,
                "part": part,
                "debit": plain(Amount(max(debit, 0), currency)),
                "credit": plain(Amount(max(-debit, 0), currency)),
            }
            for currency, kind, part, debit in queries.sums_of_kinds()
        ]
    }


@router.get(
    "/balances", response=BalancesPage, operation_id="readBalances", summary="Read what each vendor has",
    openapi_extra={"parameters": [each.document() for each in (OF_VENDOR, AFTER)]},
)  # fmt: skip
def balances(request: HttpRequest) -> dict[str, object]:
    """What vendors have, a hundred vendors at a time, or one: the sums of their postings. A vendor that never sold has none.

    Refuses with 403 without `view_money`.
    """
    asked = parameters.read(request.GET, {each.name: each for each in (OF_VENDOR, AFTER)}).values
    _require(request)
    found = queries.vendors_with_money(asked.get("after", 0), most=PAGE + 1, only=asked.get("vendor"))
    page = found[:PAGE]
    standings = sorted(queries.standings(frozenset(page)).items())
    return {
        "items": [balance_out(vendor, each) for (vendor, _currency), each in standings],
        "next": page[-1] if len(found) > PAGE else None,
    }


@router.get(
    "/preview", response=SalePreview, operation_id="previewFees", summary="Preview the fees of a sale",
    openapi_extra={"parameters": [{**each.document(), "required": each in (VENDOR, PRICE)} for each in (VENDOR, CATEGORY, LISTING, PRICE)]},
)  # fmt: skip
def preview(request: HttpRequest) -> dict[str, object]:
    """What the market would take of a sale now, by the very sums that orders are charged by. What is not there has no rules.

    Refuses with 403 without `view_money`, with 422 without a vendor and a price.
    """
    asked = parameters.read(request.GET, {each.name: each for each in (VENDOR, CATEGORY, LISTING, PRICE)}).values
    _require(request)
    currency = currency_of(asked["vendor"]) if "vendor" in asked else None
    if currency is None:
        raise Invalid(errors=[FieldError("vendor", "parameter", "Name a vendor that is there.")])
    if "price" not in asked:
        raise Invalid(errors=[FieldError("price", "parameter", "Say for how much it is sold.")])
    price = Amount(asked["price"], currency)
    found = queries.preview(
        vendor_id=asked["vendor"], category_id=asked.get("category"), listing_id=asked.get("listing"), price=price
    )
    taken = Amount(sum(each.amount.amount for each in found), currency)
    return {
        "fees": [
            {"fee": each.fee, "rule_id": each.rule.pk, "words": each.rule.words[:200], "amount": plain(each.amount)}
            for each in found
        ],
        "taken": plain(taken),
        "left": plain(price - taken),
    }
