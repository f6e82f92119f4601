"""Hand-written routes of the storefront audience: only what generation cannot give."""

from ninja import Router

from api.storefront import auth, cart, catalog, contacts, favourites, me, orders, payments, search

ROUTERS: list[tuple[str, Router]] = [
    ("/auth", auth.router),
    ("/cart", cart.router),
    ("/categories", catalog.router),
    ("/contacts", contacts.router),
    ("/listings", search.router),
    ("/me", me.router),
    ("/me/favourites", favourites.router),
    ("/orders", orders.router),
    ("/payments", payments.router),
]
