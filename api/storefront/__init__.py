"""Hand-written routes of the storefront audience: only what generation cannot give."""

from ninja import Router

from api import disputes, papers
from api.storefront import auth, cart, catalog, contacts, favourites, me, orders, payments, quotes, search
from core.audiences import STOREFRONT

ROUTERS: list[tuple[str, Router]] = [
    ("/auth", auth.router),
    ("/cart", cart.router),
    ("/cart/quote", quotes.router),
    ("/categories", catalog.router),
    ("/contacts", contacts.router),
    ("/credit-notes", papers.of_credit_notes(Router(tags=["Orders"]))),
    ("/disputes", disputes.routes(Router(tags=["Orders"]), STOREFRONT)),
    ("/listings", search.router),
    ("/me", me.router),
    ("/me/favourites", favourites.router),
    ("/orders", orders.router),
    ("/payments", payments.router),
]
