"""Listings in bulk, with their history, price, decision and search entry: what the actions would have left of them."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

import orjson
from django.db import connection
from django.utils import timezone

from core.models import Audit
from core.resources import documents
from core.resources.tokens import places
from core.rules import Actor
from marketplace.catalog.models import Category, Listing, PriceChange
from marketplace.catalog.models.shelves import Shelves, shelves
from marketplace.demo.growing import copying
from marketplace.demo.growing.ground import (
    BRANDS,
    CITIES,
    CONDITIONS,
    FEATURES,
    FREQUENCIES,
    RARE,
    RARE_NUMBERS,
    SEED,
    VOCABULARY,
    Ground,
    laid,
)
from marketplace.moderation.models import Decision
from marketplace.search import entries
from marketplace.search.models import Entry, KnownWord
from marketplace.search.text import words_of
from marketplace.vendors.models import Vendor

BATCH = 10_000
SECONDS_APART = 2
#: Of a hundred listings, so many are on show; the others never were, or wait.
STATES = ("approved",) * 88 + ("draft",) * 8 + ("pending",) * 4
LETTERS = "abcdefghjkmnpqrstuvwxyz"
LISTING = (
    "id", "version", "created_at", "updated_at", "title", "description", "modes", "status", "status_since", "attributes",
    "slug", "handle", "reference", "city", "latitude", "longitude", "approved_at", "published_at", "expires_at",
    "judgement", "staff_note", "price_minor", "price_currency", "category_id", "vendor_id", "judged_by",
)  # fmt: skip
KEPT = ("tokens", "cached_gallery")
HISTORY = (*LISTING, "deed", "history_change_reason", "history_user_id", "history_date", "history_type")
PRICE = (
    "listing_id", "at", "deed", "actor_id", "actor_name", "price_minor", "price_currency", "former_minor", "former_currency",
)  # fmt: skip
DECISION = (
    "subject", "subject_id", "listing_id", "vendor_id", "verdict", "reason", "by_id", "by_name", "at", "waited_seconds", "deed",
)  # fmt: skip
AUDIT = (
    "deed", "at", "verb", "model", "object_id", "object_text", "actor_id", "actor_name", "on_behalf_of", "audience",
    "state_from", "state_to", "reason", "request_id", "diff",
)  # fmt: skip
ENTRY = ("listing_id", "title", "facts", "body", "listing_version", "is_shown", "indexed_at")


class Grown(NamedTuple):
    """One listing: its columns, what is kept beside them, and its search entry."""

    listing: tuple[Any, ...]
    kept: tuple[Any, ...]
    entry: tuple[Any, ...]


def grow(count: int, *, with_books: bool = True) -> int:
    """Add so many listings, the newest last. `with_books`: with history, audit, price facts and decisions, so that an audit finds
    nothing amiss; without them a test has its rows sooner. Returns how many listings there are then.
    """
    ground = laid()
    tree = shelves()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET statement_timeout = 0")
    first = (Listing.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    last, said = first + count, Counter[str]()
    for start in range(first, last, BATCH):
        rows = list(_rows(ground, tree, range(start, min(start + BATCH, last))))
        _write(ground, rows, with_books=with_books)
        for row in rows:
            if row.entry[5]:
                said.update(set(f"{row.entry[1]} {row.entry[2]}".split()))
    _count(said)
    copying.rest(Listing)
    copying.take_stock(Vendor, Category, Listing, Entry, KnownWord, PriceChange, Decision, Listing.history.model)
    return last - 1


def _write(ground: Ground, rows: list[Grown], *, with_books: bool) -> None:
    copying.write(Listing, (*LISTING, *KEPT), (row.listing + row.kept for row in rows))
    copying.write(Entry, ENTRY, (row.entry for row in rows))
    if with_books:
        copying.write(Listing.history.model, HISTORY, (_history(ground, row.listing) for row in rows))
        copying.write(PriceChange, PRICE, (_price(ground, row.listing) for row in rows))
        copying.write(Audit, AUDIT, (_audit(ground, row.listing) for row in rows))
        decided = [row.listing for row in rows if row.listing[7] == "approved"]
        copying.write(Decision, DECISION, (_decision(ground, row) for row in decided))


def _history(ground: Ground, row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*row, ground.deed, "grow the market", None, row[2], "+")


def _price(ground: Ground, row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (row[0], row[2], ground.deed, None, "Soko", row[21], row[22], None, None)


def _audit(ground: Ground, row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (
        ground.deed, row[2], "create", "catalog.listing", row[0], row[4], None, "Soko", None, "operations", "", row[7],
        "grow the market", "", "{}",
    )  # fmt: skip


def _decision(ground: Ground, row: tuple[Any, ...]) -> tuple[Any, ...]:
    return ("listing", row[0], row[0], row[24], "approved", "", None, "Soko", row[16], 0, ground.deed)


def _count(said: Counter[str]) -> None:
    known = dict(KnownWord.objects.values_list("word", "cached_listings"))
    new = [KnownWord(word=word, cached_listings=count) for word, count in said.items() if word not in known]
    KnownWord.objects.bulk_create(new, batch_size=5_000)
    old = list(KnownWord.objects.filter(word__in=[word for word in said if word in known]))
    for each in old:
        each.cached_listings += said[each.word]
    KnownWord.objects.bulk_update(old, ["cached_listings"], batch_size=1_000)


def _rows(ground: Ground, tree: Shelves, numbers: range) -> Iterator[Grown]:
    """The listings of these numbers: the same whenever they are made, whatever was made before."""
    chance, begun = Random(SEED * 1_000_003 + numbers.start), timezone.now() - timedelta(days=25)
    definitions = {leaf: tree.definitions(leaf) for leaf in ground.leaves}
    seen = {leaf: documents.seen_by(Actor.anonymous, definitions[leaf]) for leaf in ground.leaves}
    stands = {leaf: places(tree.path(leaf)) for leaf in ground.leaves}
    shelf_names = {leaf: tuple(tree.shelves[key].name for key in reversed(tree.path(leaf))) for leaf in ground.leaves}
    for number in numbers:
        leaf, vendor, city = chance.choice(ground.leaves), chance.choice(ground.vendors), chance.choice(tuple(CITIES))
        words = chance.choices(VOCABULARY, cum_weights=FREQUENCIES, k=34)
        if number in RARE_NUMBERS:
            words[0] = RARE
        title, description = " ".join(words[:4]).capitalize(), " ".join(words[4:])
        document = {
            "brand": chance.choice(BRANDS).lower(),
            "condition": chance.choice(CONDITIONS).lower(),
            "year": chance.randrange(1990, 2027),
            "features": [each.lower().replace(" ", "_") for each in FEATURES if chance.random() < 0.3],
        }
        if not document["features"]:
            del document["features"]
        at = _moment(begun, number)
        state = "approved" if number in RARE_NUMBERS else chance.choice(STATES)
        lat, lng = CITIES[city]
        shown_from = at if state == "approved" else None
        listing = (
            number, 1, at, at, title, description, '["contact"]', state, at, orjson.dumps(document).decode(),
            f"{title.lower().replace(' ', '-')[:64]}-{_handle(number)}", _handle(number), f"ref-{number}", city,
            round(lat + chance.gauss(0, 0.08), 6), round(lng + chance.gauss(0, 0.08), 6), shown_from, shown_from,
            at + timedelta(days=90) if shown_from else None, "", "", int(chance.lognormvariate(12, 1.2)), "KES", leaf,
            vendor.pk, None,
        )  # fmt: skip
        tokens = documents.tokens_of(document, definitions[leaf], stands[leaf])
        facts = _joined(city, *shelf_names[leaf], vendor.name, *entries.spoken(document, seen[leaf]))
        entry = (number, title.lower(), facts, " ".join(dict.fromkeys(words[4:])), 1, state == "approved", at)
        yield Grown(listing, (tokens, "[]"), entry)


def _moment(begun: datetime, number: int) -> datetime:
    """Listings come one after another, in less than a month however many there are."""
    return begun + timedelta(seconds=number * SECONDS_APART, microseconds=number % 997)


def _handle(number: int) -> str:
    found = ""
    for _place in range(10):
        number, rest = divmod(number, len(LETTERS))
        found += LETTERS[rest]
    return found


@lru_cache(maxsize=10_000)
def _words(text: str) -> tuple[str, ...]:
    return tuple(words_of(text))


def _joined(*texts: str) -> str:
    return " ".join(dict.fromkeys(word for text in texts for word in _words(text)))


__all__ = ["grow"]
