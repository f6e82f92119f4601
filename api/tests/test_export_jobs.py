"""Exports as jobs: the rows and columns of who asks, under the list's filter; resumed where they were; fetched by nobody else."""

import csv
import io
import json
from typing import Any

import openpyxl
import pytest

from core.jobs import running
from core.jobs.models import Job
from core.money import Money
from core.resources.admin import screens
from core.transfers import exports, uploads
from marketplace.cast import Person
from marketplace.catalog.models import Category
from marketplace.catalog.tests.factories import cars, listing

pytestmark = pytest.mark.django_db
TITLES = ["=1+1", "Two, with comma", "Three", "ዘመናዊ", "Five"]


@pytest.fixture
def shelf(settings: Any, tmp_path: Any, owner: Person, rival: Person) -> Any:
    settings.VAR = tmp_path
    settings.LIMITS_FACTOR = 1000
    uploads.storage.cache_clear()
    place = cars()
    for number, title in enumerate(TITLES):
        listing(
            vendor=owner.vendor,
            category=place,
            title=title,
            status="approved" if number % 2 else "draft",
            price=Money(100 * number, "KES"),
            staff_note="Watch.",
            attributes={"make": "toyota", "year": 2000 + number, "risk": 3},
        )
    listing(vendor=rival.vendor, category=place, title="Theirs")
    yield place
    uploads.storage.cache_clear()


def started(person: Person, audience: str = "vendor", **body: Any) -> int:
    answer = person.api(audience).post("/exports", {"resource": "listings", **body})
    assert answer.status_code == 201, answer.content
    return int(answer.json()["id"])


def fetched(person: Person, key: int, audience: str = "vendor") -> bytes:
    answer = person.api(audience).get(f"/jobs/{key}/file")
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def read(kind: str, content: bytes) -> list[dict[str, Any]]:
    if kind == "xlsx":
        head, *lines = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
        return [dict(zip(head, line, strict=True)) for line in lines]
    if kind == "csv":
        return list(csv.DictReader(io.StringIO(content.decode())))
    return json.loads(content) if kind == "json" else [json.loads(line) for line in content.decode().splitlines()]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "jsonl"])
def test_an_export_has_ones_own_rows_in_each_format_and_is_safe_to_open(
    owner: Person, shelf: Category, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "STEP", 2)
    key = started(owner, format=kind)
    running.run(key)
    told = owner.api("vendor").get(f"/jobs/{key}").json()
    assert (told["status"], told["done_count"], told["total"]) == ("done", 5, 5)
    rows = read(kind, fetched(owner, key))
    assert [row["title"] for row in rows] == ["'=1+1", *TITLES[1:]]
    assert not {"staff_note", "attr.risk"} & set(rows[0])


def test_staff_fetch_what_staff_may_read_under_the_lists_filter(admin: Person, shelf: Category) -> None:
    key = started(admin, "operations", query="status=approved")
    running.run(key)
    found = read("csv", fetched(admin, key, "operations"))
    assert [(row["title"], row["staff_note"], row["attr.risk"]) for row in found] == [
        ("Two, with comma", "Watch.", "3"),
        ("ዘመናዊ", "Watch.", "3"),
    ]


def test_what_no_list_takes_is_refused(owner: Person, shelf: Category) -> None:
    api = owner.api("vendor")
    assert api.post("/exports", {"resource": "listings", "query": "colour=red"}).status_code == 422
    assert api.post("/exports", {"resource": "nothing"}).status_code == 404
    assert api.post("/exports", {"resource": "audit-entries"}).status_code == 403
    assert api.post("/exports", {"resource": "listings", "format": "pdf"}).status_code == 422
    assert not Job.objects.exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "jsonl"])
def test_an_export_that_was_stopped_goes_on_without_losing_or_doubling_a_row(
    owner: Person, shelf: Category, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "STEP", 2)
    key = started(owner, format=kind)
    honest, calls = exports._Text.place, []

    def breaking(self: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:  # the lines are in the file, and the checkpoint is not
            raise RuntimeError("the power went")
        return honest(self)

    monkeypatch.setattr(exports._Text, "place", breaking)
    running.run(key)
    job = Job.objects.get(pk=key)
    assert (job.status, job.done_count) == ("failed", 2)
    running.resume(job)
    running.run(key)
    job.refresh_from_db()
    assert (job.status, job.done_count) == ("done", 5)
    assert [row["title"] for row in read(kind, fetched(owner, key))] == ["'=1+1", *TITLES[1:]]


def test_an_exports_file_is_for_who_asked_alone(
    owner: Person, member: Person, rival: Person, admin: Person, shelf: Category
) -> None:
    key = started(owner)
    running.run(key)
    for person, audience in ((member, "vendor"), (rival, "vendor"), (admin, "operations")):
        assert person.api(audience).get(f"/jobs/{key}/file").status_code == 404
    assert member.admin.get(f"/admin/jobs/job/{key}/file/").status_code == 404


def test_a_long_list_is_exported_in_the_background(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "AT_ONCE", 3)
    here = "/admin/catalog/listing/export/?_format=csv&status=draft"
    assert b"".join(owner.admin.get(here).streaming_content).decode().count("\n") == 4
    here = "/admin/catalog/listing/export/?_format=jsonl"
    assert "Prepare the file" in owner.admin.get(here).content.decode()
    assert not Job.objects.exists()
    assert owner.admin.post(here).status_code == 302
    job = Job.objects.get()
    running.run(job.pk)
    page = owner.admin.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    assert "Download the file" in page
    content = b"".join(owner.admin.get(f"/admin/jobs/job/{job.pk}/file/").streaming_content)
    assert len(read("jsonl", content)) == 5


@pytest.mark.parametrize("count", [3, 30])
def test_an_export_asks_no_more_of_the_database_for_more_rows(
    owner: Person, shelf: Category, count: int, django_assert_max_num_queries: Any
) -> None:
    from core.resources import transfer
    from core.resources.registry import resource_of
    from marketplace.catalog.models import Listing

    for _each in range(count):
        listing(vendor=owner.vendor, category=shelf)
    resource: Any = resource_of(Listing)
    by = owner.actor("vendor")
    with django_assert_max_num_queries(25):
        _headers, cells = transfer.exported(resource, by, Listing.objects.order_by("pk"))
        assert len(list(cells)) == count + 6
