"""Shipping in the admin: zones, methods with their tables, and a page on which a parcel is tried out."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core import memo
from core.admin.sidebar import Place, add_place
from core.admin.site import site
from core.resources.admin import admin_of
from core.rules import Actor, policy_of
from marketplace.shipping import screens
from marketplace.shipping.models import PriceStep, ShippingMethod, Zone
from marketplace.shipping.resources import PriceSteps, ShippingMethods, Zones


class ShippingMethodsAdmin(admin_of(ShippingMethods)):  # type: ignore[misc]
    """The generated admin, and the page on which a parcel is tried out."""

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [("try/", self.try_view, "try")]

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """What each method takes for a weight and a value to a place. GET only, and changes nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        with memo.block():
            page = screens.context_of(request)
        context = {**self.admin_site.each_context(request), "title": "Try shipping", **page}
        context["media"] = self.media + page["media"]
        return render(request, "shipping/try.html", context)


def may_look(actor: Actor) -> bool:
    """May the actor see any methods?"""
    return policy_of(ShippingMethod).may_ever(actor, "view")


site.register(Zone, admin_of(Zones))
site.register(ShippingMethod, ShippingMethodsAdmin)
site.register(PriceStep, admin_of(PriceSteps))
add_place(
    Place(
        group="Orders",
        title="Try shipping",
        link=lambda: reverse("admin:shipping_shippingmethod_try"),
        icon="calculate",
        shown=may_look,
        rank=90,
    )
)
