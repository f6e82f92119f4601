"""What a cart refuses."""

from core.errors import Conflict


class NotForSale(Conflict):
    code = "not_for_sale"
    sentence = "This cannot be bought here now."


class OwnGoods(Conflict):
    code = "own_goods"
    sentence = "You work for {vendor}, so you cannot buy from it."


class CartFull(Conflict):
    code = "cart_full"
    sentence = "A cart holds at most {most} different things; order some first."
