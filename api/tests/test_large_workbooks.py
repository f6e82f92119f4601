"""Workbooks that hold much: who sends one does not wait until all of it is read, and one that holds too much is refused."""

import gc
import io
import sys
import zipfile
from typing import Any

import pytest
from openpyxl.worksheet import _writer

from api.tests.bringing import rows_of, run, sent
from core.jobs import running
from core.resources import workbooks
from core.transfers import exports, imports, uploads
from marketplace.cast import Person
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.tests.factories import cars, listing

pytestmark = pytest.mark.django_db
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEADERS = ["title", "category", "modes"]


@pytest.fixture
def shelf(settings: Any, tmp_path: Any) -> Any:
    settings.VAR = tmp_path
    settings.LIMITS_FACTOR = 1000
    uploads.storage.cache_clear()
    yield cars()
    uploads.storage.cache_clear()


def workbook(texts: list[str], lines: list[list[int]]) -> bytes:
    """A workbook as Excel writes it: each cell names one of the texts that all share, by its place."""
    items = "".join(f"<si>{each if each.startswith('<') else f'<t>{each}</t>'}</si>" for each in texts)
    rows = "".join(f"<row>{''.join(f'<c t="s"><v>{each}</v></c>' for each in line)}</row>" for line in lines)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types">'
            f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{KIND}.sharedStrings+xml"/></Types>',
        )
        out.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        out.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        out.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>')
        out.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{items}</sst>')
    return packed.getvalue()


def many(count: int) -> bytes:
    """So many rows, each with a title of its own."""
    texts = [*HEADERS, "cars", "contact", *(f"Row {number}" for number in range(count))]
    return workbook(texts, [[0, 1, 2], *([5 + number, 3, 4] for number in range(count))])


@pytest.fixture
def texts_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    honest = workbooks._texts

    def watched(*told: Any) -> Any:
        for each in honest(*told):
            seen.append(each)
            yield each

    monkeypatch.setattr(workbooks, "_texts", watched)
    return seen


def test_of_the_texts_that_cells_share_no_more_is_read_than_is_asked_for(
    owner: Person, shelf: Category, texts_read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "LIGHT", 0)
    answer = sent(owner, many(1_200), name="rows.xlsx")
    assert (answer.status_code, answer.json()["job"]["total"]) == (201, None)
    assert len(texts_read) == 3 + 5 + 1_000  # the headers, and with the first thousand rows once more
    job = run(answer.json()["job"]["id"])
    assert (job.status, job.total, job.result["counts"]) == ("done", 1_200, {"created": 1_200})


def test_texts_with_more_than_letters_are_read_as_a_spreadsheet_shows_them() -> None:
    rich = '<r><t>Red</t></r><r><rPr><b/></rPr><t xml:space="preserve"> bike</t></r><rPh sb="0" eb="1"><t>aka</t></rPh>'
    content = workbook(["title", rich, "<t/>", "a_x005F_b"], [[0], [1], [2], [3]])
    _headers, rows = workbooks.read(io.BytesIO(content))
    assert [row["title"] for row in rows] == ["Red bike", "a_b"]


@pytest.mark.parametrize(
    ("bound", "most", "sentence"),
    [
        ("MOST_TEXTS", 64, "its texts are more than the 0 MB that are taken; send it as CSV, or in parts."),
        (
            "MOST_BESIDE",
            64,
            "what it is made up of is more than the 0 MB that are taken; send it as CSV, or in parts.",
        ),
        ("LONGEST_LINE", 64, "a line of it is longer than is taken."),
    ],
)
def test_a_part_that_holds_too_much_is_refused_before_it_is_read(
    owner: Person, shelf: Category, bound: str, most: int, sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(workbooks, bound, most)
    answer = sent(owner, many(3), name="rows.xlsx")
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_file")
    assert answer.json()["detail"] == f"This file cannot be read: {sentence}"
    assert list((tmp_path / "imports").iterdir()) == []


def test_what_says_how_it_is_made_up_is_not_read_where_it_is_too_large(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "MOST_BESIDE", 64)
    monkeypatch.setattr(workbooks._Reader, "read_manifest", lambda _reader: 1 / 0)
    answer = sent(owner, many(3), name="rows.xlsx")
    assert answer.json()["detail"].startswith("This file cannot be read: what it is made up of is more than")


def test_a_workbook_is_large_wherever_its_sheets_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO(many(30))
    with zipfile.ZipFile(content) as packed:
        unpacked = sum(each.file_size for each in packed.infolist())
    for most, is_light in ((unpacked, True), (unpacked - 1, False)):
        monkeypatch.setattr(workbooks, "LIGHT", most)
        assert workbooks.is_light(content) == is_light


@pytest.mark.parametrize("place", [7, -1])
def test_a_cell_that_names_no_text_is_refused(owner: Person, shelf: Category, place: int) -> None:
    answer = sent(owner, workbook(["title"], [[0], [place]]), name="rows.xlsx")
    assert answer.json()["detail"] == "This file cannot be read: a cell names a text that is not there."


def test_a_large_workbook_is_counted_by_its_job_which_refuses_what_is_too_much_for_one_transaction(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "LIGHT", 0)
    monkeypatch.setattr(imports, "MOST_WHOLE", 3)
    answer = sent(owner, many(4), name="rows.xlsx", policy="all_or_nothing", dry_run="false")
    job = run(answer.json()["job"]["id"])
    assert (job.status, Listing.objects.count()) == ("failed", 0)
    assert job.fault.startswith("All or nothing takes up to 3 rows, and this file has 4")
    assert rows_of(owner, job) == []


def test_a_workbook_that_was_not_finished_leaves_nothing_behind(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _each in range(3):
        listing(vendor=owner.vendor, category=shelf)
    key = owner.api("vendor").post("/exports", {"resource": "listings", "format": "xlsx"}).json()["id"]
    monkeypatch.setattr(exports, "STEP", 1)
    monkeypatch.setattr(exports._Text, "place", lambda _writing: 1 / 0)
    faults: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", faults.append)
    running.run(key)
    gc.collect()
    assert (faults, _writer.ALL_TEMP_FILES) == ([], [])
