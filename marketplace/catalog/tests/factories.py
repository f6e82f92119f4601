"""Things of the catalogue for tests and the demo market, made as the system."""

from itertools import count
from typing import Any

from django.utils import timezone

from core.money import Money
from core.resources import documents
from core.resources.definitions import Kind
from core.testing import writing_as_system
from marketplace.catalog import prices
from marketplace.catalog.models import (
    Attribute,
    Category,
    CategoryAttribute,
    Listing,
    Option,
    Stock,
    Variant,
    VariantOption,
    VariantValue,
)
from marketplace.vendors.models import Vendor

_numbers = count(1)


def category(name: str = "", *, parent: Category | None = None, **values: Any) -> Category:
    """A category; its slug is made from its name unless given."""
    number = next(_numbers)
    name = name or f"Category {number}"
    values.setdefault("slug", f"{name.lower().replace(' ', '-')}-{number}")
    return _saved(Category(name=name, parent=parent, **values))


def attribute(code: str, kind: Kind | str = Kind.TEXT, *, options: tuple[str, ...] = (), **values: Any) -> Attribute:
    """An attribute with its options, which are labelled by their codes."""
    values.setdefault("label", code.replace("_", " ").capitalize())
    made = _saved(Attribute(code=code, kind=str(kind), **values))
    for position, each in enumerate(options):
        _saved(Option(attribute=made, code=each, label=each.replace("_", " ").capitalize(), position=position))
    return made


def attach(where: Category, what: Attribute, **values: Any) -> CategoryAttribute:
    """An attribute put on a category."""
    values.setdefault("position", next(_numbers))
    return _saved(CategoryAttribute(category=where, attribute=what, **values))


def cars() -> Category:
    """Vehicles with a make, and cars below it with year, fuel, features, a price of staff's own and a day of inspection."""
    vehicles = category("Vehicles", slug="vehicles")
    found = category("Cars", parent=vehicles, slug="cars")
    attach(
        vehicles, attribute("make", Kind.CHOICE, options=("toyota", "mazda", "ford")), is_required=True, is_facet=True
    )
    attach(
        found,
        attribute("year", Kind.NUMBER, minimum=1950, maximum=2030, is_integer=True),
        is_required=True,
        is_facet=True,
    )
    attach(found, attribute("engine", Kind.NUMBER, unit="l"), is_facet=True)
    attach(found, attribute("features", Kind.MULTI_CHOICE, options=("abs", "airbag", "sunroof")), is_facet=True)
    attach(found, attribute("automatic", Kind.BOOLEAN), is_facet=True)
    attach(found, attribute("inspected", Kind.DATE))
    attach(found, attribute("remarks", Kind.TEXT), is_filterable=False)
    attach(found, attribute("risk", Kind.NUMBER), visibility="staff")
    return found


def listing(*, vendor: Vendor, category: Category, status: str = "draft", **values: Any) -> Listing:
    """A listing in a state; approved ones are approved now."""
    values.setdefault("title", f"Listing {next(_numbers)}")
    price = values.pop("price", 100_000)
    made = Listing(vendor=vendor, category=category, status=status, **values)
    made.price = Money(price, vendor.currency) if isinstance(price, int) else price
    if status in ("approved", "paused", "expired"):
        made.approved_at = made.approved_at or timezone.now()
        made.published_at = made.published_at or made.approved_at
    _saved(made)
    with writing_as_system("factory"):
        prices.note(made, ())
    return made


def variant(of: Listing, *, on_hand: int = 0, **values: Any) -> Variant:
    """A variant with its stock."""
    number = next(_numbers)
    values.setdefault("sku", f"SKU{number}")
    values.setdefault("title", f"Variant {number}")
    made = _saved(Variant(listing=of, **values))
    Stock.objects.create(variant=made, on_hand=on_hand)
    with writing_as_system("factory"):
        prices.note_variant(made, "create", ())
    return made


def variant_value(of: Listing, option: str, name: str) -> VariantValue:
    """A value of an option of a listing; the option is made with its first value."""
    found = VariantOption.objects.filter(listing=of, name=option).first()
    made = found or _saved(VariantOption(listing=of, name=option, position=of.variant_options.count()))
    return _saved(VariantValue(option=made, name=name, position=made.values.count()))


def _saved(row: Any) -> Any:
    with writing_as_system("factory"):
        row.save()
    if not isinstance(row, Listing | Variant | VariantOption | VariantValue):
        documents.bump()
    return row
