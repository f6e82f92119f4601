"""Hand-written routes of the operations audience: only what generation cannot give."""

from ninja import Router

from api import deliveries, disputes, papers, tracking, transfers
from api.operations import analytics, catalog, finance, ledger, moderation, payouts, search
from core.audiences import OPERATIONS

ROUTERS: list[tuple[str, Router]] = [
    ("/analytics", analytics.router),
    ("/deliveries", deliveries.routes(Router(tags=["Orders"]), OPERATIONS)),
    ("/credit-notes", papers.of_credit_notes(Router(tags=["Orders"]))),
    ("/disputes", disputes.routes(Router(tags=["Orders"]), OPERATIONS)),
    ("/exports", transfers.export_routes(OPERATIONS)),
    ("/imports", transfers.import_routes(OPERATIONS)),
    ("/jobs", transfers.job_routes(Router(tags=["Platform"]), OPERATIONS)),
    ("/categories", catalog.categories),
    ("/listings", catalog.listings),
    ("/finance", finance.router),
    ("/payout-plan", payouts.plan),
    ("/payout-batches", payouts.batches),
    ("/payouts", papers.of_payouts(Router(tags=["Money"]))),
    ("/ledger", ledger.router),
    ("/moderation", moderation.router),
    ("/search", search.router),
    ("/orders", tracking.of_orders(Router(tags=["Orders"]))),
    ("/vendor-orders", papers.of_shares(tracking.of_shares(Router(tags=["Orders"])))),
    ("/shipments", papers.of_parcels(Router(tags=["Orders"]))),
]
