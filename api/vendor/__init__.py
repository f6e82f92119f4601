"""Hand-written routes of the vendor audience: only what generation cannot give."""

from ninja import Router

from api import transfers
from api.vendor import analytics, catalog
from core.audiences import VENDOR

ROUTERS: list[tuple[str, Router]] = [
    ("/analytics", analytics.router),
    ("/exports", transfers.export_routes(VENDOR)),
    ("/imports", transfers.import_routes(VENDOR)),
    ("/jobs", transfers.job_routes(Router(tags=["Platform"]), VENDOR)),
    ("/categories", catalog.categories),
    ("/listings", catalog.listings),
]
