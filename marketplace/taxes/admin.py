"""Tax in the admin: the tables of rates and countries, and a page on which a sale is tried out."""

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
from marketplace.taxes import screens
from marketplace.taxes.models import TaxCountry, TaxRate
from marketplace.taxes.resources import TaxCountries, TaxRates


class TaxRatesAdmin(admin_of(TaxRates)):  # type: ignore[misc]
    """The generated admin, and the page on which a sale is tried out."""

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [("try/", self.try_view, "try")]

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """What of a price is tax there, and by which rate. GET only, and changes nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        with memo.block():
            page = screens.context_of(request, self)
        context = {**self.admin_site.each_context(request), "title": "Try tax", **page}
        context["media"] = self.media + page["media"]
        return render(request, "taxes/try.html", context)


def may_look(actor: Actor) -> bool:
    """May the actor see the rates?"""
    return policy_of(TaxRate).may_ever(actor, "view")


site.register(TaxRate, TaxRatesAdmin)
site.register(TaxCountry, admin_of(TaxCountries))
add_place(
    Place(
        group="Money",
        title="Try tax",
        link=lambda: reverse("admin:taxes_taxrate_try"),
        icon="calculate",
        shown=may_look,
        rank=90,
    )
)
