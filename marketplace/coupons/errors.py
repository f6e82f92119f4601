"""What coupons refuse. A coupon that stopped fitting a cart is told there in the same words."""

from core.errors import Conflict


class CouponUnknown(Conflict):
    code = "coupon_unknown"
    sentence = "There is no coupon {coupon}."


class CouponEnded(Conflict):
    code = "coupon_ended"
    sentence = "The coupon {coupon} has ended."


class CouponUsedUp(Conflict):
    code = "coupon_used_up"
    sentence = "The coupon {coupon} has been used as often as it may be."


class CouponNotForThisCart(Conflict):
    code = "coupon_not_for_this_cart"
    sentence = "The coupon {coupon} is for nothing that can be bought from this cart."


class CouponNotReached(Conflict):
    code = "coupon_minimum"
    sentence = "The coupon {coupon} needs goods of {minimum}; those it is for come to {reached}."


class CouponNotCombinable(Conflict):
    code = "coupon_not_combinable"
    sentence = "{coupon} does not go with {other}: a cart takes one coupon of each vendor, and one of the market."


class LimitBelowUse(Conflict):
    code = "limit_below_use"
    sentence = "The coupon {coupon} was used {used} times, so its limit cannot be {limit}."
