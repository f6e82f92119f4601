"""A list and a checkout, as a good developer writes them in an afternoon with Ninja: schemas, a filter, a lock."""

from datetime import datetime

from django.db import transaction
from django.urls import path
from ninja import Field, NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.pagination import LimitOffsetPagination, paginate
from ninja.security import HttpBearer

from afternoon.models import Order, OrderLine
from marketplace.accounts import tokens
from marketplace.carts.models import CartLine
from marketplace.catalog.models import Listing, Stock

api = NinjaAPI(title="Afternoon", urls_namespace="afternoon")


class VendorOut(Schema):
    id: int
    name: str


class CategoryOut(Schema):
    id: int
    name: str


class ListingOut(Schema):
    id: int
    title: str
    slug: str
    description: str
    price_minor: int | None
    price_currency: str | None
    vendor: VendorOut
    category: CategoryOut
    attributes: dict
    approved_at: datetime | None


@api.get("/listings", response=list[ListingOut])
@paginate(LimitOffsetPagination)
def listings(request):
    """Visible listings, newest first."""
    rows = Listing.objects.filter(status="approved", vendor__status="verified", category__is_open=True)
    return rows.select_related("vendor", "category").order_by("-approved_at", "-id")


class SignedIn(HttpBearer):
    """By the same tokens."""

    def authenticate(self, request, token):
        return tokens.bearer(token)


class CheckoutIn(Schema):
    recipient: str = Field(min_length=2, max_length=120)
    phone: str = Field(min_length=3, max_length=40)
    street: str = Field(min_length=1, max_length=200)
    town: str = Field(min_length=1, max_length=80)


class LineOut(Schema):
    title: str
    quantity: int
    unit_price_minor: int


class OrderOut(Schema):
    id: int
    status: str
    total_minor: int
    currency: str
    lines: list[LineOut]


@api.post("/checkout", response={201: OrderOut}, auth=SignedIn())
@transaction.atomic
def checkout(request, body: CheckoutIn):
    """Order what is in the cart: the stock rows are locked in their order, looked at, and written."""
    lines = list(CartLine.objects.filter(cart__user=request.auth).select_related("variant__listing"))
    if not lines:
        raise HttpError(409, "The cart is empty.")
    rows = Stock.objects.select_for_update().filter(variant__in=[line.variant_id for line in lines])
    stock = {each.variant_id: each for each in rows.order_by("variant_id")}
    for line in lines:
        if stock[line.variant_id].free < line.quantity:
            raise HttpError(409, "Not enough stock.")
    total = sum(line.quantity * line.variant.listing.price_minor for line in lines)
    currency = lines[0].variant.listing.price_currency
    order = Order.objects.create(customer=request.auth, total_minor=total, currency=currency, **body.dict())
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            variant=line.variant,
            title=line.variant.listing.title,
            quantity=line.quantity,
            unit_price_minor=line.variant.listing.price_minor,
        )
        for line in lines
    )
    for line in lines:
        stock[line.variant_id].reserved += line.quantity
        stock[line.variant_id].save()
    CartLine.objects.filter(cart__user=request.auth).delete()
    return 201, order


urlpatterns = [path("api/", api.urls)]
