"""The page on which a sale is tried out: which rate counts there, and what of the price is tax."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from core import context
from core.admin.actors import admin_actor
from core.admin.filters import specs
from core.money import Money
from core.resources.types import key_of
from marketplace.accounts.places import spelled
from marketplace.catalog.models.shelves import shelves
from marketplace.taxes import queries
from marketplace.taxes.assessing import Rate, Taxable, rate_for
from marketplace.taxes.models import percent
from marketplace.taxes.resources import TaxRates
from marketplace.taxes.sales import Spot
from marketplace.vendors.models import COUNTRY


@dataclass(frozen=True)
class Trial:
    """What came of a sale that was tried out."""

    goods: Money
    shipping: Money
    of_goods: Money
    of_shipping: Money
    is_included: bool
    rate: Rate | None

    @property
    def percent(self) -> str:
        return percent(self.rate.basis_points) if self.rate is not None else ""

    @property
    def pays(self) -> Money:
        net = self.goods + self.shipping
        return net if self.is_included else net + self.of_goods + self.of_shipping

    @property
    def sentence(self) -> str:
        if self.rate is None:
            return "No rate taxes this there."
        return "The prices hold their tax." if self.is_included else "Tax is put on top of the prices."


class SaleForm(forms.Form):
    """What is tried out: an amount of goods and one of shipping, in the market's currency, sent to a place."""

    amount = forms.CharField(max_length=20, widget=UnfoldAdminTextInputWidget())
    shipping = forms.CharField(max_length=20, required=False, widget=UnfoldAdminTextInputWidget())
    country = forms.CharField(max_length=2, validators=[COUNTRY], widget=UnfoldAdminTextInputWidget())
    town = forms.CharField(max_length=80, required=False, widget=UnfoldAdminTextInputWidget())
    province = forms.CharField(
        label="State or province", max_length=80, required=False, widget=UnfoldAdminTextInputWidget()
    )

    def clean_amount(self) -> Money:
        return _money(self.cleaned_data["amount"])

    def clean_shipping(self) -> Money:
        return _money(self.cleaned_data["shipping"] or "0")


def _money(text: str) -> Money:
    try:
        found = Money.from_major(text, settings.DEFAULT_CURRENCY)
    except ValueError as fault:
        raise forms.ValidationError(str(fault)) from None
    if found.amount < 0 or len(text) > 15:
        raise forms.ValidationError("Write an amount such as 1099.50.")
    return found


def context_of(request: HttpRequest, admin: Any) -> dict[str, Any]:
    """What the page shows: a form, and once it is filled what came of it."""
    (place,) = (
        each for each in specs(TaxRates, admin_actor(request), request.GET, admin) if each.field_path == "category"
    )
    kind = type("TrySaleForm", (SaleForm,), dict(place.form.fields))
    asked = bool(request.GET.get("amount"))
    form = kind(request.GET, auto_id="try_%s") if asked else kind(initial={"country": settings.DEFAULT_COUNTRY})
    trial = None
    if asked and form.is_valid():
        trial = try_out(form.cleaned_data, key_of(request.GET.get("category", "")))
    return {"form": form, "media": form.media, "trial": trial}


def try_out(said: dict[str, Any], category: int | None) -> Trial:
    """The tax of one thing that is sent there today, by the market's own table."""
    on, to = (
        timezone.localdate(context.now()),
        Spot(said["country"], said["town"], spelled(said["country"], said["province"], "")[0]),
    )
    book = queries.book(to.country, on)
    line = Taxable(said["amount"], tuple(shelves().path(category)))
    found = book.by_table(book.sale([line], said["shipping"], origin=to, to=to))
    rate = rate_for(line.path, book.rates, town=to.town, province=to.province, on=on)
    return Trial(line.amount, said["shipping"], found.lines[0], found.shipping, found.is_included, rate)
