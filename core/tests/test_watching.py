"""Who watches is told the truth: health, metrics, and logs that hold no secret."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from core import health, invariants, logs, metrics, relay
from core.invariants.registry import ERROR, Invariant
from core.models import OutboxDelivery, OutboxEvent

pytestmark = pytest.mark.django_db
TOKEN = "watch-the-market-well"


def event(*, waiting: timedelta) -> OutboxEvent:
    made = OutboxEvent.objects.create(name="shop.Opened", payload={}, request_id="")
    OutboxEvent.objects.filter(pk=made.pk).update(created_at=timezone.now() - waiting)
    return made


def test_a_market_that_is_well_says_so_and_is_kept_by_no_cache(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer.json() == {"status": "ok", "database": "ok", "cache": "ok", "outbox": "ok"}


def test_a_late_outbox_is_told_and_is_no_reason_to_restart(client: Client) -> None:
    event(waiting=timedelta(minutes=6))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"], answer.json()["outbox"]) == (200, "degraded", "late")


class Down:
    def cursor(self) -> None:
        raise DatabaseError

    def add(self, *_arguments: object) -> None:
        raise ConnectionError


@pytest.mark.parametrize(
    ("what", "name", "answered"),
    [("database", "connection", (503, "unavailable")), ("cache", "cache", (200, "degraded"))],
)
def test_without_the_database_it_is_unavailable_and_without_the_cache_only_slower(
    client: Client, monkeypatch: pytest.MonkeyPatch, what: str, name: str, answered: tuple[int, str]
) -> None:
    monkeypatch.setattr(health, name, Down())
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"], answer.json()[what]) == (*answered, "unreachable")


@pytest.mark.parametrize(("raised", "status"), [(OperationalError, 503), (ValueError, 500)])
def test_a_page_without_its_database_says_that_it_comes_back(
    monkeypatch: pytest.MonkeyPatch, settings: Any, raised: type[Exception], status: int
) -> None:
    def away(*_arguments: object, **_named: object) -> None:
        raise raised

    client = Client(raise_request_exception=False)
    monkeypatch.setattr(f"{settings.SESSION_ENGINE}.SessionStore.load", away)
    client.cookies["sessionid"] = "k" * 32
    answer = client.get("/admin/")
    assert (answer.status_code, answer.get("Retry-After")) == (status, "2" if status == 503 else None)


@pytest.fixture
def watcher(settings: Any) -> Client:
    """Knows the token, and shares its cache with nobody."""
    settings.METRICS_TOKEN = TOKEN
    watched = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "watched"}
    settings.CACHES = settings.CACHES | {"default": watched}
    return Client(headers={"Authorization": f"Bearer {TOKEN}"})


def told(client: Client) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize("sent", ["", "Bearer ", f"Bearer {TOKEN}!", "Bearer wätch", "Basic d2F0Y2g6"])
def test_without_the_token_there_are_no_metrics(watcher: Client, sent: str) -> None:
    assert Client().get("/metrics", headers={"Authorization": sent}).status_code == 404


def test_where_no_token_is_set_nothing_opens_them(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_requests_are_counted_by_route_and_never_by_address(watcher: Client, client: Client) -> None:
    by_route = ("method", "GET"), ("route", "api/v1/categories/<category_id>"), ("status", "404")
    before = told(watcher).get(("marketplace_requests_total", by_route), 0.0)
    for name in ("boats", "trains"):
        assert client.get(f"/api/v1/categories/{name}").status_code == 404
    after = told(watcher)
    assert after[("marketplace_requests_total", by_route)] == before + 2
    assert "boats" not in str(after)


def test_the_outbox_is_measured_when_asked(watcher: Client) -> None:
    stuck = event(waiting=timedelta(seconds=100))
    OutboxDelivery.objects.create(event=stuck, listener="a", fault="", next_try_at=timezone.now())
    OutboxDelivery.objects.create(
        event=stuck, listener="b", fault="x", next_try_at=timezone.now(), failed_at=timezone.now()
    )
    found = told(watcher)
    assert found[("marketplace_outbox_lag_seconds", ())] >= 100
    assert found[("marketplace_outbox_deliveries", (("state", "waiting"),))] == 1
    assert found[("marketplace_outbox_deliveries", (("state", "failed"),))] == 1
    assert found[("marketplace_database_up", ())] == 1


def test_without_a_database_the_metrics_say_that(watcher: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> float:
        raise DatabaseError

    monkeypatch.setattr(relay, "lag", down)
    assert told(watcher)[("marketplace_database_up", ())] == 0


def test_the_last_word_on_each_invariant_is_told(watcher: Client) -> None:
    name = invariants.all_invariants()[0].name
    declared = Invariant(name, "Something holds.", ERROR, "core", lambda: ())
    metrics.keep_finding(invariants.Finding(declared, 3))
    assert told(watcher)[("marketplace_invariant_violations", (("name", name),))] == 3
    metrics.keep_finding(invariants.Finding(declared, 0, fault="OSError: gone"))
    assert told(watcher)[("marketplace_invariant_violations", (("name", name),))] == -1


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("password", "hunter2", logs.HIDDEN),
        ("refresh_token", "abc", logs.HIDDEN),
        ("phone", 254700000001, logs.HIDDEN),
        ("event", "called +254 700 000 001 twice", f"called {logs.HIDDEN} twice"),
        ("event", "sent Bearer abc.def-ghi", f"sent {logs.HIDDEN}"),
        ("event", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", logs.HIDDEN),
        ("body", {"login": "a@b.example", "password": "x"}, {"login": "a@b.example", "password": logs.HIDDEN}),
        ("rows", [{"phone": "1"}, "0700 000 001"], [{"phone": logs.HIDDEN}, logs.HIDDEN]),
        ("request_id", "1234567890123456", "1234567890123456"),
        ("status", 404, 404),
    ],
)
def test_no_secret_and_no_phone_number_is_logged(key: str, value: Any, shown: Any) -> None:
    assert logs.redact(None, "info", {key: value}) == {key: shown}
