"""Entries follow listings, vendors, categories and definitions through the outbox; `check` names what differs, `rebuild` mends it."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import invariants
from core.jobs import running
from core.jobs.models import Job
from core.models import OutboxDelivery, OutboxEvent
from core.relay import relay, run_delivery
from core.resources import operations
from core.resources.definitions import Definition, Kind
from core.resources.definitions import Option as Choice
from core.rules import Actor, scope
from core.testing import writing_as_system
from marketplace.catalog import actions as catalog
from marketplace.catalog.models import Attribute, CategoryAttribute, Listing, Option
from marketplace.catalog.resources import Listings
from marketplace.catalog.tests import factories
from marketplace.search import actions, queries
from marketplace.search.entries import spoken
from marketplace.search.models import Entry, KnownWord
from marketplace.search.tests.conftest import BY
from marketplace.vendors import actions as vendors
from marketplace.vendors.models import Vendor

pytestmark = pytest.mark.django_db
Post = Callable[..., Listing]
SYSTEM = Actor.system("test")


def heard() -> int:
    """Tell everybody what has happened, until nobody tells anything new. Returns how many were told."""
    told = 0
    while OutboxEvent.objects.filter(relayed_at=None).exists():
        relay(limit=10_000)
        for key in OutboxDelivery.objects.filter(done_at=None).values_list("pk", flat=True):
            run_delivery(key)
            told += 1
    assert list(OutboxDelivery.objects.exclude(fault="").values_list("fault", flat=True)) == []
    return told


def found(text: str) -> list[str]:
    rows = scope(Actor.anonymous, Listing).filter(queries.ListingIndex().exactly(text))
    return sorted(rows.values_list("title", flat=True))


def frequency(word: str) -> int:
    return KnownWord.objects.filter(word=word).values_list("cached_listings", flat=True).first() or 0


def test_a_listing_is_found_from_its_approval_under_its_present_title(acme: Vendor) -> None:
    shelf = factories.category("Boats", slug="boats")
    values = {"vendor": acme.pk, "category": shelf.pk, "title": "A dinghy", "modes": ["contact"]}
    row = operations.create(Listings, values, by=SYSTEM)
    heard()
    assert (found("dinghy"), frequency("dinghy")) == ([], 0)
    catalog.submit(row.pk, by=SYSTEM)
    catalog.approve(row.pk, by=SYSTEM)
    heard()
    assert (found("dinghy"), found("boats"), frequency("dinghy")) == (["A dinghy"], ["A dinghy"], 1)
    operations.update(Listing.objects.get(pk=row.pk), {"title": "A canoe"}, by=SYSTEM)
    heard()
    assert (found("dinghy"), found("canoe"), frequency("dinghy"), frequency("canoe")) == ([], ["A canoe"], 0, 1)
    assert list(queries.differences()) == []


def test_a_deleted_listing_is_gone_at_once_and_its_entry_soon(post: Post) -> None:
    row = post("A canoe")
    operations.delete(row, by=SYSTEM)
    assert (found("canoe"), Entry.objects.count(), frequency("canoe")) == ([], 1, 1)
    heard()
    assert (Entry.objects.count(), frequency("canoe")) == (0, 0)
    assert list(queries.differences()) == []


def test_a_chunk_of_an_import_is_one_event_and_a_constant_number_of_queries(acme: Vendor) -> None:
    shelf = factories.category("Boats", slug="boats")

    def brought(count: int, start: int) -> int:
        rows = [
            {"vendor": acme.pk, "category": shelf.pk, "title": f"Boat {start + n}", "modes": ["contact"]}
            for n in range(count)
        ]
        operations.create_many(Listings, rows, by=SYSTEM)
        event = OutboxEvent.objects.get(name="core.RecordsChanged", relayed_at=None)
        assert len(event.payload["pks"]) == count
        with CaptureQueriesContext(connection) as asked:
            actions.index(event.payload["pks"], by=BY)
        OutboxEvent.objects.update(relayed_at=event.created_at)
        return len(asked)

    few = brought(2, 0)
    assert brought(200, 10) <= few
    assert Entry.objects.count() == 202


def test_a_vendors_name_and_its_suspension_reach_the_entries(acme: Vendor, post: Post) -> None:
    post("A lamp")
    operations.update(acme, {"name": "Umbrella"}, by=SYSTEM)
    heard()
    assert (found("acme"), found("umbrella"), frequency("umbrella")) == ([], ["A lamp"], 1)
    vendors.suspend(acme.pk, by=SYSTEM, reason="for a test")
    assert found("umbrella") == []
    heard()
    assert (frequency("umbrella"), frequency("lamp")) == (0, 0)
    assert list(queries.differences()) == []


def test_categories_and_definitions_reach_the_entries_below_them(post: Post) -> None:
    cars = factories.cars()
    post("A car", category=cars, attributes={"make": "mazda", "year": 2001, "automatic": True, "remarks": "garaged"})
    top = cars.parent
    assert top is not None
    operations.update(top, {"name": "Machines"}, by=SYSTEM)
    heard()
    assert (found("vehicles"), found("machines")) == ([], ["A car"])
    operations.update(Option.objects.get(code="mazda"), {"label": "Matsuda"}, by=SYSTEM)
    operations.update(Attribute.objects.get(code="automatic"), {"label": "Gearless"}, by=SYSTEM)
    link = CategoryAttribute.objects.get(category=cars, attribute__code="remarks")
    operations.update(link, {"visibility": "staff"}, by=SYSTEM)
    heard()
    assert (found("mazda"), found("matsuda"), found("automatic"), found("gearless")) == ([], ["A car"], [], ["A car"])
    assert found("garaged") == []
    catalog.close_category(cars.pk, by=SYSTEM)
    heard()
    assert frequency("matsuda") == 0
    operations.delete(link, by=SYSTEM)
    heard()
    assert list(queries.differences()) == []


def test_many_listings_of_a_vendor_are_followed_by_a_job(
    acme: Vendor, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "BATCH", 2)
    for number in range(5):
        post(f"Lamp {number}")
    operations.update(acme, {"name": "Umbrella"}, by=SYSTEM)
    heard()
    job = Job.objects.get(kind=actions.REBUILD)
    assert (job.params, found("umbrella")) == ({"vendor": acme.pk}, [])
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done_count, len(found("umbrella"))) == ("done", 3, 5)


def said(*arguments: str) -> tuple[int, str]:
    """The exit status and the words of `manage.py search …`."""
    out = StringIO()
    try:
        call_command("search", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def broken(post: Post) -> list[Listing]:
    """Four listings whose entries are: right, changed, gone, and left over; and a word miscounted."""
    rows = [post(f"Thing {name}") for name in ("right", "wrong", "missing", "deleted")]
    Entry.objects.filter(listing=rows[1]).update(title="another title")
    Entry.objects.filter(listing=rows[2]).delete()
    with writing_as_system():
        Listing.objects.filter(pk=rows[3].pk).delete()
    KnownWord.objects.filter(word="thing").update(cached_listings=70)
    return rows


def test_check_names_what_differs_and_rebuild_mends_it(post: Post) -> None:
    assert said("check") == (0, "The index is right.\n")
    rows = broken(post)
    status, words = said("check")
    assert status == 1
    for sentence in (
        f"the entry of listing {rows[1].pk} differs: title",
        f"listing {rows[2].pk} has no entry",
        f"an entry of listing {rows[3].pk}, which is gone",
        "the word thing is counted 70 times",
    ):
        assert sentence in words, words
    assert f"listing {rows[0].pk} " not in words
    status, words = said("rebuild")
    assert (status, "done" in words) == (0, True), words
    assert said("check") == (0, "The index is right.\n")
    assert found("thing") == ["Thing missing", "Thing right", "Thing wrong"]


def test_a_rebuild_that_stopped_goes_on_after_its_last_batch(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "BATCH", 2)
    rows = [post(f"Lamp {number}") for number in range(6)]
    Entry.objects.all().delete()
    honest, calls = actions.index, []

    def failing(keys: Any, *, by: Actor) -> int:
        calls.append(list(keys))
        if len(calls) == 2:
            raise OSError("the machine went away")
        return honest(keys, by=by)

    monkeypatch.setattr(actions, "index", failing)
    job = actions.rebuild(by=SYSTEM)
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.checkpoint, Entry.objects.count()) == ("failed", {"after": rows[1].pk, "batch": 1}, 2)
    assert running.resume(job)
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.status, Entry.objects.count(), calls[2]) == ("done", 6, [rows[2].pk, rows[3].pk])
    assert list(queries.differences()) == []


def test_one_rebuild_of_everything_is_under_way_at_a_time(post: Post) -> None:
    first = actions.rebuild(by=SYSTEM)
    assert actions.rebuild(by=SYSTEM) == first
    running.run(first.pk)
    assert actions.rebuild(by=SYSTEM) != first


def test_the_audit_notices_a_listing_that_is_not_found_and_an_entry_of_nothing(post: Post) -> None:
    row, gone = post("Old lamp"), post("Gone lamp")
    long_ago = row.created_at.replace(year=2020)
    Listing.objects.update(updated_at=long_ago)
    Entry.objects.update(indexed_at=long_ago)
    assert {each.invariant.name: each.violations for each in invariants.run(["I-F1", "I-F2"])} == {"I-F1": 0, "I-F2": 0}
    Entry.objects.filter(listing=row).update(listing_version=row.version + 1)
    Listing.objects.filter(pk=gone.pk).delete()
    broken = {each.invariant.name: each.sample for each in invariants.run(["I-F1", "I-F2"])}
    assert broken == {"I-F1": (row.pk,), "I-F2": (gone.pk,)}


def test_values_are_spoken_as_people_say_them() -> None:
    colours = (Choice(1, "dark_red", "Dark red"),)
    defined = [
        Definition(1, "colour", "Colour", Kind.CHOICE, options=colours),
        Definition(2, "size", "Size", Kind.NUMBER),
        Definition(3, "new", "Brand new", Kind.BOOLEAN),
        Definition(4, "used", "Used", Kind.BOOLEAN),
        Definition(5, "day", "Day", Kind.DATE),
        Definition(6, "note", "Note", Kind.TEXT),
    ]
    values = {
        "colour": "dark_red",
        "size": 2.0,
        "new": True,
        "used": False,
        "day": "2020-01-01",
        "note": "as is",
        "odd": 1,
    }
    assert spoken(values, defined) == ["Dark red", "2", "Brand new", "as is"]
