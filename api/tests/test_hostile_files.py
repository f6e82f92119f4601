"""Files that are sent to do harm: each is refused in a sentence at its row or whole, and nothing of it stays."""

import io
import json
import os
import time
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core.admin import jobs
from core.jobs import running
from core.jobs.models import Job, JobRow
from core.limits import LIMITS
from core.resources import workbooks
from core.transfers import uploads
from marketplace.cast import Person
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.tests.factories import cars, listing

pytestmark = pytest.mark.django_db
IMPORT = "/admin/catalog/listing/import/"


@pytest.fixture
def shelf(settings: Any, tmp_path: Any) -> Category:
    settings.VAR = tmp_path
    uploads.storage.cache_clear()
    return cars()


def sent(person: Person, name: str, content: bytes, **more: Any) -> Any:
    return person.admin.post(IMPORT, {"file": SimpleUploadedFile(name, content), **more})


def outcomes(person: Person, name: str, content: bytes) -> list[tuple[str, str]]:
    """What the import's job said of each row."""
    assert sent(person, name, content, _run="1").status_code == 302
    job = Job.objects.latest("pk")
    running.run(job.pk)
    job.refresh_from_db()
    assert job.status == "done", job.fault
    return list(JobRow.objects.filter(job=job).order_by("number").values_list("code", "message"))


@pytest.mark.parametrize("content", [b"[" * 200_000, b'[{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]"])
def test_json_that_is_nested_without_end_is_refused_in_a_sentence(
    owner: Person, shelf: Category, content: bytes
) -> None:
    answer = sent(owner, "deep.json", content)
    assert (answer.status_code, answer.context["refused"]) == (
        200,
        "This file cannot be read: it is nested too deeply.",
    )


def test_half_a_character_is_a_question_mark_as_in_a_csv(owner: Person, shelf: Category) -> None:
    row = listing(vendor=owner.vendor, category=shelf, title="Before")
    content = b'[{"id": %d, "title": "Half \\ud800 a character", "city\\udfff": "x"}]' % row.pk
    answer = sent(owner, "half.json", content)
    assert (answer.status_code, answer.context["headers"]) == (200, ["id", "title", "city?"])
    assert outcomes(owner, "half.json", content) == [("done", "updated")]
    assert Listing.objects.get(pk=row.pk).title == "Half ? a character"


@pytest.mark.parametrize("name", ["rows.csv", "rows.json"])
def test_control_characters_are_refused_at_their_row_and_the_others_come_in(
    owner: Person, shelf: Category, name: str
) -> None:
    bad, good = (listing(vendor=owner.vendor, category=shelf, title="Before") for _each in range(2))
    rows = [{"id": bad.pk, "title": "a\0b"}, {"id": good.pk, "title": "After"}]
    text = (
        json.dumps(rows) if name.endswith("json") else "id,title\n" + "".join(f"{e['id']},{e['title']}\n" for e in rows)
    )
    assert outcomes(owner, name, text.encode()) == [
        ("invalid", "title: There are characters here that cannot be shown."),
        ("done", "updated"),
    ]
    assert [Listing.objects.get(pk=each.pk).title for each in (bad, good)] == ["Before", "After"]


def test_a_small_workbook_that_unpacks_to_gigabytes_is_refused_before_it_is_read(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "MOST_UNPACKED", 2**20)
    plain = io.BytesIO()
    openpyxl.Workbook().save(plain)
    bomb = io.BytesIO(plain.getvalue())
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/media/padding.bin", b"a" * 2**21)
    assert len(bomb.getvalue()) < 2**15
    answer = sent(owner, "bomb.xlsx", bomb.getvalue())
    assert answer.context["refused"] == "This file cannot be read: it unpacks to more than is taken."


def test_a_workbook_that_claims_to_end_in_billions_of_lines_is_read_to_where_a_sheet_ends(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "LONGEST_SHEET", 50)
    book, plain, claims = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    book.active.append(["title"])
    book.save(plain)
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(claims, "w") as after:
        for name in before.namelist():
            content = before.read(name).replace(b"</sheetData>", b'<row r="999999999999999"/></sheetData>')
            after.writestr(name, content)
    answer = sent(owner, "claims.xlsx", claims.getvalue())
    assert (answer.status_code, answer.context["headers"]) == (200, ["title"])


@pytest.mark.parametrize(
    "content", [b'title,description\nBike,"' + b"x" * 200_000, b"title,descr\0iption\nBike,red\n"], ids=["quote", "nul"]
)
def test_a_file_that_turns_out_to_be_damaged_is_refused_in_a_sentence(
    owner: Person, shelf: Category, content: bytes
) -> None:
    answer = sent(owner, "rows.csv", content)
    assert answer.status_code == 200
    assert answer.context["refused"].startswith("This file cannot be read: ")


def test_what_spreadsheets_call_unicode_text_is_read(owner: Person, shelf: Category) -> None:
    row = listing(vendor=owner.vendor, category=shelf, title="Before")
    assert outcomes(owner, "rows.csv", f"id\ttitle\n{row.pk}\tFahrräder አማርኛ\n".encode("utf-16")) == [
        ("done", "updated")
    ]
    assert Listing.objects.get(pk=row.pk).title == "Fahrräder አማርኛ"


@pytest.mark.parametrize(
    ("columns", "cells", "said"),
    [
        ("category", "ca\0rs", "category: There are characters here that cannot be shown."),
        ("reference", "A\0", "reference: There are characters here that cannot be shown."),
        ("latitude,longitude", "nan,nan", "latitude: This is no number that can be kept."),
        ("latitude,longitude", "inf,1", "latitude: "),
    ],
)
def test_what_no_database_can_keep_is_refused_at_its_row(
    owner: Person, shelf: Category, columns: str, cells: str, said: str
) -> None:
    row = listing(vendor=owner.vendor, category=shelf, title="Before")
    ((code, message),) = outcomes(owner, "rows.csv", f"id,{columns}\n{row.pk},{cells}\n".encode())
    assert (code, said in message) == ("invalid", True), message


def test_a_key_that_two_vendors_have_is_nobody_s_until_the_file_says_whose(
    owner: Person, rival: Person, moderator: Person, shelf: Category
) -> None:
    rows = [listing(vendor=each.vendor, category=shelf, title="Before", reference="R-1") for each in (owner, rival)]
    assert outcomes(moderator, "rows.csv", b"reference,title\nR-1,After\n") == [
        ("invalid", "More than one row has this reference: give its id.")
    ]
    assert {Listing.objects.get(pk=each.pk).title for each in rows} == {"Before"}
    assert outcomes(owner, "rows.csv", b"reference,title\nR-1,After\n") == [("done", "updated")]


def test_an_upload_that_is_refused_is_not_kept(owner: Person, shelf: Category, tmp_path: Path) -> None:
    sent(owner, "deep.json", b"[" * 200_000)
    sent(owner, "rows.csv", b"id,title\n")
    assert [each.suffix for each in (tmp_path / "imports").iterdir()] == [".csv"]


def test_uploads_are_swept_after_a_day_and_those_of_jobs_a_week_after_they_began(
    owner: Person, shelf: Category, tmp_path: Path
) -> None:
    sent(owner, "waits.csv", b"id,title\n1,x\n", _run="1")
    wanted = Job.objects.latest("pk").params["path"]
    sent(owner, "left.csv", b"id,title\n1,x\n")
    assert jobs.sweep_imports() == 0
    for each in (tmp_path / "imports").iterdir():
        os.utime(each, (time.time() - 25 * 3600,) * 2)
    sent(owner, "fresh.csv", b"id,title\n1,x\n")
    assert jobs.sweep_imports() == 1
    assert wanted in {each.name for each in (tmp_path / "imports").iterdir()}
    running.run(Job.objects.latest("pk").pk)
    assert jobs.sweep_imports() == 0  # its errors may still be fetched
    Job.objects.update(created_at=timezone.now() - timedelta(days=8))
    assert (jobs.sweep_imports(), len(list((tmp_path / "imports").iterdir()))) == (1, 1)


def test_imports_and_exports_over_the_limit_are_refused_in_a_sentence(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("import", "export"):
        monkeypatch.setitem(LIMITS, name, replace(LIMITS[name], quota=1))
    assert sent(owner, "rows.csv", b"id,title\n").context["step"] == 2
    assert sent(owner, "rows.csv", b"id,title\n").context["refused"].startswith("Too many requests; try again in ")
    assert owner.admin.get("/admin/catalog/listing/export/").status_code == 200
    refused = owner.admin.get("/admin/catalog/listing/export/", follow=True)
    assert refused.redirect_chain == [("../", 302)]
    assert "Too many requests; try again in " in refused.content.decode()
