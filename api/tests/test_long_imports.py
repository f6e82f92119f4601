"""Imports and exports that take long: they are not taken for dead, and keep no transaction open while they only read or pack."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.db import OperationalError, connection

from api.tests.bringing import GOOD, run, sent
from core.jobs import pulse, running
from core.jobs.models import Job
from core.resources import transfer, transfer_files
from core.transfers import uploads
from marketplace.cast import Person
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.tests.factories import cars, listing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shelf(settings: Any, tmp_path: Any) -> Any:
    settings.VAR = tmp_path
    settings.LIMITS_FACTOR = 1000
    uploads.storage.cache_clear()
    yield cars()
    uploads.storage.cache_clear()


def rescued_by_another() -> int:
    """What a rescue from another connection takes up; who cannot write takes up nothing."""

    def rescue() -> int:
        try:
            return running.rescue()
        except OperationalError:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        return other.submit(rescue).result()


def test_all_or_nothing_that_takes_long_is_not_taken_for_dead(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = sent(owner, GOOD, dry_run="false", policy="all_or_nothing").json()["job"]["id"]
    monkeypatch.setattr(transfer, "CHUNK", 1)
    monkeypatch.setattr(running, "SILENT_FOR", timedelta(seconds=1))
    monkeypatch.setattr(pulse, "BEAT", 0.1)
    honest, rescued = transfer.Importer.run, []

    def slow(self: Any, rows: Any, *, save: bool) -> Any:
        if save:
            time.sleep(1.2)
            rescued.append(rescued_by_another())
        return honest(self, rows, save=save)

    monkeypatch.setattr(transfer.Importer, "run", slow)
    job = run(key)
    assert (job.status, job.done_count, Listing.objects.count(), rescued) == ("done", 2, 2, [0, 0])


def workbook(rows: int) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["reference", "title", "category", "modes"])
    for number in range(1, rows + 1):
        book.active.append([f"R-{number}", f"Row {number}", "cars", "contact"])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


@pytest.fixture
def open_when_read(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each row that is read of a file, whether a transaction was open meanwhile."""
    seen: list[bool] = []
    honest = transfer_files._to_its_end

    def watched(rows: Any) -> Any:
        for row in honest(rows):
            seen.append(connection.in_atomic_block)
            yield row

    monkeypatch.setattr(transfer_files, "_to_its_end", watched)
    return seen


@pytest.mark.parametrize("dry_run", ["true", "false"])
@pytest.mark.parametrize("policy", ["skip", "all_or_nothing"])
def test_a_file_is_read_to_its_checkpoint_before_a_transaction_begins(
    owner: Person,
    shelf: Category,
    open_when_read: list[bool],
    policy: str,
    dry_run: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PostgreSQL ends a transaction that has waited for ten seconds for what its worker reads."""
    monkeypatch.setattr(transfer, "CHUNK", 3)
    key = sent(owner, workbook(9), name="rows.xlsx", dry_run=dry_run, policy=policy).json()["job"]["id"]
    honest, calls = transfer.Importer.run, []

    def breaking(self: Any, rows: Any, *, save: bool) -> Any:
        calls.append(rows[0][0])
        if len(calls) == 3:
            raise RuntimeError("the power went")
        return honest(self, rows, save=save)

    monkeypatch.setattr(transfer.Importer, "run", breaking)
    assert run(key).status == "failed"
    open_when_read.clear()
    assert running.resume(Job.objects.get(pk=key))
    job = run(key)
    assert (job.status, job.result["counts"]) == ("done", {"created": 9})
    assert Listing.objects.count() == (9 if dry_run == "false" else 0)
    assert calls[3] == 7
    at_once = 6 if (policy, dry_run) == ("all_or_nothing", "false") else 0  # what follows the first rows of all
    assert (open_when_read.count(True), open_when_read[:9]) == (at_once, [False] * 9)


def test_what_was_saved_all_together_is_not_saved_again_when_the_job_stops_at_its_very_end(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = sent(owner, GOOD, dry_run="false", policy="all_or_nothing").json()["job"]["id"]
    honest, failing = running._kept, [True]

    def breaking(job_run: Any, step: Any) -> bool:
        going_on = honest(job_run, step)
        if failing and "saved" in (job_run.checkpoint or {}):
            failing.clear()
            raise RuntimeError("the power went")
        return going_on

    monkeypatch.setattr(running, "_kept", breaking)
    assert (run(key).status, Listing.objects.count()) == ("failed", 2)
    assert running.resume(Job.objects.get(pk=key))
    job = run(key)
    assert (job.status, job.done_count, job.result["counts"], Listing.objects.count()) == ("done", 2, {"created": 2}, 2)


def test_a_workbook_is_packed_while_no_transaction_is_open(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing(vendor=owner.vendor, category=shelf)
    key = owner.api("vendor").post("/exports", {"resource": "listings", "format": "xlsx"}).json()["id"]
    honest, seen = openpyxl.Workbook.save, []

    def watched(book: Any, file: Any) -> None:
        seen.append(connection.in_atomic_block)
        honest(book, file)

    monkeypatch.setattr(openpyxl.Workbook, "save", watched)
    assert (run(key).status, seen) == ("done", [False])
