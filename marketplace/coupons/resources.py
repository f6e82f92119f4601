"""Coupons and their uses, declared. Nothing of them is on the storefront: a buyer knows a code, or does not."""

from core.audiences import OPERATIONS, VENDOR
from core.resources.declaration import ANY_OF, CREATE, EXACT, RANGE, F, Look, Resource
from core.resources.types import text, whole
from core.rules import Actor
from marketplace.coupons import actions
from marketplace.coupons.models import Coupon, CouponListing, Redemption

TEAM = VENDOR | OPERATIONS


def borne_by_its_vendor(actor: Actor) -> str | None:
    """Vendors bear what they give; operations say who does."""
    return "vendor" if actor.audience is VENDOR else "market"


def used(coupon: Coupon) -> int:
    """How often it was used, less what was given back."""
    return coupon.tally.used


def worth(coupon: Coupon) -> str:
    """What it takes off, in a few words."""
    if coupon.basis_points is not None:
        whole_percent, rest = divmod(coupon.basis_points, 100)
        return f"{whole_percent}.{rest:02}%" if rest else f"{whole_percent}%"
    return str(coupon.amount) if coupon.amount is not None else "The shipping"


class Coupons(Resource):
    model, group, icon = Coupon, "Orders", "loyalty"
    fields = {
        "code": F(read=TEAM, write=TEAM, on=CREATE, search=True, help="Kept in capitals; typed in any case."),
        "kind": F(read=TEAM, write=TEAM, on=CREATE, filter=ANY_OF),
        "basis_points": F(read=TEAM, write=TEAM),
        "amount": F(read=TEAM, write=TEAM),
        "worth": F(
            read=TEAM,
            compute=worth,
            type=text(40),
            needs=("kind", "basis_points", "amount"),
            help="What it takes off, in words.",
        ),
        "minimum": F(read=TEAM, write=TEAM, help="Of the goods that it is for, before anything is taken off."),
        "vendor": F(
            read=TEAM,
            write=TEAM,
            on=CREATE,
            filter=EXACT,
            expand=True,
            help="Whose goods it is for. Empty: a member's own vendor; by operations, all.",
        ),
        "category": F(
            read=TEAM, write=TEAM, filter=EXACT, expand=True, help="Only for goods there and below. Empty: everywhere."
        ),
        "starts_at": F(read=TEAM, write=TEAM, order=True, filter=RANGE),
        "ends_at": F(read=TEAM, write=TEAM),
        "limit": F(read=TEAM, write=TEAM),
        "per_user_limit": F(read=TEAM, write=TEAM, on=CREATE),
        "used": F(
            read=TEAM,
            compute=used,
            type=whole(0, 2**31 - 1),
            needs=("tally",),
            help="By orders that did not end unpaid.",
        ),
        "borne_by": F(read=TEAM, write=OPERATIONS, on=CREATE, filter=ANY_OF, preset=borne_by_its_vendor),
        "is_active": F(read=TEAM, write=TEAM, filter=EXACT),
    }
    operations = {"create": actions.create_coupon, "update": actions.change_coupon}
    order = ("-starts_at", "-id")
    key = ("code",)
    transfer = False
    look = Look(
        columns=("code", "worth", "vendor", "used", "limit", "is_active"),
        tabs={"What it is for": ("vendor", "category", "minimum"), "How often": ("limit", "per_user_limit")},
        facts=("used", "kind", "vendor", "per_user_limit", "borne_by"),
        filters=("kind", "is_active", "borne_by", "vendor"),
        inlines=("coupon-listings",),
        empty="There are no coupons yet.",
        help="A coupon with listings of its own is for these alone. Its uses are counted, and none is above its limits.",
    )


class CouponListings(Resource):
    model, group, icon = CouponListing, "Orders", "sell"
    child = True
    fields = {
        "coupon": F(read=TEAM, write=TEAM, on=CREATE, filter=EXACT, expand=True),
        "listing": F(read=TEAM, write=TEAM, on=CREATE, filter=EXACT, expand=True),
    }
    transfer = False
    look = Look(columns=("coupon", "listing"))


class Redemptions(Resource):
    model, group, icon = Redemption, "Orders", "redeem"
    fields = {
        "coupon": F(read=TEAM, filter=EXACT, expand=True),
        "kind": F(read=TEAM, filter=ANY_OF),
        "amount": F(read=TEAM, help="What it took off."),
        "at": F(read=TEAM, filter=RANGE, order=True),
        "reference": F(read=OPERATIONS, search=True, help="Of the order."),
        "user": F(read=OPERATIONS, filter=EXACT, expand=True),
    }
    order = ("-at", "-id")
    transfer = False
    look = Look(
        columns=("coupon", "kind", "amount", "reference", "user", "at"),
        filters=("kind", "at", "coupon"),
        empty="No coupon has been used yet.",
    )
