"""Coupons are made with a count of their uses, and a limit never falls below that count."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q

from core.actions import retrying_locks
from core.audiences import VENDOR
from core.resources.declaration import Resource
from core.resources.operations import plain_create, plain_update
from core.rules import Actor
from marketplace.coupons.errors import LimitBelowUse
from marketplace.coupons.models import Coupon, CouponTally


def create_coupon(resource: type[Resource], values: Mapping[str, Any], *, by: Actor, reason: str = "") -> Coupon:
    """Make a coupon that nobody has used. Who works for one vendor makes that vendor's, unless another is said.

    Refuses with 403 a member who names no vendor, or one whose prices they may not change.
    """
    own = by.tenants_where("edit_listings") if by.audience is VENDOR else frozenset()
    if len(own) == 1 and values.get("vendor") is None:
        values = {**values, "vendor": next(iter(own))}
    with retrying_locks(), transaction.atomic():
        coupon = plain_create(resource, values, by=by, reason=reason)
        CouponTally.objects.create(coupon=coupon, limit=coupon.limit)
    return coupon


def change_coupon(
    resource: type[Resource], row: Any, values: Mapping[str, Any], *, by: Actor, version: int | None = None, reason: str = ""
) -> Coupon:  # fmt: skip
    """Change a coupon for what is bought from now on. Refuses with 409 `limit_below_use` a limit that is passed already."""
    with retrying_locks(), transaction.atomic():
        coupon: Coupon = plain_update(resource, row, values, by=by, version=version, reason=reason)
        if "limit" in values:
            fitting = Q() if coupon.limit is None else Q(used__lte=coupon.limit)
            if not CouponTally.objects.filter(fitting, coupon=coupon).update(limit=coupon.limit):
                used = CouponTally.objects.values_list("used", flat=True).get(coupon=coupon)
                raise LimitBelowUse(coupon=coupon.code, used=used, limit=coupon.limit)
    return coupon
