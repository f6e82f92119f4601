"""The cast of all tests, by role: who buys, sells, rivals, judges, pays, helps, delivers and rules. A pytest plugin."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, cast
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.db.backends.sqlite3.base import DatabaseOperations as SqliteOperations  # type: ignore[attr-defined]
from django.test import Client
from django.test.utils import override_settings

from core import limits
from core.audiences import STOREFRONT, Audience, audience_named
from core.breakers import Breaker
from core.rules import Actor, actor_of
from core.testing.services import OpenSearchServer
from marketplace.accounts import tokens
from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from marketplace.carts.tests.factories import on_sale
from marketplace.catalog.models import Variant
from marketplace.payments import breakers
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.search import mirror as mirroring
from marketplace.search.backends import opensearch as engine
from marketplace.shipping import flows as shipping
from marketplace.shipping.carriers import fedex
from marketplace.shipping.mockcarrier.control import CarrierProcess
from marketplace.vendors.models import Vendor
from marketplace.vendors.tests.factories import make_member, make_vendor

BASE = {"storefront": "/api/v1", "vendor": "/api/vendor/v1", "operations": "/api/operations/v1"}


class QuickHasher(PBKDF2PasswordHasher):
    """The product's hasher, once around: tests sign in often."""

    iterations = 1


class Api:
    """Speaks JSON to one audience's API, as somebody: `api.post("/listings", {"title": "Bicycle"}, if_match='"1"')`."""

    def __init__(self, audience: Audience, token: str = "") -> None:
        self.base = BASE[audience.word]
        self.client = Client(raise_request_exception=False)
        self.standing = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(self.base + path, query or {}, headers=self._headers(headers))

    def post(self, path: str, json: Any = None, **headers: str) -> Any:
        return self._send("post", path, json, headers)

    def patch(self, path: str, json: Any = None, **headers: str) -> Any:
        return self._send("patch", path, json, headers)

    def put(self, path: str, json: Any = None, **headers: str) -> Any:
        return self._send("put", path, json, headers)

    def delete(self, path: str, json: Any = None, **headers: str) -> Any:
        return self._send("delete", path, json, headers)

    def upload(self, path: str, files: dict[str, Any], **headers: str) -> Any:
        """A multipart POST."""
        return self.client.post(self.base + path, files, headers=self._headers(headers))

    def _send(self, method: str, path: str, json: Any, headers: dict[str, str]) -> Any:
        body = {"data": json, "content_type": "application/json"} if json is not None else {}
        return getattr(self.client, method)(self.base + path, headers=self._headers(headers), **body)

    def _headers(self, given: dict[str, str]) -> dict[str, str]:
        return self.standing | {name.replace("_", "-"): value for name, value in given.items()}


@dataclass
class Person:
    """One of the cast. `vendor` is the one they work for, if any."""

    user: User | None
    vendor: Vendor | None = None

    def actor(self, audience: Audience | str = STOREFRONT) -> Actor:
        """The actor as the database has it now."""
        where = audience_named(audience) if isinstance(audience, str) else audience
        if self.user is None:
            return Actor.anonymous.narrowed_to(where)
        return actor_of(User.objects.get(pk=self.user.pk), where)

    def api(self, audience: Audience | str = STOREFRONT) -> Api:
        """A client of one audience's API with a token of a fresh sign-in."""
        where = audience_named(audience) if isinstance(audience, str) else audience
        return Api(where, tokens.start(self.user).access_token if self.user else "")

    @cached_property
    def admin(self) -> Client:
        """A browser that is signed in to the admin."""
        client = Client(raise_request_exception=True)
        if self.user is not None:
            client.force_login(self.user)
        return client


@dataclass(frozen=True)
class Goods:
    """What can be bought: two things of the owner's vendor, one of the rival's."""

    mug: Variant
    rug: Variant
    lamp: Variant


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=["marketplace.cast.QuickHasher"]):
        yield


@pytest.fixture(autouse=True, scope="session")
def _books_may_be_emptied() -> Iterator[None]:
    """Between tests that commit, tables are emptied: on SQLite by deleting, which the ledger's own triggers would refuse."""
    guard = import_module("marketplace.ledger.migrations.0002_kept_as_they_are")
    emptied = SqliteOperations.sql_flush

    def flush(self: Any, *given: Any, **named: Any) -> list[str]:
        statements = emptied(self, *given, **named)
        return [*guard.SQLITE_UNDONE, *statements, *guard.SQLITE] if statements else statements

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqliteOperations, "sql_flush", flush)
        yield


@pytest.fixture(autouse=True, scope="session")
def _nothing_kept() -> Iterator[None]:
    """A test's transaction never commits, so nobody would say that what it wrote has changed; who tests the cache turns it on."""
    with override_settings(PUBLIC_CACHE_SECONDS=0):
        yield


@pytest.fixture(autouse=True)
def _fresh_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has the whole quota, also where Redis counts for several workers at once."""
    monkeypatch.setattr(limits.RedisCounter, "prefix", f"soko:test:{uuid4().hex}:")
    limits.counter.cache_clear()


@pytest.fixture
def customer(db: None) -> Person:
    """Buys and contacts."""
    return Person(make_user("customer", full_name="Cleo Customer", email="customer@soko.example"))


@pytest.fixture
def buyer(db: None) -> Person:
    """Buys too, and must never see what the customer bought."""
    return Person(make_user("customer", full_name="Bea Buyer", email="buyer@soko.example"))


@pytest.fixture
def owner(db: None) -> Person:
    """Owns one verified vendor."""
    user = make_user("customer", full_name="Omar Owner", email="owner@soko.example")
    return Person(user, make_vendor(owner=user, name="Omar's Shop"))


@pytest.fixture
def member(owner: Person) -> Person:
    """Works for the owner's vendor; may only edit its listings."""
    user = make_user("customer", full_name="Mina Member", email="member@soko.example")
    make_member(cast(Vendor, owner.vendor), "edit_listings", user=user)
    return Person(user, owner.vendor)


@pytest.fixture
def rival(db: None) -> Person:
    """Owns another verified vendor, and must never see the first one's things."""
    user = make_user("customer", full_name="Rita Rival", email="rival@soko.example")
    return Person(user, make_vendor(owner=user, name="Rita's Rival Shop"))


@pytest.fixture
def moderator(db: None) -> Person:
    """Judges listings and vendors."""
    return Person(make_user("moderator", full_name="Moses Moderator", email="moderator@soko.example"))


@pytest.fixture
def finance(db: None) -> Person:
    """Watches money."""
    return Person(make_user("finance", full_name="Fatima Finance", email="finance@soko.example"))


@pytest.fixture
def support(db: None) -> Person:
    """Helps people."""
    return Person(make_user("support", full_name="Sam Support", email="support@soko.example"))


@pytest.fixture
def courier(db: None) -> Person:
    """Delivers."""
    return Person(make_user("courier", full_name="Kofi Courier", email="courier@soko.example"))


@pytest.fixture
def admin(db: None) -> Person:
    """May do everything."""
    return Person(make_user("super_admin", full_name="Ada Admin", email="admin@soko.example"))


@pytest.fixture
def nobody(db: None) -> Person:
    """Is not signed in."""
    return Person(None)


@pytest.fixture
def goods(owner: Person, rival: Person) -> Goods:
    """Ten mugs at KES 5.00 and three rugs at KES 120.00 of the owner's, one lamp at KES 30.00 of the rival's."""
    mine, theirs = cast(Vendor, owner.vendor), cast(Vendor, rival.vendor)
    return Goods(
        mug=on_sale(mine, price=500, stock=10, title="Mug"),
        rug=on_sale(mine, price=12_000, stock=3, title="Rug"),
        lamp=on_sale(theirs, price=3_000, stock=1, title="Lamp"),
    )


@pytest.fixture(scope="session")
def _carrier_process() -> Iterator[CarrierProcess]:
    carrier = CarrierProcess(secret="mock-carrier-" + "c" * 30)
    carrier.start()
    yield carrier
    carrier.stop()


@pytest.fixture
def mock_carrier(_carrier_process: CarrierProcess, settings: Any) -> Iterator[CarrierProcess]:
    """DHL and FedEx, both asked at the mock carrier, which knows nothing yet."""
    carrier = _carrier_process
    settings.CARRIERS, settings.CARRIER_SECONDS = ["dhl", "fedex"], 1
    settings.DHL_URL, settings.DHL_USER, settings.DHL_PASSWORD = f"{carrier.url}/dhl", "soko", carrier.secret
    settings.FEDEX_URL, settings.FEDEX_KEY, settings.FEDEX_SECRET = f"{carrier.url}/fedex", "soko", carrier.secret
    settings.DHL_ACCOUNT = settings.FEDEX_ACCOUNT = "123456789"
    carrier.reset()
    _forget_carriers()
    yield carrier
    _forget_carriers()


def _forget_carriers() -> None:
    cache.clear()
    shipping.forget()
    fedex.forget()


@pytest.fixture(scope="session")
def _gateway_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    kept = tmp_path_factory.mktemp("gateway") / "kept.jsonl"
    gateway = GatewayProcess(secret=settings.MOCK_GATEWAY_SECRET, file=kept)
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture
def mock_gateway(_gateway_process: GatewayProcess, settings: Any) -> GatewayProcess:
    """Payments go through it. It has forgotten everything, all its switches are off, and it notifies nobody of anything:
    post its `webhooks()` yourself, or `switch(notify="http://…/api/hooks/mock")`.
    """
    _gateway_process.reset()
    breakers.forget()
    settings.MOCK_GATEWAY_URL = _gateway_process.url
    return _gateway_process


@pytest.fixture(scope="session")
def _opensearch_process() -> Iterator[OpenSearchServer]:
    server = OpenSearchServer()
    server.start()
    yield server
    server.stop()


class Answering:
    """OpenSearch as a test has it. `left`: what was left to the database, and why; what a test does not expect fails it."""

    def __init__(self, server: OpenSearchServer) -> None:
        self.server = server
        self.left: list[str] = []

    def taken(self) -> list[str]:
        """What was left to the database so far, which is thereby expected."""
        told, self.left = self.left, []
        return told


@pytest.fixture
def opensearch(
    _opensearch_process: OpenSearchServer, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Answering]:
    """Searches are asked of an OpenSearch of the test's own, with an empty index. What is left to the database fails the test."""
    answering = Answering(_opensearch_process)
    monkeypatch.setattr(engine, "REFRESH", "true")
    monkeypatch.setattr(engine, "breaker", Breaker())
    monkeypatch.setattr(mirroring, "REMEMBERED", 0.0)
    monkeypatch.setattr(mirroring, "_leave_to_the_database", lambda why, said: answering.left.append(f"{why}: {said}"))
    settings.OPENSEARCH_URL, settings.OPENSEARCH_PREFIX = answering.server.url, f"test-{uuid4().hex[:8]}"
    engine.begin(0)
    engine.finish(0)
    yield answering
    assert answering.left == []
