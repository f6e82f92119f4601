"""What is done with coupons: they are made and changed by people, and used by orders."""

from marketplace.coupons.actions.issuing import change_coupon, create_coupon
from marketplace.coupons.actions.redeeming import Use, give_back, note_uses, take_again, take_uses

__all__ = ["Use", "change_coupon", "create_coupon", "give_back", "note_uses", "take_again", "take_uses"]
