"""Hand-written routes of the vendor audience: only what generation cannot give."""

from ninja import Router

from api import deliveries, disputes, papers, tracking, transfers
from api.vendor import analytics, catalog, money, payouts
from core.audiences import VENDOR

ROUTERS: list[tuple[str, Router]] = [
    ("/analytics", analytics.router),
    ("/deliveries", deliveries.routes(Router(tags=["Orders"]), VENDOR)),
    ("/credit-notes", papers.of_credit_notes(Router(tags=["Orders"]))),
    ("/disputes", disputes.routes(Router(tags=["Orders"]), VENDOR)),
    ("/exports", transfers.export_routes(VENDOR)),
    ("/imports", transfers.import_routes(VENDOR)),
    ("/jobs", transfers.job_routes(Router(tags=["Platform"]), VENDOR)),
    ("/categories", catalog.categories),
    ("/listings", catalog.listings),
    ("/payouts", papers.of_payouts(payouts.router)),
    ("/balance", money.balance),
    ("/statement", money.statement),
    ("/vendor-orders", papers.of_shares(tracking.of_shares(Router(tags=["Orders"])))),
    ("/shipments", papers.of_parcels(Router(tags=["Orders"]))),
]
