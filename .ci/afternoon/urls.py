"""One list, as a good developer writes it in an afternoon with Ninja: a ModelSchema, a filter, limit-offset pages."""

from datetime import datetime

from django.urls import path
from ninja import NinjaAPI, Schema
from ninja.pagination import LimitOffsetPagination, paginate

from marketplace.catalog.models import Listing

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


urlpatterns = [path("api/", api.urls)]
