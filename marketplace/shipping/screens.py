"""The page on which a parcel is tried out: what each method that the actor sees takes for it, and why some do not."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from core.admin.actors import admin_actor
from core.money import Money
from core.resources.admin.rows import row_url
from core.rules import Actor, scope
from marketplace.accounts.places import locality, spelled
from marketplace.shipping import shapes
from marketplace.shipping.carriers import Parcel, Place
from marketplace.shipping.models import MOST_GRAMS, ShippingMethod
from marketplace.shipping.queries import Way
from marketplace.shipping.rating import Load
from marketplace.vendors.models import COUNTRY

MOST = 100


@dataclass(frozen=True)
class Trial:
    """One method and what it takes; `why_not` where it does not take it."""

    method: ShippingMethod
    price: Money | None
    why_not: str
    prices: str
    link: str


class ParcelForm(forms.Form):
    """What is tried out. What the goods cost is in the market's currency."""

    grams = forms.IntegerField(
        label="Weight in grams", min_value=0, max_value=MOST_GRAMS, widget=UnfoldAdminIntegerFieldWidget()
    )
    value = forms.CharField(label="What the goods cost", max_length=20, widget=UnfoldAdminTextInputWidget())
    country = forms.CharField(max_length=2, validators=[COUNTRY], widget=UnfoldAdminTextInputWidget())
    town = forms.CharField(max_length=80, required=False, widget=UnfoldAdminTextInputWidget())
    province = forms.CharField(
        label="State or province", max_length=80, required=False, widget=UnfoldAdminTextInputWidget()
    )

    def clean_value(self) -> Money:
        try:
            found = Money.from_major(self.cleaned_data["value"], settings.DEFAULT_CURRENCY)
        except ValueError as fault:
            raise forms.ValidationError(str(fault)) from None
        if found.amount < 0 or len(self.cleaned_data["value"]) > 15:
            raise forms.ValidationError("Write an amount such as 1099.50.")
        return found


def context_of(request: HttpRequest) -> dict[str, Any]:
    """What the page shows: a form, and once it is filled what each method takes."""
    usual = {"country": settings.DEFAULT_COUNTRY, "grams": 1000}
    form = ParcelForm(request.GET, auto_id="try_%s") if "grams" in request.GET else ParcelForm(initial=usual)
    shown: dict[str, Any] = {"form": form, "media": form.media, "trials": None, "asked": ""}
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        province = spelled(said["country"], said["province"], "")[0]
        to, load = Place(said["country"], said["town"], province=province), Load(said["grams"], said["value"])
        where = locality(to.town, to.province, "", to.country)
        shown["trials"] = try_out(load, to, admin_actor(request))
        shown["asked"] = f"{shapes.weight(load.grams)} worth {load.value} to {where}"
    return shown


def try_out(load: Load, to: Place, actor: Actor) -> list[Trial]:
    """What each method that the actor sees takes for a load to a place; those that take it first, the cheapest before."""
    rows = (
        scope(actor, ShippingMethod).select_related("vendor", "zone").prefetch_related("steps").order_by("name", "pk")
    )
    found = [_trial(each, load, to) for each in rows[:MOST]]
    return sorted(found, key=lambda each: (each.price is None, each.price.amount if each.price else 0))


def _trial(method: ShippingMethod, load: Load, to: Place) -> Trial:
    way = Way(method, tuple(method.steps.all()))
    price, why_not = way.price(load, Parcel(load.grams, load.value, Place(""), to)), ""
    if not method.is_active:
        why_not = "Not offered now"
    elif not way.reaches(to):
        why_not = f"Does not go there: {method.zone}"
    elif price is None:
        why_not = "Another currency" if method.price.currency != load.value.currency else "Too heavy"
    return Trial(method, None if why_not else price, why_not, shapes.prices(method), row_url(method))
