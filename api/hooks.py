"""Where gateways tell us things: one address for each gateway that the market uses, outside of the three APIs."""

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from prometheus_client import Counter

from api.refusals import refuse
from core.errors import DomainError, Missing
from core.metrics import COUNTED
from marketplace.payments import flows, gateways

HEARD = Counter("marketplace_webhooks", "Webhooks received.", ("gateway", "verdict"), registry=COUNTED)
log = structlog.get_logger("payments")


@csrf_exempt  # it is signed, and no browser sends it
def receive(request: HttpRequest, *, gateway: str) -> HttpResponse:
    """The address of one gateway; of one that the market does not use there is none (404)."""
    return _hear(request, gateway) if gateway in gateways.names() else refuse(request, Missing())


@require_POST
def _hear(request: HttpRequest, gateway: str) -> HttpResponse:
    """Keep what a gateway tells, and say so at once; it is acted on afterwards.

    200 with an empty object, the same for an event that is known. Refuses with 400 `bad_signature` what the gateway did not
    sign in these very bytes within five minutes: of that nothing is kept.
    """
    try:
        is_new = flows.hear(gateway, request.body, request.headers)
    except DomainError as refusal:
        HEARD.labels(gateway, refusal.code).inc()
        log.warning("webhook_not_kept", gateway=gateway, why=refusal.code)
        return refuse(request, refusal)
    HEARD.labels(gateway, "kept" if is_new else "known").inc()
    return HttpResponse("{}", content_type="application/json")
