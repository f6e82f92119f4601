"""Imports and exports where there is a bucket: machines that share no folder read each other's files there."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from moto.server import ThreadedMotoServer

from api.tests.bringing import GOOD, downloaded, run, sent
from core import context
from core.jobs import running
from core.jobs.models import Job
from core.resources.transfer_files import FORMATS
from core.transfers import exports, uploads
from marketplace.cast import Person
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.tests.factories import cars, listing

pytestmark = pytest.mark.django_db
Move = Callable[[str], Path]
BAD = GOOD + "A-3,,cars,abc,contact,Lada\n"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server that speaks S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(s3: str, settings: Any) -> Iterator[Any]:
    """An empty bucket, in which the files of jobs are kept."""
    options = {
        "bucket_name": "market", "endpoint_url": s3, "region_name": "us-east-1", "access_key": "AKIATEST", "secret_key": "s" * 20,
        "location": "imports", "max_memory_size": 1,
    }  # fmt: skip
    settings.STORAGES = {**settings.STORAGES, "jobs": {"BACKEND": "core.bucket.Bucket", "OPTIONS": options}}
    store: Any = storages["jobs"]
    store.connection.create_bucket(Bucket="market")
    uploads.storage.cache_clear()
    yield store.bucket
    uploads.storage.cache_clear()
    store.bucket.objects.all().delete()
    store.bucket.delete()


@pytest.fixture
def on(bucket: Any, settings: Any, tmp_path: Path) -> Move:
    """Be on a machine, which has a folder of its own."""

    def move(machine: str) -> Path:
        settings.VAR = tmp_path / machine
        return settings.VAR / "imports"

    settings.LIMITS_FACTOR = 1000
    move("web")
    return move


@pytest.fixture
def shelf(db: None) -> Category:
    return cars()


def names(bucket: Any) -> list[str]:
    return [each.key for each in bucket.objects.all()]


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_what_one_machine_takes_another_one_imports(owner: Person, shelf: Category, on: Move, kind: str) -> None:
    lines = [line.split(",") for line in GOOD.splitlines()]
    content = GOOD.encode()
    if kind != "csv":
        content = b"".join(exports.transfer_files.write(kind, lines[0], lines[1:]))
    answer = sent(owner, content, name=f"rows.{kind}", dry_run="false")
    assert answer.status_code == 201, answer.content
    folder = on("worker")
    assert run(answer.json()["job"]["id"]).result["counts"] == {"created": 2}
    assert not folder.exists()


def test_the_file_with_its_errors_comes_from_wherever_it_is_asked_for(owner: Person, shelf: Category, on: Move) -> None:
    key = sent(owner, BAD, dry_run="false").json()["job"]["id"]
    on("worker")
    job = run(key)
    on("another web")
    assert downloaded(owner, job, "?only_refused=true").decode().splitlines()[1].startswith("A-3,,cars,abc")


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_what_one_machine_exports_another_one_answers(
    owner: Person, shelf: Category, on: Move, bucket: Any, kind: str
) -> None:
    for number in range(3):
        listing(vendor=owner.vendor, category=shelf, title=f"Row {number}")
    key = owner.api("vendor").post("/exports", {"resource": "listings", "format": kind}).json()["id"]
    folder = on("worker")
    job = run(key)
    assert (job.status, list(folder.iterdir()), names(bucket)) == ("done", [], [f"imports/{job.result['path']}"])
    on("web")
    content = downloaded(owner, job)
    assert len(content) == job.result["size"]
    if kind == "xlsx":
        assert len(list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows())) == 4
    else:
        assert all(f"Row {number}" in content.decode() for number in range(3))


def test_an_export_that_another_machine_takes_up_is_begun_anew_and_stays_so(
    owner: Person, shelf: Category, on: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that comes back to it has lines of before, which are not those that the job knows of."""
    for number in range(4):
        listing(vendor=owner.vendor, category=shelf, title=f"Row {number}")
    monkeypatch.setattr(exports, "STEP", 1)
    key = owner.api("vendor").post("/exports", {"resource": "listings"}).json()["id"]
    honest, left = exports._Text.place, [3]

    def breaking(writing: Any) -> Any:
        if left[0] == 0:
            raise RuntimeError("the power went")
        left[0] -= 1
        return honest(writing)

    monkeypatch.setattr(exports._Text, "place", breaking)
    on("first")
    assert run(key).status == "failed"
    Listing.objects.update(title="Changed since, and longer")
    on("second")
    left[0] = 2
    running.resume(Job.objects.get(pk=key))
    assert run(key).done_count == 2
    on("first")
    left[0] = 9
    running.resume(Job.objects.get(pk=key))
    job = run(key)
    assert (job.status, job.done_count) == ("done", 4)
    text = downloaded(owner, job).decode()
    assert (text.count("Changed since"), text.count("Row "), text.count("\0")) == (4, 0, 0)


def test_files_that_nobody_reads_are_swept_from_the_bucket(
    owner: Person, shelf: Category, on: Move, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = Job.objects.get(pk=sent(owner, GOOD).json()["job"]["id"]).params["path"]
    uploads.keep(exports.resource_at("listings"), owner.actor("vendor"), SimpleUploadedFile("rows.csv", GOOD.encode()))
    assert (len(names(bucket)), uploads.sweep({wanted})) == (2, 0)
    now = context.now()
    monkeypatch.setattr(uploads.context, "now", lambda: now + timedelta(hours=25))
    assert (uploads.sweep({wanted}), names(bucket)) == (1, [f"imports/{wanted}"])
