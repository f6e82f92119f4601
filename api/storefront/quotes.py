"""What the cart costs when it is sent somewhere: the whole bill by vendor, with the ways in which each could send."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from api.auth import Visitor
from api.storefront.cart import GUESTS, private
from api.storefront.cart_shapes import token_of
from core.audiences import STOREFRONT
from core.resources import answers
from core.resources.api import nothing_asked
from core.resources.plans import plain
from core.resources.types import Id, Money, text, whole
from core.rules import Actor
from marketplace.accounts.addresses import destination
from marketplace.carts import actions, flows
from marketplace.carts.bills import Bill, ShareBill, total
from marketplace.carts.models import MOST_LINES, MOST_OF_ONE
from marketplace.carts.quoting import quote
from marketplace.carts.sending import Choice, Wish, place_of
from marketplace.shipping.carriers import Place

router = Router(tags=["Cart"], auth=Visitor(STOREFRONT))
MOST_METHODS = 200
PARTS = ("goods", "discount", "shipping", "tax", "total")


class ShippingWish(Schema):
    """How one vendor shall send what is its: one of the methods that `POST /cart/quote` offers."""

    model_config = ConfigDict(extra="forbid")

    vendor_id: Id  # type: ignore[valid-type]
    method_id: Id  # type: ignore[valid-type]


SPOKEN = ("town", "province", "postal_code", "country")


class QuoteAsked(Schema):
    """Where the things in your cart shall go, and how each vendor shall send them; the cheapest way where nothing is said.

    Say no place, and it is your default address.
    """

    model_config = ConfigDict(extra="forbid", title="CartQuoteAsked")

    address_id: Id | None = Field(default=None, description="One of `GET /addresses`; then send no other place.")  # type: ignore[valid-type]
    town: text(80, 1) | None = None  # type: ignore[valid-type]
    province: text(80) = Field(default="", description="A state or province, by name or code.")  # type: ignore[valid-type]
    postal_code: text(16) = ""  # type: ignore[valid-type]
    country: Annotated[str, Field(min_length=2, max_length=2, pattern=r"^[A-Z]{2}$")] | None = Field(
        default=None, description=f"Unless said, {settings.DEFAULT_COUNTRY}."
    )
    shipping: Annotated[list[ShippingWish], Field(max_length=MOST_LINES)] = []


class ChoiceOut(Schema):
    """A way in which a vendor sends, and what that costs."""

    model_config = ConfigDict(title="ShippingChoice")

    id: Id  # type: ignore[valid-type]
    name: text(60)  # type: ignore[valid-type]
    kind: Literal["flat", "table", "pickup", "carrier"]
    price: Money
    days_min: whole(0, 365) | None  # type: ignore[valid-type]
    days_max: whole(0, 365) | None  # type: ignore[valid-type]
    note: text(200) = Field(description="Such as where to collect it.")  # type: ignore[valid-type]
    is_chosen: bool


class QuotedShare(Schema):
    """What one vendor's part costs: goods less discount plus shipping, and tax where prices do not hold it."""

    model_config = ConfigDict(title="CartQuoteShare")

    vendor_id: Id  # type: ignore[valid-type]
    vendor_name: text(80)  # type: ignore[valid-type]
    count: whole(0, MOST_LINES * MOST_OF_ONE)  # type: ignore[valid-type]
    goods: Money
    discount: Money
    shipping: Money
    tax: Money
    tax_is_included: bool
    total: Money
    methods: list[ChoiceOut] = Field(
        max_length=MOST_METHODS, description="The cheapest first. A vendor who has none sends for nothing."
    )


class QuoteOut(Schema):
    """The whole bill; its sums are null while nothing can be bought."""

    model_config = ConfigDict(title="CartQuote")

    shares: list[QuotedShare] = Field(max_length=MOST_LINES)
    goods: Money | None
    discount: Money | None
    shipping: Money | None
    tax: Money | None
    tax_is_included: bool
    total: Money | None = Field(description="What an order is placed with as `expected_total`.")
    has_notices: bool


def wishes_of(said: Sequence[ShippingWish]) -> list[Wish]:
    """Wishes as the domain knows them."""
    return [Wish(each.vendor_id, each.method_id) for each in said]


def _place(body: QuoteAsked, by: Actor) -> Place:
    said = body.model_dump(include=set(SPOKEN), exclude_unset=True, exclude_none=True)
    return place_of(destination(said, by=by, address_id=body.address_id, needs=("town",), or_default=True))


@router.post(
    "", response=QuoteOut, operation_id="quoteCart", summary="Ask what it costs to have it sent", openapi_extra=GUESTS
)
def ask(request: HttpRequest, body: QuoteAsked) -> HttpResponse:
    """The whole bill of your cart, sent to a place: by vendor with the methods it offers there, tax, and the total. Changes nothing.

    Refuses with 409 `shipping_unavailable`, naming a vendor who does not send there; with 422 at its field a method that is not
    offered, a province or postal code that the country does not have, and no place where you have no default address.
    """
    nothing_asked(request)
    found = actions.contents_for(request.actor, token_of(request))  # type: ignore[attr-defined]
    to = _place(body, request.actor)  # type: ignore[attr-defined]
    wishes = wishes_of(body.shipping)
    flows.ask_around(found, to=to, wishes=wishes)
    bought = quote(found, to=to, wishes=wishes)
    return private(answers.answer(request, _quoted(bought, has_notices=bool(found.notices))))


def _quoted(bill: Bill, *, has_notices: bool) -> dict[str, Any]:
    sums: dict[str, Any] = dict.fromkeys(PARTS)
    if bill.shares:
        first, *rest = bill.shares
        sums = {name: plain(total(getattr(first, name), (getattr(each, name) for each in rest))) for name in PARTS}
    return {
        "shares": [_share(each) for each in bill.shares],
        **sums,
        "tax_is_included": all(each.tax_is_included for each in bill.shares),
        "has_notices": has_notices,
    }


def _share(bill: ShareBill) -> dict[str, Any]:
    return {
        "vendor_id": bill.share.vendor.pk,
        "vendor_name": bill.share.vendor.name,
        "count": sum(each.line.quantity for each in bill.lines),
        **{name: plain(getattr(bill, name)) for name in PARTS},
        "tax_is_included": bill.tax_is_included,
        "methods": [_choice(each, is_chosen=each is bill.sent_by) for each in bill.choices[:MOST_METHODS]],
    }


def _choice(choice: Choice, *, is_chosen: bool) -> dict[str, Any]:
    method = choice.method
    return {
        "id": method.pk, "name": method.name, "kind": method.kind, "price": plain(choice.price), "days_min": method.days_min,
        "days_max": method.days_max, "note": method.note, "is_chosen": is_chosen,
    }  # fmt: skip
