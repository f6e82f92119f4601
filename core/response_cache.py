"""Public answers kept for anonymous readers, right to the last commit: an answer is gone when a table it was read from is written.

While an answer is made, the tables that it is read from are noted, each with the stamp that it had before; whoever writes to
a table, by any way, gives it a new stamp when the transaction commits. So nothing has to declare what an answer depends on.
Kept are only answers that their view has marked (`mark`), made for a request without credentials; never anything of
somebody's own. Concurrent askers of what is not kept wait for the first of them (single flight).
"""

import re
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2s
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.cache import caches
from django.db import connections, transaction
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter

from core import looks
from core.audiences import STOREFRONT
from core.memo import for_good
from core.metrics import COUNTED
from core.rules import Actor
from core.shelf import Shelf

log = structlog.get_logger("response_cache")
LOOKUPS = Counter("marketplace_kept_answers", "Public reads, by how they were answered.", ("how",), registry=COUNTED)

READS = re.compile(r'\b(?:FROM|JOIN)\s+"?(\w+)"?', re.IGNORECASE)
WRITES = re.compile(
    r'\b(?:(?:INSERT|REPLACE)\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|MERGE\s+INTO|COPY)\s+"?(\w+)"?',
    re.IGNORECASE,
)
BEGINS_TO_WRITE = re.compile(r"\s*(?:INSERT|REPLACE|UPDATE|DELETE|TRUNCATE|MERGE|COPY|WITH)\b", re.IGNORECASE)
#: Tables of the platform's books, which change with every request. An answer that was read from one is not kept.
ELSEWHERE = "elsewhere"
UNWATCHED = (
    "core_audit", "core_outbox", "core_idempotency", "core_schedule", "jobs_", "django_", "account_", "token_", ELSEWHERE,
)  # fmt: skip
LARGEST = 256 * 1024
#: So many bytes of bodies, compressed, each process has at hand besides: of those only the stamps are asked for.
AT_HAND = 4 * 1024 * 1024
#: Of one asker it makes no sense to keep what nobody else will ask for: deep pages, and long or odd addresses.
NOT_KEPT, LONGEST = frozenset({"cursor"}), 600
#: Who finds that another is making the same answer waits for it so long, and then makes it too. They look soon at first, since most
#: answers are made within a few milliseconds, and then ever more seldom.
WAIT, SOON, GLANCE = 1.0, 0.001, 0.02
LOCKED = 5

_reading: ContextVar[set[str] | None] = ContextVar("tables_read", default=None)
#: Every table that a public answer was ever read from, here: their stamps are taken before an answer is begun.
_known: set[str] = set()


at_hand: Shelf[str, dict[str, Any]] = Shelf(lambda: AT_HAND, weight=lambda entry: len(entry["body"]))


def store() -> Any:
    return caches["public"]


def mark(response: HttpResponse, seconds: int) -> HttpResponse:
    """This answer is the same for everybody without credentials, and may be kept for so long while its tables stay as they are."""
    response.kept_for = seconds  # type: ignore[attr-defined]
    return response


def read_elsewhere() -> None:
    """What is being answered was read from where nobody notes who writes: it is not kept."""
    tables = _reading.get()
    if tables is not None:
        tables.add(ELSEWHERE)


class ResponseCache:
    """Answers GETs without credentials from what is kept; makes, keeps and answers the rest, each only once at a time.

    Where the cache is out of reach, everything is made anew.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not (settings.PUBLIC_CACHE_SECONDS and _is_anybodys(request)):
            return self.get_response(request)
        place = _place(request)
        kept = _kept(place)
        if kept is not None:
            return _again(request, kept, "kept")
        try:
            makes = store().add(f"making:{place}", 1, LOCKED)
        except Exception:  # each cache backend raises its own kind
            LOOKUPS.labels("no cache").inc()
            return self.get_response(request)
        try:
            # Who begins to make it may have looked before another was done with it.
            kept = _kept(place) if makes else _awaited(place)
            if kept is not None:
                return _again(request, kept, "awaited")
            return self._make(request, place)
        finally:
            if makes:
                store().delete(f"making:{place}")

    def _make(self, request: HttpRequest, place: str) -> HttpResponse:
        request.is_to_be_kept = True  # type: ignore[attr-defined]  # answered whole, also to who has it
        stamps = _stamps()
        with _noting() as tables:
            response = self.get_response(request)
        seconds = min(getattr(response, "kept_for", 0), settings.PUBLIC_CACHE_SECONDS)
        if not seconds or response.status_code != 200 or response.cookies or len(response.content) > LARGEST:
            LOOKUPS.labels("not for keeping").inc()
            return unless_known(request, response) if response.status_code == 200 else response
        if all(table in stamps for table in tables):
            entry = {
                "stamps": {table: stamps[table] for table in tables},
                "until": time.time() + seconds,
                "headers": dict(response.headers),
                "body": zlib.compress(response.content, 1),
                "shows": getattr(response, "shows", None),
                "misses": getattr(response, "misses", None),
                "route": request.resolver_match.route if request.resolver_match else "unmatched",
            }
            store().set(place, entry, seconds)
        LOOKUPS.labels("made").inc()
        return unless_known(request, response)


def _is_anybodys(request: HttpRequest) -> bool:
    return (
        request.method == "GET"
        and request.path_info.startswith("/api/v1/")
        and not any(request.headers.get(name) for name in ("Authorization", "Cookie", "Range"))
        and len(request.META.get("QUERY_STRING", "")) <= LONGEST
        and not NOT_KEPT & request.GET.keys()
    )


def _place(request: HttpRequest) -> str:
    """Two requests share a place only if they are answered alike: where they were sent, what they ask, in which language."""
    asked = sorted(parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True), key=lambda pair: pair[0])
    about = (
        _code(), request.scheme, request.get_host(), request.path_info, asked,
        *(request.headers.get(name, "") for name in ("Accept", "Accept-Language", "Origin")),
    )  # fmt: skip
    return f"answer:{blake2s(repr(about).encode(), digest_size=16).hexdigest()}"


@for_good
def _code() -> int:
    """Changes with the code: what an older one answered is not what this one would."""
    packages = (settings.BASE_DIR / name for name in ("core", "marketplace", "api"))
    return max(file.stat().st_mtime_ns for package in packages for file in package.rglob("*.py"))


def _kept(place: str) -> dict[str, Any] | None:
    """What is kept there, if it still holds."""
    near = at_hand.get(place)
    if near is not None and near["stamps"] and _holds(near):
        return near
    entry = store().get(place)
    if entry is None or not _holds(entry):
        return None
    at_hand.put(place, entry)
    return entry


def _holds(entry: dict[str, Any]) -> bool:
    """Is its time not over, and every table as it was?"""
    if time.time() >= entry["until"]:
        return False
    now = store().get_many([_place_of(table) for table in entry["stamps"]])
    return now == {_place_of(table): stamp for table, stamp in entry["stamps"].items()}


def _awaited(place: str) -> dict[str, Any] | None:
    deadline, pause = time.monotonic() + WAIT, SOON
    while time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(2 * pause, GLANCE)
        made = store().get(f"making:{place}") is None  # asked first: what is made is kept before it is said to be made
        if (entry := _kept(place)) is not None or made:
            return entry
    return None


def _again(request: HttpRequest, entry: dict[str, Any], how: str) -> HttpResponse:
    LOOKUPS.labels(how).inc()
    request.route = entry["route"]  # type: ignore[attr-defined]
    visitor = Actor.anonymous.narrowed_to(STOREFRONT)
    looks.notice(request, entry["shows"], by=visitor)
    looks.regret(request, entry["misses"], by=visitor)
    response = HttpResponse(zlib.decompress(entry["body"]))
    for name, value in entry["headers"].items():
        response[name] = value
    return unless_known(request, response)


def unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """304 to whoever says that they have it."""
    known = [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
    if response.get("ETag", "-").removeprefix("W/") not in known:
        return response
    brief = HttpResponse(status=304)
    for name in ("ETag", "Cache-Control", "Vary"):
        if name in response:
            brief[name] = response[name]
    return brief


# --- What an answer was read from, and who writes there ---------------------------------------------------------------


@contextmanager
def _noting() -> Iterator[set[str]]:
    """The tables that are read in the block."""
    tables: set[str] = set()
    token = _reading.set(tables)
    try:
        yield tables
    finally:
        _reading.reset(token)
        _known.update(tables)


def _stamps() -> dict[str, str]:
    """The stamps of all known tables, as they are before anything is read: what is written from now on has another one.

    A table that is met for the first time is not among them, and its answer is kept the next time.
    """
    watched = [table for table in _known if not table.startswith(UNWATCHED)]
    found = store().get_many([_place_of(table) for table in watched])
    return {table: found.get(_place_of(table)) or _first_stamp(table) for table in watched}


def _first_stamp(table: str) -> str:
    return str(store().get_or_set(_place_of(table), lambda: uuid4().hex, None))


def _watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    text = str(sql)
    tables = _reading.get()
    if tables is not None:
        tables.update(READS.findall(text))
    result = execute(sql, params, many, context)
    if settings.PUBLIC_CACHE_SECONDS and BEGINS_TO_WRITE.match(text):
        for table in WRITES.findall(text):
            if not table.startswith(UNWATCHED):
                _renew_later(table, context["connection"])
    return result


class Renewal:
    """New stamps for all tables that a transaction writes, in one question to the store when it commits."""

    def __init__(self, table: str) -> None:
        self.tables = {table}

    def __call__(self) -> None:
        try:
            store().set_many({_place_of(table): uuid4().hex for table in self.tables}, None)
        except Exception:  # each cache backend raises its own kind; what was kept ends by its age
            log.error("stamps_not_renewed", tables=sorted(self.tables))


def _renew_later(table: str, connection: Any) -> None:
    """With the others of the transaction, unless those go when a savepoint fails that this is not in."""
    inside = set(connection.savepoint_ids)
    for points, known, *_robust in connection.run_on_commit:
        if isinstance(known, Renewal) and points <= inside:
            known.tables.add(table)
            return
    transaction.on_commit(Renewal(table), using=connection.alias, robust=True)


def _place_of(table: str) -> str:
    return f"table:{table}"


def _connected(connection: Any, **_signal: Any) -> None:
    if _watch not in connection.execute_wrappers:
        connection.execute_wrappers.append(_watch)


def watch() -> None:
    """From now on every connection tells what is read and written."""
    connection_created.connect(_connected, dispatch_uid="response_cache")
    for connection in connections.all(initialized_only=True):
        _connected(connection)
