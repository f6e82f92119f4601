"""Coupons for tests and the demo market, made as staff make them."""

from typing import Any

from core.resources import operations
from core.rules import Actor
from marketplace.coupons.models import Coupon, CouponListing
from marketplace.coupons.resources import CouponListings, Coupons


def coupon(code: str, *, listings: tuple[Any, ...] = (), **values: Any) -> Coupon:
    """A coupon of ten percent, unless said otherwise."""
    if "amount" not in values and values.get("kind") != "free_shipping":
        values.setdefault("basis_points", 1_000)
    values.setdefault("kind", "amount" if "amount" in values else "percent")
    made: Coupon = operations.create(Coupons, {"code": code, **values}, by=Actor.system("factory"))
    for each in listings:
        named: CouponListing = operations.create(
            CouponListings, {"coupon": made, "listing": each}, by=Actor.system("factory")
        )
        assert named.pk
    return made
