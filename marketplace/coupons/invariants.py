"""What always holds of coupons: no more uses than there may be, and counts that the facts explain."""

from collections.abc import Iterator

from django.db.models import F, Q

from core.invariants import invariant
from marketplace.coupons import queries
from marketplace.coupons.models import Coupon, CouponTally, CouponUserTally


@invariant("I-C1", owner="coupons")
def uses_beyond_a_limit() -> Iterator[str]:
    """A coupon is used no oftener than it may be, in all and by each buyer, and its counts are what the uses make."""
    for row in Coupon.objects.exclude(tally__limit=F("limit")).exclude(limit=None, tally__limit=None).order_by("pk"):
        yield f"limit of {row.code}"
    beyond = Q(used__gt=F("limit"))
    yield from (f"coupon {key}" for key in CouponTally.objects.filter(beyond).values_list("coupon", flat=True))
    yield from (f"user tally {key}" for key in CouponUserTally.objects.filter(beyond).values_list("pk", flat=True))
    net = {row["coupon"]: row["net"] for row in queries.counted("coupon")}
    for key, used in CouponTally.objects.order_by("pk").values_list("coupon", "used"):
        if used != net.get(key, 0):
            yield f"coupon {key} counts {used}, not {net.get(key, 0)}"
    by_user = {(row["coupon"], row["user"]): row["net"] for row in queries.counted("coupon", "user")}
    for key, user, used in CouponUserTally.objects.order_by("pk").values_list("coupon", "user", "used"):
        if used != by_user.pop((key, user), 0):
            yield f"coupon {key} of user {user} counts {used}"
    yield from (f"coupon {key} of user {user} is not counted" for (key, user), uses in by_user.items() if uses)
