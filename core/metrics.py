"""What is counted for whoever watches, at /metrics in Prometheus' format; it exists only where a token guards it."""

import os
import time
from collections.abc import Callable, Iterator

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from core import invariants, relay
from core.models import OutboxDelivery

log = structlog.get_logger("request")
Answer = Callable[[HttpRequest], HttpResponse]

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
COUNTED = CollectorRegistry()
REQUESTS = Counter("marketplace_requests", "Requests answered.", ("method", "route", "status"), registry=COUNTED)
SECONDS = Histogram("marketplace_request_seconds", "How long an answer took.", ("method", "route"), registry=COUNTED)


class Observed:
    """Counts, times and logs each request by its route, never by its address: addresses hold ids, and are endless."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        took = time.perf_counter() - began
        method = request.method if request.method in METHODS else "other"
        found = request.resolver_match
        route = getattr(request, "route", None) or (found.route if found else "unmatched")
        REQUESTS.labels(method, route, str(response.status_code)).inc()
        SECONDS.labels(method, route).observe(took)
        log.info("request", method=method, route=route, status=response.status_code, milliseconds=round(took * 1000, 1))
        return response


@invariants.on_finding
def keep_finding(finding: invariants.Finding) -> None:
    """Where every process can read it: one judges, another is asked. -1 says that it could not be judged."""
    try:
        cache.set(_place(finding.invariant.name), -1 if finding.fault else finding.violations, timeout=None)
    except Exception:  # each cache backend raises its own kind, and an audit must not fail for want of a cache
        log.warning("finding_not_kept", name=finding.invariant.name)


class Present:
    """What is read off the market at the moment of asking: the outbox, and the last word on each invariant."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("marketplace_database_up", "1 when the database answers.")
        try:
            lag = relay.lag()
            deliveries = {
                "waiting": OutboxDelivery.objects.filter(done_at=None, failed_at=None).aggregate(n=Count("pk"))["n"],
                "failed": OutboxDelivery.objects.exclude(failed_at=None).aggregate(n=Count("pk"))["n"],
            }
        except DatabaseError:
            up.add_metric((), 0)
            yield up
            return
        up.add_metric((), 1)
        yield up
        yield GaugeMetricFamily("marketplace_outbox_lag_seconds", "How long the oldest event has waited.", value=lag)
        told = GaugeMetricFamily("marketplace_outbox_deliveries", "Deliveries not done.", labels=("state",))
        for state, count in deliveries.items():
            told.add_metric((state,), count)
        yield told
        broken = GaugeMetricFamily("marketplace_invariant_violations", "Rows that break it.", labels=("name",))
        places = {_place(each.name): each.name for each in invariants.all_invariants()}
        try:
            found = cache.get_many(places)
        except Exception:  # each cache backend raises its own kind
            return
        for place, violations in found.items():
            broken.add_metric((places[place],), violations)
        yield broken


def metrics(request: HttpRequest) -> HttpResponse:
    """Everything that is counted. Without the token that SOKO_METRICS_TOKEN holds, this address does not exist."""
    said = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not constant_time_compare(said, settings.METRICS_TOKEN):
        raise Http404
    present = CollectorRegistry()
    present.register(Present())
    body = generate_latest(_counted()) + generate_latest(present)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _counted() -> CollectorRegistry:
    """What this process counted, or all processes where they share a folder for it."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return COUNTED
    shared = CollectorRegistry()
    MultiProcessCollector(shared)
    return shared


def _place(name: str) -> str:
    return f"invariant:{name}"
