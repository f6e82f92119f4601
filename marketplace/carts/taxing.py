"""The step of a bill that says what of it is tax, or is put on top: the last one, over what is paid for goods and for sending."""

from collections.abc import Mapping
from dataclasses import replace

from marketplace.carts.bills import Bill, ShareBill
from marketplace.catalog.models.shelves import shelves
from marketplace.shipping.carriers import Place
from marketplace.taxes.assessing import Assessment, Taxable
from marketplace.taxes.queries import Book
from marketplace.taxes.sales import Sale, Spot


def spot_of(to: Place) -> Spot:
    """Where something is sent, as tax is asked of it."""
    return Spot(to.country, to.town, to.province, to.postal_code)


def sale_of(share: ShareBill, book: Book, *, to: Spot, paths: Mapping[int, tuple[int, ...]]) -> Sale:
    """A share as tax is asked of it: what is paid for each line, and for sending them."""
    lines = [Taxable(each.goods - each.discount, paths.get(each.line.listing.category_id, ())) for each in share.lines]
    vendor = share.share.vendor
    origin = Spot(vendor.country, vendor.city)
    return book.sale(lines, share.shipping - share.shipping_discount, origin=origin, to=to)


def sales_of(bill: Bill, book: Book, *, to: Spot) -> list[Sale]:
    """All shares so. Where there is no rate, no category is looked up."""
    paths = _paths(bill) if book.rates else {}
    return [sale_of(share, book, to=to, paths=paths) for share in bill.shares]


def with_tax(bill: Bill, book: Book, *, to: Spot) -> Bill:
    """The bill with the tax of each line and of the shipping."""
    told = [book.assess(sale) for sale in sales_of(bill, book, to=to)]
    return Bill(tuple(_taxed(share, found) for share, found in zip(bill.shares, told, strict=True)))


def _taxed(share: ShareBill, found: Assessment) -> ShareBill:
    lines = tuple(replace(each, tax=tax) for each, tax in zip(share.lines, found.lines, strict=True))
    return replace(share, lines=lines, shipping_tax=found.shipping, tax_is_included=found.is_included)


def _paths(bill: Bill) -> dict[int, tuple[int, ...]]:
    """Of each category in the bill, itself and those above it, nearest first."""
    tree = shelves()
    keys = {each.line.listing.category_id for share in bill.shares for each in share.lines}
    return {key: tuple(tree.path(key)) for key in keys}
