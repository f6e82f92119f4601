"""Listings, as a good developer writes them in an afternoon with Django REST framework: serializers and a view set."""

from django.urls import include, path
from rest_framework import mixins, routers, serializers, viewsets
from rest_framework.permissions import IsAuthenticatedOrReadOnly

from afternoon.urls import added, chosen
from marketplace.catalog.models import Category, Listing
from marketplace.vendors.models import Vendor


class VendorOut(serializers.ModelSerializer):
    class Meta:
        model = Vendor
        fields = ("id", "name")


class CategoryOut(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ("id", "name")


class ListingOut(serializers.ModelSerializer):
    vendor = VendorOut(read_only=True)
    category = CategoryOut(read_only=True)
    vendor_id = serializers.IntegerField(write_only=True)
    category_id = serializers.IntegerField(write_only=True)
    price_minor = serializers.IntegerField(min_value=0)

    class Meta:
        model = Listing
        fields = (
            "id", "title", "slug", "description", "price_minor", "price_currency", "vendor", "category", "attributes",
            "approved_at", "vendor_id", "category_id",
        )  # fmt: skip
        read_only_fields = ("slug", "price_currency", "approved_at", "attributes")

    def create(self, validated_data):
        return added(validated_data)


class Listings(mixins.CreateModelMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    serializer_class = ListingOut
    permission_classes = (IsAuthenticatedOrReadOnly,)

    def get_queryset(self):
        return chosen(self.request.query_params)


router = routers.SimpleRouter(trailing_slash=False)
router.register("listings", Listings, basename="listing")
urlpatterns = [path("api/", include(router.urls))]
