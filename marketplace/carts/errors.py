"""What a cart refuses."""

from core.errors import Conflict, Unauthenticated


class NotForSale(Conflict):
    code = "not_for_sale"
    sentence = "This cannot be bought here now."


class OwnGoods(Conflict):
    code = "own_goods"
    sentence = "You work for {vendor}, so you cannot buy from it."


class CartFull(Conflict):
    code = "cart_full"
    sentence = "A cart holds at most {most} different things; order some first."


class CartTokenUnknown(Unauthenticated):
    code = "cart_token_unknown"
    sentence = "This cart token is unknown or has ended. Put something into a cart without it, and get a new one."


class TooManyCoupons(Conflict):
    code = "too_many_coupons"
    sentence = "A cart takes at most {most} coupons; take one out first."
