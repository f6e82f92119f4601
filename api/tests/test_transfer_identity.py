"""What was exported comes back the same, whatever the rows hold: texts of any sort, numbers, days, moments, attributes of every kind."""

import gc
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actions import Outcome
from core.jobs import running
from core.jobs.models import Job
from core.money import Money
from core.resources import operations, transfer, transfer_files, workbooks
from core.resources.definitions import Kind
from core.resources.registry import resource_of
from core.resources.transfer_columns import _cell, _read
from core.rules import Actor
from core.transfers import imports, uploads
from core.transfers.mapping import Understanding
from marketplace.cast import Person
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.tests.factories import attach, attribute, category

pytestmark = pytest.mark.django_db
ODD = (
    *("=1+1", "+254 700", "-5", "@SUM(1)", "'=x", "''+y", "'", '"', "007", "1e5", "0.10", "1,5", "TRUE", "NULL", "NaN"),
    *("2024-01-31", "a,b;c|d", "id", "\U0001d6c0 \u12d8", "x" * 80),
)
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Co", "Cn", "Zl", "Zp"))
LINES = st.text(LETTERS, min_size=1, max_size=60).map(lambda text: " ".join(text.split())).filter(bool)
TEXTS = st.sampled_from(ODD).filter(str.strip) | LINES
AMOUNTS = st.none() | st.integers(0, 10**12).map(lambda minor: Money(minor, "KES"))
PARTS = st.sampled_from(("red", "blue", "007", "a_b"))


@st.composite
def documents(draw: Any) -> dict[str, Any]:
    """Values of every kind of attribute, each there or not."""
    low, high = sorted((draw(st.integers(0, 1000)), draw(st.integers(0, 1000))))
    offered: dict[str, Any] = {
        "words": draw(TEXTS),
        "whole": draw(st.integers(-(10**6), 10**6)),
        "weight": draw(st.integers(0, 10**6)) / 4,
        "shade": draw(PARTS),
        "shades": sorted(set(draw(st.lists(PARTS, min_size=1, max_size=3)))),
        "new": draw(st.booleans()),
        "built": draw(st.dates(date(1900, 1, 1), date(2100, 1, 1))).isoformat(),
        "worth": {"amount": draw(st.integers(0, 10**9)), "currency": "KES"},
        "span": {"least": low, "most": high},
        "paint": draw(st.sampled_from(("#0a0b0c", "#ffffff", "#12ab34"))),
        "spot": {"latitude": draw(st.integers(-360, 360)) / 4, "longitude": draw(st.integers(-720, 720)) / 4},
    }
    return {code: value for code, value in offered.items() if draw(st.booleans())}


@st.composite
def rows(draw: Any) -> dict[str, Any]:
    """What a listing may hold."""
    placed = draw(st.booleans())
    return {
        "title": draw(TEXTS)[:120].strip() or "x",
        "description": draw(st.just("") | TEXTS),
        "city": draw(st.just("") | TEXTS)[:80].strip(),
        "reference": draw(st.none() | TEXTS.map(lambda text: text[:80].strip())) or None,
        "price": draw(AMOUNTS),
        "modes": draw(st.sampled_from((["contact"], ["contact", "chat"], ["chat"]))),
        "latitude": draw(st.floats(-90, 90, allow_nan=False)) if placed else None,
        "longitude": draw(st.floats(-180, 180, allow_nan=False)) if placed else None,
        "attributes": draw(documents()),
    }


@pytest.fixture
def shelf(settings: Any, tmp_path: Any) -> Any:
    settings.VAR = tmp_path
    uploads.storage.cache_clear()
    place = category("Everything", modes=["contact", "chat", "buy"])
    attach(place, attribute("words", Kind.TEXT))
    attach(place, attribute("whole", Kind.NUMBER, is_integer=True))
    attach(place, attribute("weight", Kind.NUMBER, unit="kg"))
    attach(place, attribute("shade", Kind.CHOICE, options=("red", "blue", "007", "a_b")))
    attach(place, attribute("shades", Kind.MULTI_CHOICE, options=("red", "blue", "007", "a_b")))
    attach(place, attribute("new", Kind.BOOLEAN))
    attach(place, attribute("built", Kind.DATE))
    attach(place, attribute("worth", Kind.MONEY))
    attach(place, attribute("span", Kind.RANGE))
    attach(place, attribute("paint", Kind.COLOUR))
    attach(place, attribute("spot", Kind.LOCATION))
    yield place
    uploads.storage.cache_clear()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "jsonl"])
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=st.lists(rows(), min_size=1, max_size=4, unique_by=lambda row: row["reference"] or object()))
def test_export_then_import_is_the_identity(
    owner: Person, shelf: Category, kind: str, made: list[dict[str, Any]]
) -> None:
    by = owner.actor("vendor")
    resource: Any = resource_of(Listing)
    with undone():
        answers = operations.create_many(resource, [{**row, "category": shelf.pk} for row in made], by=by)
        assert all(isinstance(each, Outcome) for each in answers), [getattr(each, "errors", "") for each in answers]
        before = held()
        content = written(resource, by, kind)
        first = outcomes(resource, by, kind, content)
        assert held() == before
        assert first == {"unchanged": len(made)}
        Listing.objects.update(title="Other", description="", city="", latitude=None, longitude=None, attributes={})
        assert outcomes(resource, by, kind, content) == {"updated": len(made)}
        assert held() == before


@contextmanager
def undone() -> Iterator[None]:
    """What an example writes is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def held() -> list[dict[str, Any]]:
    """All that people write of the listings."""
    names = ("id", "title", "description", "city", "reference", "price_minor", "price_currency", "modes")
    return list(Listing.objects.order_by("pk").values(*names, "latitude", "longitude", "attributes"))


def written(resource: Any, by: Actor, kind: str) -> bytes:
    headers, cells = transfer.exported(resource, by, Listing.objects.order_by("pk"))
    return b"".join(transfer_files.write(kind, headers, cells))


def outcomes(resource: Any, by: Actor, kind: str, content: bytes) -> dict[str, int]:
    """What an import of the file does."""
    file = uploads.keep(resource, by, SimpleUploadedFile(f"rows.{kind}", content))
    understood = Understanding(resource, by, file)
    plan = understood.usual({}, ())
    importer, found = transfer.Importer(resource, by, plan), {}
    with file.opened() as (_headers, lines):
        for chunk in transfer.chunks(lines):
            for each in importer.run(chunk, save=True):
                assert each.outcome != "refused", (each.faults, chunk)
                found[each.outcome] = found.get(each.outcome, 0) + 1
    return found


def test_moments_keep_their_zone() -> None:
    for moment in (
        datetime(2024, 1, 31, 9, 30, 0, 123456, tzinfo=UTC),
        datetime.fromisoformat("2024-06-01T00:00:00+03:00"),
    ):
        assert _read(models.DateTimeField(), _cell(moment)) == moment
        assert _read(models.DateTimeField(), _cell(moment)).utcoffset() == moment.utcoffset() or timedelta(0)


def test_nothing_is_left_open_by_the_screens_of_an_import(owner: Person, shelf: Category) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", ResourceWarning)
        for kind, content in (("csv", b"title\nx\n"), ("jsonl", b'{"title": "x"}\n'), ("csv", b"title,title\n")):
            owner.admin.post("/admin/catalog/listing/import/", {"file": SimpleUploadedFile(f"rows.{kind}", content)})
        gc.collect()
    assert [str(each.message) for each in seen if each.category is ResourceWarning] == []


def test_a_workbook_goes_on_on_a_next_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "LONGEST_SHEET", 3)
    content = b"".join(transfer_files.write("xlsx", ["a", "b"], ([n, f"r{n}"] for n in range(7))))
    headers, found = transfer_files.read(io.BytesIO(content), "xlsx")
    assert (headers, [row["a"] for row in found]) == (["a", "b"], list(range(7)))


def test_a_file_of_an_import_that_was_swept_is_a_missing_one(owner: Person, shelf: Category) -> None:
    resource: Any = resource_of(Listing)
    by = owner.actor("vendor")
    file = uploads.keep(resource, by, SimpleUploadedFile("rows.csv", b"title,category\nx,everything\n"))
    job = imports.start_check(resource, by, file, Understanding(resource, by, file).usual({}))
    uploads.storage().delete(file.path)
    running.run(job.pk)
    assert Job.objects.get(pk=job.pk).status == "failed"
