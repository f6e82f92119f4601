"""Who sees carts: operations, to help; their owners have routes of their own, which name no cart."""

from core.rules import Policy, Rows, granted

CART = Policy(operations=Rows(view=granted("view_orders")))
