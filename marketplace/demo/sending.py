"""How the demo market sends, and what of its prices is tax."""

from datetime import date, timedelta
from typing import Any

from core.audiences import OPERATIONS
from core.money import Money
from core.resources import operations
from core.rules import actor_of
from marketplace.demo.agenda import as_of
from marketplace.demo.lives import Life
from marketplace.shipping.resources import PriceSteps, ShippingMethods, Zones
from marketplace.taxes.resources import TaxCountries, TaxRates
from marketplace.vendors.models import Vendor

VAT_SINCE = date(2021, 1, 1)
NAIROBI = "Nairobi, Kiambu, Ruiru, Thika, Kikuyu, Ngong, Rongai, Athi River"
COLLECTS = "owner@soko.example"


def kes(amount: int) -> Money:
    return Money(amount * 100, "KES")


def lay_out(life: Life) -> None:
    """The market's zones and methods, one vendor's own, and the value added tax of Kenya, from before the first order."""
    with as_of(life.now - timedelta(days=120)):
        _tax(life)
        _market(life)
        _own(life)


def _tax(life: Life) -> None:
    finance = actor_of(life.town.users["finance@soko.example"], OPERATIONS)
    operations.create(TaxCountries, {"country": "KE", "prices_include_tax": True}, by=finance)
    operations.create(
        TaxRates, {"name": "VAT", "country": "KE", "basis_points": 1600, "valid_from": VAT_SINCE}, by=finance
    )


def _market(life: Life) -> None:
    admin = actor_of(life.town.users["admin@soko.example"], OPERATIONS)
    near = operations.create(Zones, {"name": "Nairobi and around", "countries": "KE", "towns": NAIROBI}, by=admin)
    kenya = operations.create(Zones, {"name": "All of Kenya", "countries": "KE"}, by=admin)
    rider: dict[str, Any] = {
        "name": "Rider",
        "zone": near.pk,
        "kind": "flat",
        "price": kes(250),
        "days_min": 0,
        "days_max": 1,
    }
    operations.create(ShippingMethods, rider | {"most_grams": 25_000}, by=admin)
    courier: dict[str, Any] = {
        "name": "Courier", "zone": kenya.pk, "kind": "table", "measure": "weight", "price": kes(2_500), "days_min": 1, "days_max": 4,
        "free_from": kes(50_000),
    }  # fmt: skip
    method = operations.create(ShippingMethods, courier, by=admin)
    for grams, price in ((1_000, 350), (5_000, 500), (20_000, 900)):
        operations.create(PriceSteps, {"method": method.pk, "up_to": grams, "price": kes(price)}, by=admin)


def _own(life: Life) -> None:
    """The owner of the cast sends for itself, and lets buyers collect."""
    owner = life.town.actor(COLLECTS)
    vendor = Vendor.objects.filter(members__user__email=COLLECTS).order_by("pk").first()
    if vendor is None or vendor.currency != "KES":
        return
    own: dict[str, Any] = {"vendor": vendor.pk, "days_min": 1, "days_max": 3}
    operations.create(ShippingMethods, own | {"name": "Our transporter", "kind": "flat", "price": kes(1_500)}, by=owner)
    collect = own | {
        "name": "Collect it yourself",
        "kind": "pickup",
        "price": kes(0),
        "note": "Our yard, weekdays from eight to six.",
    }
    operations.create(ShippingMethods, collect, by=owner)
