"""A document that OpenSearch refuses is set aside with its reason; the others go through, and nobody waits for it."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from opensearchpy import OpenSearch
from opensearchpy.exceptions import TransportError

from core.doctor import examine
from core.jobs import running
from core.jobs.models import Job
from core.resources import operations
from core.rules import Actor
from marketplace.cast import Answering, Person
from marketplace.catalog.models import Listing
from marketplace.search import actions, flows, mirror, tasks
from marketplace.search.backends import opensearch as engine
from marketplace.search.models import Entry
from marketplace.search.tests.conftest import BY, searched
from marketplace.search.tests.test_keeping import heard

pytestmark = pytest.mark.django_db
Post = Callable[..., Listing]
SYSTEM = Actor.system("test")


@pytest.fixture
def spoil(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Documents of these listings hold a price that no index takes."""
    spoilt: set[int] = set()
    honest = flows.of_entries

    def of_entries(batch: Any) -> Any:
        return {
            key: {**said, "price_minor": "cheap"} if said and key in spoilt else said
            for key, said in honest(batch).items()
        }

    monkeypatch.setattr(flows, "of_entries", of_entries)
    return spoilt


def held() -> list[int]:
    return [each["id"] for each in engine.stored(0, 100)]


def doctor() -> Any:
    return next(each for each in examine() if each.name == "search")


def test_the_others_of_its_batch_go_through_and_what_comes_after_does_not_wait(
    post: Post, opensearch: Answering, spoil: set[int], nobody: Person
) -> None:
    rows = [post(f"Lamp {number}") for number in range(3)]
    spoil.add(rows[1].pk)
    flows.index([row.pk for row in rows], by=BY)
    tasks.send_what_waits()
    entry = Entry.objects.get(refusal__isnull=False)
    assert (entry.listing_id, entry.sent == entry.revision, flows.waiting().count()) == (rows[1].pk, True, 0)
    assert entry.refusal == (
        f"400 mapper_parsing_exception: failed to parse field [price_minor] of type [long] in document with id '{rows[1].pk}'. "
        "Preview of field's value: 'cheap'; illegal_argument_exception: For input string: \"cheap\""
    )
    post("Lamp 3")
    assert searched(nobody)[0] == "Lamp 3"
    assert opensearch.left == []


def test_it_is_told_by_the_doctor_the_check_and_the_admin_until_it_is_mended(
    post: Post, opensearch: Answering, spoil: set[int], admin: Person
) -> None:
    row = post("Lamp 1")
    assert doctor().is_well
    spoil.add(row.pk)
    out = StringIO()
    operations.update(row, {"title": "Lamp one"}, by=SYSTEM)
    heard()
    assert (doctor().is_well, f"that of listing {row.pk} first: 400 mapper" in doctor().sentence) == (False, True)
    with pytest.raises(SystemExit):
        call_command("search", "check", "--repair", stdout=out)
    assert f"listing {row.pk}: OpenSearch refuses it: 400 mapper_parsing_exception" in out.getvalue()
    assert "0 listings were written to OpenSearch anew." in out.getvalue()
    page = admin.admin.get("/admin/search_index/entry/?has_refusal=true").content.decode()
    assert "It refuses" in page
    assert "Lamp one".lower() in page
    spoil.clear()
    call_command("search", "check", "--repair", stdout=out)
    assert doctor().is_well
    assert (Entry.objects.get().refusal, list(flows.differences())) == (None, [])


def test_a_request_that_is_too_large_is_parted_until_only_what_is_too_large_itself_is_left(
    post: Post, opensearch: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [post(f"Lamp {number}") for number in range(5)]
    honest, large = OpenSearch.bulk, str(rows[2].pk)

    def bulk(client: Any, body: Any, **more: Any) -> Any:
        if any(each.get("index", {}).get("_id") == large for each in body):
            raise TransportError(413, "content too long")
        return honest(client, body=body, **more)

    monkeypatch.setattr(OpenSearch, "bulk", bulk)
    operations.update(rows[4], {"title": "Lamp four"}, by=SYSTEM)
    flows.index([row.pk for row in rows], by=BY)
    assert flows.waiting().count() == 0
    assert list(Entry.objects.exclude(refusal=None).values_list("listing_id", "refusal")) == [
        (rows[2].pk, "OpenSearch: refused: content too long")
    ]
    assert "lamp four" in {each["whole_title"] for each in engine.stored(0, 10)}


def test_a_rebuild_ends_and_says_how_many_were_refused(post: Post, opensearch: Answering, spoil: set[int]) -> None:
    rows = [post(f"Lamp {number}") for number in range(3)]
    spoil.add(rows[0].pk)
    job = actions.rebuild(by=SYSTEM)
    running.run(job.pk)
    job = Job.objects.get(pk=job.pk)
    assert (job.status, job.result["refused"], held()) == ("done", 1, [rows[1].pk, rows[2].pk])


def test_what_only_the_index_before_a_rebuild_refuses_is_not_refused(
    post: Post, opensearch: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an update that brings a new field: the rebuild is what mends it."""
    row = post("Lamp 1")
    honest = flows.of_entries
    monkeypatch.setattr(
        flows, "of_entries", lambda batch: {key: {**said, "novel": 1} for key, said in honest(batch).items()}
    )
    flows.index([row.pk], by=BY)
    assert flows.set_aside().count() == 1
    monkeypatch.setattr(engine, "PROPERTIES", {**engine.PROPERTIES, "novel": engine.NUMBER})
    job = actions.rebuild(by=SYSTEM)
    running.run(job.pk)
    assert (Job.objects.get(pk=job.pk).result["refused"], engine.stored(0, 1)[0]["novel"]) == (0, 1)


def test_where_very_many_are_refused_the_index_is_at_fault_and_the_database_answers(
    post: Post, opensearch: Answering, spoil: set[int], nobody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "MOST_REFUSED", 1)
    rows = [post(f"Lamp {number}") for number in range(2)]
    spoil.update(row.pk for row in rows)
    flows.index([row.pk for row in rows], by=BY)
    assert searched(nobody) == ["Lamp 1", "Lamp 0"]
    assert {each.split(":")[0] for each in opensearch.taken()} == {"behind"}


@pytest.mark.parametrize("status", [403, 429, 503])
def test_what_is_not_the_documents_fault_goes_on_waiting(
    post: Post, opensearch: Answering, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    row = post("Lamp 1")
    fault = {"index": {"status": status, "error": {"type": "cluster_block_exception", "reason": "the disk is full"}}}
    monkeypatch.setattr(OpenSearch, "bulk", lambda _client, **_told: {"errors": True, "items": [fault]})
    flows.index([row.pk], by=BY)
    assert (flows.waiting().count(), flows.set_aside().count()) == (1, 0)
