"""Carts, declared: operations look into them to help; nobody changes somebody else's."""

from core.audiences import OPERATIONS
from core.resources.declaration import EXACT, F, Look, Resource
from core.resources.types import whole
from marketplace.carts.models import MOST_OF_ONE, Cart, CartLine


def count(cart: Cart) -> int:
    """How many things are in it."""
    return sum(line.quantity for line in cart.lines.all())


class Carts(Resource):
    model, group, icon = Cart, "Orders", "shopping_cart"
    fields = {
        "user": F(read=OPERATIONS, filter=EXACT, expand=True),
        "count": F(read=OPERATIONS, compute=count, type=whole(0, 100 * MOST_OF_ONE), needs=("lines",)),
        "changed_at": F(read=OPERATIONS, order=True),
    }
    order = ("-changed_at", "-id")
    transfer = False
    look = Look(
        columns=("user", "count", "changed_at"),
        inlines=("cart-lines",),
        empty="Nobody has put anything into a cart yet.",
    )


class CartLines(Resource):
    model, group, icon = CartLine, "Orders", "list"
    child = True
    fields = {
        "cart": F(read=OPERATIONS, filter=EXACT),
        "variant": F(read=OPERATIONS, expand=True),
        "quantity": F(read=OPERATIONS),
        "seen_price": F(read=OPERATIONS, help="When the buyer last looked."),
    }
    order = ("cart_id", "id")
    transfer = False
