"""Hand-written routes of the operations audience: only what generation cannot give."""

from ninja import Router

from api import transfers
from api.operations import analytics, catalog, moderation, search
from core.audiences import OPERATIONS

ROUTERS: list[tuple[str, Router]] = [
    ("/analytics", analytics.router),
    ("/exports", transfers.export_routes(OPERATIONS)),
    ("/imports", transfers.import_routes(OPERATIONS)),
    ("/jobs", transfers.job_routes(Router(tags=["Platform"]), OPERATIONS)),
    ("/categories", catalog.categories),
    ("/listings", catalog.listings),
    ("/moderation", moderation.router),
    ("/search", search.router),
]
