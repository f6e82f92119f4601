"""Coupons of the demo market, who uses them, addresses that people keep, and orders that support writes down on the phone."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from core.audiences import OPERATIONS, STOREFRONT
from core.errors import DomainError
from core.money import Money
from core.resources import operations
from core.rules import Actor, actor_of
from marketplace.accounts.models import User
from marketplace.accounts.resources import Addresses
from marketplace.carts import actions as carts
from marketplace.catalog.models import Category
from marketplace.coupons.models import Coupon
from marketplace.coupons.resources import Coupons
from marketplace.demo.agenda import as_of
from marketplace.demo.lives import Life
from marketplace.demo.shopping import CURRENCY, Assortment, address_of
from marketplace.orders.resources import DraftOrderLines, DraftOrders
from marketplace.vendors.models import Vendor

SYSTEM = Actor.system("demo market")
SELLER = "Savanna Motors"
#: Which order uses which code, by turns; most use none.
TURNS = ("KARIBU10", "", "SAVANNA500", "", "", "KARIBU10", "", "HARAMBEE", "")


def issue(life: Life) -> None:
    """A welcome for everybody, a campaign that has ended, free shipping, and one vendor's own."""
    begin = life.now - timedelta(days=120)
    many: list[dict[str, Any]] = [
        {"code": "KARIBU10", "kind": "percent", "basis_points": 1_000, "per_user_limit": 2, "limit": 500},
        {
            "code": "HARAMBEE", "kind": "amount", "amount": Money(200_00, CURRENCY), "minimum": Money(1_500_00, CURRENCY),
            "ends_at": life.now - timedelta(days=20), "limit": 40,
        },
        {"code": "LETEBURE", "kind": "free_shipping", "minimum": Money(5_000_00, CURRENCY)},
    ]  # fmt: skip
    shelf = Category.objects.filter(parent=None).order_by("position", "pk").first()
    if shelf is not None:
        many.append(
            {
                "code": "NUSU",
                "kind": "percent",
                "basis_points": 5_000,
                "limit": 1,
                "category": shelf,
                "is_active": False,
            }
        )
    with as_of(begin):
        for each in many:
            operations.create(Coupons, {"starts_at": begin, "borne_by": "market", **each}, by=SYSTEM)
        vendor = Vendor.objects.filter(name=SELLER).first()
        if vendor is not None:
            own = {"code": "SAVANNA500", "kind": "amount", "amount": Money(500_00, CURRENCY), "starts_at": begin}
            operations.create(Coupons, {**own, "vendor": vendor}, by=life.town.owner_of(SELLER))


def use(by: Actor, at: datetime, turn: int) -> None:
    """Put the code whose turn it is to a cart, if it fits."""
    code = TURNS[turn % len(TURNS)]
    if code:
        with suppress(DomainError):
            carts.add_coupon(code, by=by, at=at - timedelta(minutes=2))


def keep_addresses(life: Life, people: list[User]) -> None:
    """Where some people have things sent."""
    with as_of(life.now - timedelta(days=30)):
        for user in people:
            operations.create(Addresses, {"label": "Home", **address_of(user)}, by=actor_of(user, STOREFRONT))


def write_down(life: Life, assortment: Assortment, people: list[User]) -> None:
    """Two orders that support has on the phone; nothing of them is kept yet."""
    by = actor_of(life.town.users["support@soko.example"], OPERATIONS)
    offers = sorted((each for many in assortment.by_vendor.values() for each in many), key=lambda each: -each.pull)
    for turn, user in enumerate(people):
        with as_of(life.now - timedelta(minutes=25 + 40 * turn)):
            coupon = Coupon.objects.filter(code="KARIBU10").first() if not turn else None
            said = {"staff_note": "Rang at noon; wants to pay tonight.", "coupon": coupon}
            draft = operations.create(DraftOrders, {"customer": user, **address_of(user), **said}, by=by)
            for offer in offers[turn : turn + 2]:
                with suppress(DomainError):
                    operations.create(DraftOrderLines, {"draft": draft, "variant": offer.variant}, by=by)
