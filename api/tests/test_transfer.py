"""Import and export in the admin: what was exported comes back the same, faults are at their cells, and nobody's rows but one's own."""

import csv
import io
import json
import re
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.jobs import running
from core.jobs.models import Job
from core.models import Audit
from core.money import Money
from core.resources import headers, transfer
from core.resources.registry import resource_of
from core.resources.transfer_columns import Columns, bare, guarded
from marketplace.cast import Person
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.tests.factories import cars, listing

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/listing/"


@pytest.fixture
def shelf(settings: Any, tmp_path: Any) -> Category:
    settings.VAR = tmp_path
    return cars()


def exported(person: Person, query: str = "") -> list[dict[str, str]]:
    answer = person.admin.get(f"{LIST}export/?_format=csv{query}")
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def as_csv(rows: list[dict[str, Any]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def sent(person: Person, text: str, **more: Any) -> Any:
    """Step 2 of an import, or with `_run` its job."""
    file = SimpleUploadedFile("rows.csv", text.encode(), content_type="text/csv")
    return person.admin.post(f"{LIST}import/", {"file": file, **more})


def brought(person: Person, text: str, **more: Any) -> Job:
    sent(person, text, _run="1", **more)
    job = Job.objects.latest("pk")
    running.run(job.pk)
    job.refresh_from_db()
    return job


def plain(row: Listing) -> dict[str, Any]:
    skipped = ("version", "updated_at")
    return {
        each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields if each.attname not in skipped
    }


@pytest.mark.parametrize(
    "text", ["=1+1", "+254711", "-5", "@SUM(1)", "\tx", "'=quoted", "''+x", "plain", "it's", "'single"]
)
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless_and_comes_back(text: str) -> None:
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert bare(guarded(text)) == text


def test_what_was_exported_is_imported_again_without_a_change(owner: Person, shelf: Category) -> None:
    for number, title in enumerate(('=HYPERLINK("x")', "Plain, with comma", 'Quote " and\nline', "ዘመናዊ መኪና")):
        listing(
            vendor=owner.vendor,
            category=shelf,
            title=title,
            reference=f"R-{number}",
            price=Money(100_050 + number, "KES"),
            attributes={
                "make": "toyota",
                "year": 2000 + number,
                "features": ["abs", "airbag"],
                "automatic": True,
                "inspected": "2024-01-31",
            },
        )
    before = {row.pk: plain(row) for row in Listing.objects.all()}
    rows = exported(owner)
    assert rows[0]["title"] == '\'=HYPERLINK("x")'
    assert rows[0]["attr.features"] == "abs|airbag"
    assert sent(owner, as_csv(rows)).context["plan"].mapping["attr.features"] == "attr.features"
    job = brought(owner, as_csv(rows))
    assert (job.status, job.result["counts"]) == ("done", {"unchanged": 4})
    assert {row.pk: plain(row) for row in Listing.objects.all()} == before


def test_each_format_has_the_same_rows(owner: Person, shelf: Category) -> None:
    listing(
        vendor=owner.vendor,
        category=shelf,
        title="@once",
        price=Money(500, "KES"),
        attributes={"make": "mazda", "year": 2011},
    )
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(owner.admin.get(f"{LIST}export/?_format=xlsx").streaming_content))
    )
    head, row = list(book.active.iter_rows(values_only=True))
    from_book = dict(zip(head, row, strict=True))
    from_json = json.loads(b"".join(owner.admin.get(f"{LIST}export/?_format=json").streaming_content))[0]
    assert (from_book["title"], from_book["attr.year"], from_book["category"]) == ("'@once", 2011, "cars")
    assert (from_json["title"], from_json["attr.year"], from_json["category"]) == ("'@once", 2011, "cars")


def test_an_export_has_the_columns_and_rows_of_who_asks(
    owner: Person, rival: Person, moderator: Person, shelf: Category
) -> None:
    listing(vendor=owner.vendor, category=shelf, title="Mine", staff_note="Watch.", attributes={"risk": 3})
    listing(vendor=rival.vendor, category=shelf, title="Theirs")
    assert [row["title"] for row in exported(owner)] == ["Mine"]
    assert not {"staff_note", "attr.risk"} & set(exported(owner)[0])
    assert {row["title"]: row["staff_note"] for row in exported(moderator)} == {"Mine": "Watch.", "Theirs": ""}
    assert [row["title"] for row in exported(moderator, f"&vendor={rival.vendor.pk}")] == ["Theirs"]


def test_faults_are_at_their_cells_and_a_bad_row_leaves_the_others_alone(owner: Person, shelf: Category) -> None:
    text = (
        "Reference,Title,Category,Price,Modes,Make,Year\n"
        "A-1,Vitz,cars,1500.50,contact,Toyota,2012\n"
        "A-2,,cars,abc,contact,Toyota,2012\n"
        "A-3,Old,cars,10,contact,Lada,1800\n"
        "A-4,Nowhere,boats,10,contact,,\n"
    )
    page = re.sub(r"\s+", " ", sent(owner, text, **{"constant:category": "cars"}).content.decode())
    assert "1 new" in page
    assert "3 refused" in page
    assert 'abc<span class="soko-fault">Write an amount such as 1099.50.</span>' in page
    assert "There is no category “boats”" in page
    assert Listing.objects.count() == 0
    job = brought(owner, text)
    assert (job.done_count, job.failed_count) == (1, 3)
    made = Listing.objects.get()
    assert (made.title, made.reference, made.price, made.vendor, made.status) == (
        "Vitz",
        "A-1",
        Money(150_050, "KES"),
        owner.vendor,
        "draft",
    )
    assert Audit.objects.get(model="catalog.listing", object_id=made.pk).reason == "import rows.csv"
    results = b"".join(owner.admin.get(f"/admin/jobs/job/{job.pk}/results/").streaming_content).decode().splitlines()
    assert results[1] == f"1,done,{made.pk},created"
    assert results[2].startswith("2,invalid,,")


def test_a_row_is_found_again_by_its_key_among_ones_own(owner: Person, rival: Person, shelf: Category) -> None:
    mine = listing(vendor=owner.vendor, category=shelf, title="Old", reference="K-1", price=Money(100, "KES"))
    theirs = listing(vendor=rival.vendor, category=shelf, title="Theirs", reference="K-1", price=Money(100, "KES"))
    job = brought(owner, "reference,title,category,modes\nK-1,New,cars,contact\n")
    assert job.result["counts"] == {"updated": 1}
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.title, theirs.title) == ("New", "Theirs")
    assert Listing.objects.count() == 2


def test_nobody_elses_row_is_changed_or_shown_by_its_id(owner: Person, rival: Person, shelf: Category) -> None:
    theirs = listing(vendor=rival.vendor, category=shelf, title="Theirs")
    text = f"id,title,category\n{theirs.pk},Taken,cars\n"
    page = sent(owner, text).content.decode()
    assert "There is no such row, or it is not yours to change." in page
    assert "Theirs" not in page
    assert brought(owner, text).failed_count == 1
    theirs.refresh_from_db()
    assert theirs.title == "Theirs"


def test_a_file_cannot_say_what_its_owner_may_not_write(owner: Person, shelf: Category) -> None:
    brought(owner, "title,category,modes,status,staff_note\nSly,cars,contact,approved,Nice\n")
    made = Listing.objects.get()
    assert (made.status, made.staff_note) == ("draft", "")


def test_a_kept_file_is_its_owners_alone(owner: Person, rival: Person, shelf: Category) -> None:
    token = sent(owner, "title,category\nMine,cars\n").context["kept"].token
    page = rival.admin.post(f"{LIST}import/", {"kept": token, "mapped": "1"})
    assert "Mine" not in page.content.decode()
    assert page.context["step"] == 1


def test_who_may_not_write_may_not_import(finance: Person, support: Person, shelf: Category) -> None:
    for person in (finance, support):
        assert person.admin.get(f"{LIST}import/").status_code == 403


def test_constants_fill_what_the_file_lacks_and_may_name_its_columns(owner: Person, shelf: Category) -> None:
    text = "id,make,year\n13309.0,Toyota,1997.0\n13310.0,Mazda,NA\n"
    job = brought(
        owner,
        text,
        **{
            "constant:category": str(shelf.pk),
            "constant:title": "{make} {year}",
            "constant:price": "500",
            "constant:modes": "contact|buy",
            "empty_words": "NA",
        },
    )
    assert job.result["counts"] == {"created": 2}
    assert list(Listing.objects.order_by("pk").values_list("title", "reference", "attributes")) == [
        ("Toyota 1997", "13309.0", {"make": "toyota", "year": 1997}),
        ("Mazda", "13310.0", {"make": "mazda"}),
    ]


def test_an_import_that_was_stopped_goes_on_where_it_stopped(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "CHUNK", 2)
    text = "title,category,modes\n" + "".join(f"Row {n},cars,contact\n" for n in range(5))
    honest, calls = transfer.Importer.run, []

    def breaking(self: Any, rows: Any, *, save: bool) -> Any:
        calls.append(len(rows))
        if len(calls) == 2:
            raise RuntimeError("the power went")
        return honest(self, rows, save=save)

    sent(owner, text)
    monkeypatch.setattr(transfer.Importer, "run", breaking)
    job = brought(owner, text)
    assert (job.status, Listing.objects.count()) == ("failed", 2)
    running.resume(job)
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done_count) == ("done", 5)
    assert sorted(Listing.objects.values_list("title", flat=True)) == [f"Row {n}" for n in range(5)]


def test_a_job_whose_starter_lost_the_right_stops(member: Person, owner: Person, shelf: Category) -> None:
    from marketplace.vendors import actions
    from marketplace.vendors.models import Member

    sent(member, "title,category,modes\nLate,cars,contact\n", _run="1")
    actions.remove(Member.objects.get(user=member.user), by=owner.actor("vendor"))
    job = Job.objects.latest("pk")
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.status, Listing.objects.count()) == ("failed", 0)


def test_headers_are_guessed_whatever_their_case_and_spaces(owner: Person, shelf: Category) -> None:
    columns = Columns(resource_of(Listing), owner.actor("vendor")).imported()  # type: ignore[arg-type]
    assert headers.guess(["TITLE ", "Price currency", "unknown", "Selling  Modes"], columns) == {
        "TITLE ": "title",
        "Price currency": "price_currency",
    }
