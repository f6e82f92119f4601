"""Listings and a checkout, as a good developer writes them in an afternoon with Ninja: schemas, filters, a lock."""

import random
from datetime import datetime
from math import cos, radians

from django.db import connection, transaction
from django.db.models import Count, F, Q
from django.db.models.functions import ASin, Cos, Power, Radians, Sin, Sqrt
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from ninja import Field, NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.pagination import LimitOffsetPagination, paginate
from ninja.security import HttpBearer

from afternoon.models import Order, OrderLine
from marketplace.accounts import tokens
from marketplace.carts.models import Cart, CartLine
from marketplace.catalog.models import Category, Listing, Stock, Variant

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


def chosen(asked):
    """Visible listings, newest first, with the filters that a shop needs. Shared by both afternoons: it is plain Django."""
    rows = Listing.objects.filter(status="approved", vendor__status="verified", category__is_open=True)
    if text := asked.get("q"):
        for word in text.split():
            rows = rows.filter(Q(title__icontains=word) | Q(description__icontains=word))
    if slug := asked.get("category"):
        keys = list(Category.objects.filter(slug=slug).values_list("pk", flat=True))
        level = keys
        while level:
            level = list(Category.objects.filter(parent__in=level).values_list("pk", flat=True))
            keys += level
        rows = rows.filter(category__in=keys)
    if least := asked.get("price_min"):
        rows = rows.filter(price_minor__gte=least)
    for name in ("brand", "condition"):
        if value := asked.get(name):
            rows = rows.filter(**{f"attributes__{name}": value})
    if year := asked.get("year_min"):
        rows = rows.filter(attributes__year__gte=int(year))
    if asked.get("lat"):
        lat, lng = float(asked["lat"]), float(asked["lng"])
        half = Power(Sin((Radians(F("latitude")) - radians(lat)) / 2.0), 2) + Cos(Radians(F("latitude"))) * cos(
            radians(lat)
        ) * Power(Sin((Radians(F("longitude")) - radians(lng)) / 2.0), 2)
        rows = rows.annotate(distance=2 * 6371.0 * ASin(Sqrt(half))).filter(
            distance__lte=float(asked.get("radius", 50))
        )
        return rows.select_related("vendor", "category").order_by("distance", "id")
    return rows.select_related("vendor", "category").order_by("-approved_at", "-id")


@api.get("/listings", response=list[ListingOut])
@paginate(LimitOffsetPagination)
def listings(request):
    """Visible listings, filtered."""
    return chosen(request.GET)


@api.get("/listings/{int:key}", response=ListingOut)
def listing(request, key: int):
    """One visible listing."""
    return get_object_or_404(chosen({}), pk=key)


@api.get("/facets")
def facets(request):
    """How many there are by category and by brand."""
    rows = chosen(request.GET).order_by()
    return {
        "category": list(rows.values("category__name").annotate(n=Count("pk"))),
        "brand": list(rows.values("attributes__brand").annotate(n=Count("pk"))),
    }


class SignedIn(HttpBearer):
    """By the same tokens."""

    def authenticate(self, request, token):
        return tokens.bearer(token)


class ListingIn(Schema):
    title: str = Field(min_length=3, max_length=120)
    description: str = Field(max_length=5000)
    price_minor: int = Field(ge=0)
    category_id: int
    vendor_id: int


def added(values):
    """A listing, past the product's own rules."""
    get_object_or_404(Category, pk=values["category_id"])
    handle = "".join(random.choices("abcdefghjkmnpqrstuvwxyz", k=10))
    row = Listing(status="draft", price_currency="KES", handle=handle, slug=f"a-{handle}", **values)
    return Listing.objects.bulk_create([row])[0]


@api.post("/listings", response={201: ListingOut}, auth=SignedIn())
def create(request, body: ListingIn):
    """Make a draft."""
    return 201, added(body.dict())


class CartLineIn(Schema):
    variant_id: int
    quantity: int = Field(1, ge=1, le=999)


@api.post("/cart/lines", response={201: dict}, auth=SignedIn())
@transaction.atomic
def put(request, body: CartLineIn):
    """Put so many more of a variant into the cart."""
    variant = get_object_or_404(Variant.objects.select_related("listing", "stock"), pk=body.variant_id)
    cart, _is_new = Cart.objects.get_or_create(user=request.auth)
    line = CartLine.objects.filter(cart=cart, variant=variant).first()
    if line is None:
        line = CartLine(cart=cart, variant=variant, quantity=0)
        line.seen_price_minor, line.seen_price_currency = variant.listing.price_minor, variant.listing.price_currency
    line.quantity += body.quantity
    if variant.stock.free < line.quantity:
        raise HttpError(409, "Not enough stock.")
    line.save()
    return 201, {"id": line.pk, "quantity": line.quantity}


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


def nothing(request):
    """An answer that asks for nothing: what server and Django take by themselves."""
    return JsonResponse({"id": 1})


def row(request, key: int):
    """A text that somebody keeps, by its key: the least that an answer with anything of the database in it can be."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT description FROM catalog_listing WHERE id = %s", [key])
        (kept,) = cursor.fetchone()
    return HttpResponse(kept, content_type="application/json")


urlpatterns = [path("api/", api.urls), path("limit/nothing", nothing), path("limit/rows/<int:key>", row)]
