"""The lists of orders and of shares: each row tells what was bought, by or from whom, for how much, and how it stands."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin import words
from core.audiences import OPERATIONS
from core.resources.admin.columns import titled
from core.resources.admin.lists import ResourceList
from core.rules import Actor
from marketplace.orders import shapes
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.screens import items, overall

Column = Callable[[Any], Any]


class OrderRows(ResourceList):
    """Orders with what their rows tell, read for the whole page at once."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        rows = super().get_queryset(request, exclude_parameters)
        return rows.select_related("customer").prefetch_related("lines", "shares__vendor")


class ShareRows(ResourceList):
    """Shares with what their rows tell, read for the whole page at once."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        rows = super().get_queryset(request, exclude_parameters)
        return rows.select_related("order", "vendor").prefetch_related("lines")


def order_columns(declared: dict[str, Column]) -> list[Column]:
    """What the list of orders shows, the state in sight on a phone; columns that say enough are those declared."""
    return [order, whole_state, things, vendors, total, *_kept(declared, "placed_at")]


def share_columns(declared: dict[str, Column], actor: Actor) -> list[Column]:
    """What the list of shares shows: to operations whose each is, to vendors where each goes."""
    others = actor.audience is OPERATIONS or len(actor.memberships) > 1
    whose = [vendor] if others else []
    return [share, *_kept(declared, "state"), *whose, goes_to, *_kept(declared, "total", "placed_at")]


def _kept(declared: dict[str, Column], *names: str) -> list[Column]:
    return [declared[name] for name in names if name in declared]


@titled("Order")
def order(row: Order) -> SafeString:
    return words.head(shapes.image(row), words.unbroken(row.reference), row.customer.full_name, icon="receipt_long")


@titled("From")
def vendors(row: Order) -> str:
    return listed((share.vendor.name for share in row.shares.all()), most=2)


@titled("Items")
def things(row: Order) -> SafeString:
    return words.stacked(items(shapes.count(row)), _titles(row))


@titled("Total")
def total(row: Order) -> SafeString:
    back = f"{row.refunded} given back" if row.refunded.amount else ""
    return words.stacked(words.show(row.total), back)


@titled("State")
def whole_state(row: Order) -> SafeString:
    return overall(row)


@titled("Vendor order")
def share(row: VendorOrder) -> SafeString:
    return words.head(
        shapes.image(row),
        words.unbroken(row.reference),
        f"{items(shapes.count(row))}: {_titles(row)}",
        icon="package_2",
    )


@titled("Vendor")
def vendor(row: VendorOrder) -> str:
    return row.vendor.name


@titled("Goes to")
def goes_to(row: VendorOrder) -> SafeString | str:
    to = shapes.destination(row)
    if to is None:
        return words.EMPTY
    return words.stacked(to["town"], to["recipient"])


def _titles(row: Order | VendorOrder) -> str:
    return listed(dict.fromkeys(line.title for line in row.lines.all()), most=1)


def listed(names: Iterable[str], *, most: int) -> str:
    """The first few by name, the rest by number."""
    found = list(names)
    return f"{', '.join(found[:most])}{f' and {len(found) - most} more' if len(found) > most else ''}"
