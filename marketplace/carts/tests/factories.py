"""Things to buy, and carts with them, for tests and the demo market."""

from typing import Any

from core.rules import Actor
from marketplace.accounts.models import User
from marketplace.carts import actions
from marketplace.catalog import actions as catalog
from marketplace.catalog.models import Category, Variant
from marketplace.catalog.modes import BUY, CONTACT
from marketplace.catalog.tests import factories
from marketplace.vendors.models import Vendor


def on_sale(
    vendor: Vendor, *, price: int = 1_000, stock: int = 10, category: Category | None = None, **values: Any
) -> Variant:
    """A variant that can be bought: its listing on show, its stock explained by a movement."""
    of = factories.listing(
        vendor=vendor, category=category or factories.category(), status="approved", price=price, modes=[CONTACT, BUY], **values
    )  # fmt: skip
    made = factories.variant(of)
    if stock:
        catalog.adjust_stock(made.pk, by=Actor.system("factory"), quantity=stock, reason="Delivered to the shop")
    return made


def filled(user: User, wanted: dict[Variant, int]) -> None:
    """Put these into somebody's cart."""
    for variant, quantity in wanted.items():
        actions.add(variant.pk, by=Actor(user_id=user.pk, name=str(user)), quantity=quantity)
