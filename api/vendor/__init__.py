"""Hand-written routes of the vendor audience: only what generation cannot give."""

from ninja import Router

from api.vendor import analytics, catalog

ROUTERS: list[tuple[str, Router]] = [
    ("/analytics", analytics.router),
    ("/categories", catalog.categories),
    ("/listings", catalog.listings),
]
