"""The page on which a sale is tried out: what the market would take of it, and by which rules."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.money import Money
from core.resources.admin.rows import row_url
from core.rules import Actor, scope
from marketplace.catalog.models import Category, Listing
from marketplace.ledger import queries
from marketplace.ledger.kinds import Fee
from marketplace.vendors.models import Vendor

MOST = 1_000


def form(asked: Mapping[str, str], actor: Actor) -> forms.Form:
    """Whose sale, where, and for how much. Only rows that the actor may see can be chosen."""

    class TrySale(forms.Form):
        vendor = forms.ModelChoiceField(
            scope(actor, Vendor).order_by("name", "pk"), required=False, widget=UnfoldAdminSelectWidget(),
            help_text="Needed unless a listing is named.",
        )  # fmt: skip
        category = forms.ModelChoiceField(
            scope(actor, Category).order_by("name", "pk"), required=False, widget=UnfoldAdminSelectWidget()
        )
        listing = forms.IntegerField(
            required=False, min_value=1, max_value=2**31 - 1, widget=UnfoldAdminTextInputWidget(),
            help_text="By its number; then its own vendor and category count.",
        )  # fmt: skip
        price = forms.CharField(max_length=30, widget=UnfoldAdminTextInputWidget(), help_text="Such as 1099.50.")

        def clean(self) -> dict[str, Any]:
            found = super().clean() or {}
            if found.get("listing"):
                row = scope(actor, Listing).select_related("vendor", "category").filter(pk=found["listing"]).first()
                if row is None:
                    self.add_error("listing", "There is no such listing.")
                else:
                    found |= {"row": row, "vendor": row.vendor, "category": row.category}
            if not found.get("vendor") and not self.errors:
                self.add_error("vendor", "Say whose sale it is.")
            if found.get("vendor") and "price" in found:
                self._read_price(found)
            return found

        def _read_price(self, found: dict[str, Any]) -> None:
            try:
                found["amount"] = Money.from_major(found["price"], found["vendor"].currency)
            except ValueError as fault:
                self.add_error("price", str(fault))
                return
            if not 0 <= found["amount"].amount <= 10**12:
                self.add_error("price", "A price is not below nothing, and not beyond reason.")

    made = TrySale(asked or None, auto_id="try_%s")
    for name in ("vendor", "category"):  # any may be named; no more are listed than a page can hold
        field: Any = made.fields[name]
        field.widget.choices = list(islice(field.choices, MOST + 1))
    return made


def page(asked: Mapping[str, str], actor: Actor) -> dict[str, Any]:
    """What the page shows: the form, and what would be taken once it is filled in. Changes nothing."""
    sale = form(asked, actor)
    shown: dict[str, Any] = {"title": "What the market takes", "form": sale}
    if not asked or not sale.is_valid():
        return shown
    said = sale.cleaned_data
    price, listing, category = said["amount"], said.get("row"), said.get("category")
    found = queries.preview(
        vendor_id=said["vendor"].pk,
        category_id=category.pk if category else None,
        listing_id=listing.pk if listing else None,
        price=price,
    )
    taken = Money(sum(each.amount.amount for each in found), price.currency)
    lines = [(Fee(each.fee).label, each.amount, each.rule, row_url(each.rule)) for each in found]
    of = listing or category
    return {
        **shown,
        "lines": lines,
        "price": price,
        "taken": taken,
        "left": price - taken,
        "of": of,
        "whose": said["vendor"],
    }
