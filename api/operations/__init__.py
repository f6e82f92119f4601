"""Hand-written routes of the operations audience: only what generation cannot give."""

from ninja import Router

from api.operations import analytics, catalog, moderation, search

ROUTERS: list[tuple[str, Router]] = [
    ("/analytics", analytics.router),
    ("/categories", catalog.categories),
    ("/listings", catalog.listings),
    ("/moderation", moderation.router),
    ("/search", search.router),
]
