"""Reads of coupons: how each stands for a buyer at this moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, IntegerField, OuterRef, QuerySet, Subquery, Sum, When

from core.errors import Conflict
from marketplace.coupons.discounts import Terms
from marketplace.coupons.errors import CouponEnded, CouponUnknown, CouponUsedUp
from marketplace.coupons.models import Coupon, CouponUserTally, Redemption


@dataclass(frozen=True)
class Standing:
    """A coupon, and why it may not be used at all now, if so; whether it fits a cart is another question."""

    terms: Terms
    trouble: Conflict | None


def by_code(code: str) -> Coupon | None:
    """The coupon that somebody typed the code of."""
    return Coupon.objects.filter(code=code.strip().upper()).first()


def standings(keys: Iterable[int], *, user_id: int | None, at: datetime) -> list[Standing]:
    """These coupons as they stand for a buyer, in two queries."""
    mine = CouponUserTally.objects.filter(coupon=OuterRef("pk"), user=user_id).values("used")
    rows = Coupon.objects.filter(pk__in=set(keys)).annotate(
        used=F("tally__used"), used_by_me=Subquery(mine[:1], output_field=IntegerField())
    )
    return [Standing(terms_of(row), _trouble(row, at)) for row in rows.prefetch_related("listings").order_by("pk")]


def terms_of(coupon: Coupon) -> Terms:
    """A coupon as a sum needs it."""
    return Terms(
        key=coupon.pk, code=coupon.code, kind=coupon.kind, basis_points=coupon.basis_points, amount=coupon.amount,
        minimum=coupon.minimum, vendor=coupon.vendor_id, category=coupon.category_id,
        listings=frozenset(each.listing_id for each in coupon.listings.all()), is_by_market=coupon.borne_by == "market",
        per_user_limit=coupon.per_user_limit,
    )  # fmt: skip


def _trouble(coupon: Coupon, at: datetime) -> Conflict | None:
    """A coupon that is switched off, or has not begun, is as unknown as one that never was."""
    if not coupon.is_active or coupon.starts_at > at:
        return CouponUnknown(coupon=coupon.code)
    if coupon.ends_at is not None and coupon.ends_at <= at:
        return CouponEnded(coupon=coupon.code)
    for limit, used in ((coupon.limit, coupon.used), (coupon.per_user_limit, coupon.used_by_me)):  # type: ignore[attr-defined]
        if limit is not None and (used or 0) >= limit:
            return CouponUsedUp(coupon=coupon.code)
    return None


def counted(*per: str) -> QuerySet:
    """How many uses there are now by these columns, as the facts have it: taken and not given back."""
    signed = Case(When(kind="returned", then=-1), default=1, output_field=IntegerField())
    return Redemption.objects.order_by().values(*per).annotate(net=Sum(signed))


def held_by(reference: str) -> list[Redemption]:
    """The uses that an order holds, each as it was first taken, in the order of the coupons."""
    return _standing(reference, held=True)


def given_back_by(reference: str) -> list[Redemption]:
    """The uses that an order had and gave back."""
    return _standing(reference, held=False)


def _standing(reference: str, *, held: bool) -> list[Redemption]:
    first: dict[int, Redemption] = {}
    net: dict[int, int] = {}
    for row in Redemption.objects.filter(reference=reference).order_by("coupon_id", "pk").select_related("coupon"):
        first.setdefault(row.coupon_id, row)
        net[row.coupon_id] = net.get(row.coupon_id, 0) + (-1 if row.kind == "returned" else 1)
    return [row for key, row in first.items() if (net[key] > 0) is held]
