"""Imports by the API: a dry run and its confirmation, both policies, errors at their columns, undoing, and nobody else's rows."""

import csv
import io
import json
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from api.tests.bringing import GOOD, brought, downloaded, rows_of, run, sent
from core.jobs.models import ColumnMemory, Job, JobRow
from core.models import Audit
from core.money import Money
from core.resources import transfer
from core.transfers import imports, uploads
from marketplace.cast import Person
from marketplace.catalog.models import Category, Listing, Stock, Variant
from marketplace.catalog.tests.factories import cars, category, listing, variant

pytestmark = pytest.mark.django_db
BAD = "Reference,Title,Category,Price,Modes,Make\nA-1,Vitz,cars,1500.50,contact,Toyota\nA-2,,cars,abc,contact,Lada\n"
ERRORS = "title: This field cannot be blank. price: Write an amount such as 1099.50. attr.make: Choose one of: toyota, mazda, ford."


@pytest.fixture
def shelf(settings: Any, tmp_path: Any) -> Any:
    settings.VAR = tmp_path
    settings.LIMITS_FACTOR = 1000
    uploads.storage.cache_clear()
    yield cars()
    uploads.storage.cache_clear()


def test_a_dry_run_saves_nothing_says_what_is_wrong_by_column_and_is_confirmed_once(
    owner: Person, shelf: Category
) -> None:
    answer = sent(owner, BAD)
    assert answer.status_code == 201
    told = answer.json()
    assert {each["header"]: each["column"] for each in told["headers"]} == {
        "Reference": "reference",
        "Title": "title",
        "Category": "category",
        "Price": "price",
        "Modes": "modes",
        "Make": "attr.make",
    }
    assert "attr.make" in {each["column"] for each in told["columns"]}
    api = owner.api("vendor")
    assert api.post(f"/jobs/{told['job']['id']}/confirm").json()["code"] == "not_checked"
    check = run(told["job"]["id"])
    assert Listing.objects.count() == 0
    shown = api.get(f"/jobs/{check.pk}").json()
    assert (shown["status"], shown["counts"]["created"], shown["counts"]["refused"]) == ("done", 1, 1)
    (bad,) = rows_of(owner, check, only_refused="true")
    assert (bad["number"], bad["code"]) == (2, "invalid")
    assert {each["column"] for each in bad["faults"]} == {"title", "price", "attr.make"}
    confirmed = api.post(f"/jobs/{check.pk}/confirm")
    assert confirmed.status_code == 201
    assert api.post(f"/jobs/{check.pk}/confirm").json()["id"] == confirmed.json()["id"]
    assert api.get(f"/jobs/{check.pk}").json()["follow_up"] == confirmed.json()["id"]
    done = run(confirmed.json()["id"])
    assert done.result["counts"] == {"created": 1, "refused": 1}
    assert Listing.objects.get().reference == "A-1"


def test_every_fault_of_a_row_is_told_at_its_own_column(owner: Person, shelf: Category) -> None:
    job = brought(owner, "title,category,modes,latitude,attr.make,attr.year\n,cars,sell,99,Lada,1800\n")
    (bad,) = rows_of(owner, job)
    assert {"attr.make", "attr.year"} <= {each["column"] for each in bad["faults"]}


def test_the_same_file_again_changes_nothing(owner: Person, shelf: Category) -> None:
    assert brought(owner, GOOD).result["counts"] == {"created": 2}
    before, audits = list(Listing.objects.order_by("pk").values()), Audit.objects.count()
    again = brought(owner, GOOD)
    assert again.result["counts"] == {"unchanged": 2}
    assert {each["message"] for each in rows_of(owner, again)} == {"unchanged"}
    assert list(Listing.objects.order_by("pk").values()) == before
    assert Audit.objects.count() == audits


@pytest.mark.parametrize("dry_run", ["true", "false"])
def test_a_key_that_a_file_has_twice_is_refused_the_second_time(
    owner: Person, shelf: Category, dry_run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "CHUNK", 2)
    text = "reference,title,category,modes\n" + "".join(
        f"K-{key},Row {place},cars,contact\n" for place, key in enumerate((1, 1, 2, 3, 2))
    )
    job = run(sent(owner, text, dry_run=dry_run).json()["job"]["id"])
    refused = [each["number"] for each in rows_of(owner, job, only_refused="true")]
    assert refused == [2, 5]
    assert Listing.objects.count() == (3 if dry_run == "false" else 0)


def test_all_or_nothing_saves_nothing_where_one_row_is_refused(owner: Person, shelf: Category) -> None:
    job = brought(owner, BAD, policy="all_or_nothing")
    assert (job.status, Listing.objects.count()) == ("failed", 0)
    assert job.fault.startswith("Nothing was saved: 1 of the rows")
    assert [each["number"] for each in rows_of(owner, job)] == [2]
    assert owner.api("vendor").get(f"/jobs/{job.pk}").json()["stopped_because"] == job.fault
    good = brought(owner, GOOD, policy="all_or_nothing")
    assert (good.status, good.done_count, Listing.objects.count()) == ("done", 2, 2)


def test_all_or_nothing_takes_back_what_was_saved_before_a_row_that_only_saving_refuses(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "CHUNK", 1)
    honest = transfer.Importer.run

    def breaking(self: Any, rows: Any, *, save: bool) -> Any:
        if save and rows[0][0] == 2:
            return [transfer.Result(2, "refused", faults={"": "Somebody was faster."})]
        return honest(self, rows, save=save)

    monkeypatch.setattr(transfer.Importer, "run", breaking)
    job = brought(owner, GOOD, policy="all_or_nothing")
    assert (job.status, Listing.objects.count(), Audit.objects.filter(model="catalog.listing").count()) == (
        "failed",
        0,
        0,
    )
    assert [(each["number"], each["message"]) for each in rows_of(owner, job)] == [(2, "Somebody was faster.")]


def test_all_or_nothing_is_for_files_that_fit_one_transaction(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MOST_WHOLE", 1)
    answer = sent(owner, GOOD, policy="all_or_nothing")
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_for_one_transaction")
    assert not Job.objects.exists()


def test_the_same_file_comes_back_with_its_errors_and_can_be_sent_again(owner: Person, shelf: Category) -> None:
    text = BAD + "A-3,=1+1,boats,7,contact,Toyota\n"
    job = brought(owner, text)
    lines = list(csv.DictReader(io.StringIO(downloaded(owner, job).decode())))
    assert [each["Reference"] for each in lines] == ["A-1", "A-2", "A-3"]
    assert lines[0]["errors"] == ""
    assert lines[1]["errors"] == ERRORS
    assert lines[2]["Title"] == "'=1+1"
    refused = downloaded(owner, job, "?only_refused=true").decode()
    mended = (
        refused.replace("abc", "800").replace("Lada", "Ford").replace("A-2,,", "A-2,Focus,").replace("boats", "cars")
    )
    again = brought(owner, mended)
    assert again.result["counts"] == {"created": 2}
    assert Listing.objects.get(reference="A-3").title == "=1+1"
    assert "errors" not in again.params["mapping"]


@pytest.mark.parametrize("kind", ["xlsx", "json", "jsonl"])
def test_each_format_is_taken_and_comes_back_in_kind(owner: Person, shelf: Category, kind: str) -> None:
    rows = list(csv.DictReader(io.StringIO(BAD)))
    if kind == "xlsx":
        book, out = openpyxl.Workbook(), io.BytesIO()
        book.active.append(list(rows[0]))
        for row in rows:
            book.active.append(list(row.values()))
        book.save(out)
        content = out.getvalue()
    elif kind == "json":
        content = json.dumps(rows).encode()
    else:
        content = "\n".join(map(json.dumps, rows)).encode()
    job = brought(owner, content, name=f"rows.{kind}")
    assert job.result["counts"] == {"created": 1, "refused": 1}
    back = downloaded(owner, job)
    if kind == "xlsx":
        _head, *lines = openpyxl.load_workbook(io.BytesIO(back)).active.iter_rows(values_only=True)
        errors = [line[-1] for line in lines]
    else:
        told = json.loads(back) if kind == "json" else [json.loads(line) for line in back.decode().splitlines()]
        errors = [each["errors"] for each in told]
    assert (errors[0] or "", errors[1]) == ("", ERRORS)


def test_lines_that_are_no_json_are_refused_by_number(owner: Person, shelf: Category) -> None:
    answer = sent(owner, '{"title": "a"}\nnot json\n', name="rows.jsonl")
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_file")
    assert "line 2 is no JSON" in answer.json()["detail"]


@pytest.mark.parametrize(("name", "told"), [("rows.json", "nested too deeply"), ("rows.jsonl", "line 1 is no JSON")])
def test_what_is_nested_too_deeply_is_no_file(owner: Person, shelf: Category, name: str, told: str) -> None:
    answer = sent(owner, "[" * 200_000, name=name)
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_file")
    assert told in answer.json()["detail"]


@pytest.mark.parametrize("constants", ['{"city": "\\u0000"}', '{"city\\u0000": "x"}', '{"city": 5}', "[]"])
def test_a_constant_that_cannot_be_kept_is_refused(owner: Person, shelf: Category, constants: str) -> None:
    answer = sent(owner, "title\nBike\n", constants=constants)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/constants")


SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,"
    "Variant Grams,Variant Inventory Qty,Variant Price,Image Src,Status\n"
    'blue-mug,Blue mug,"<p>Holds <b>0.3 l</b>.</p><ul><li>Safe &amp; sound</li></ul>",Potters,Home > Kitchen > Cars,Mug,'
    '"a, b",TRUE,Size,S,MUG-S,300,5,1200.00,,active\n'
    "blue-mug,,,,,,,,,M,MUG-M,350,3,1300.00,,\n"
)
WOO = (
    "ID,Type,SKU,Name,Published,Is featured?,Short description,Description,In stock?,Stock,Sale price,Regular price,"
    "Categories,Parent\n"
    '7,variable,WM-1,Red mug,1,0,Short,"<p>Long</p>",1,4,,1500,"Home > Cars, Sale",\n'
    "8,variation,WM-1-S,Red mug - S,1,0,,,1,4,,1500,,WM-1\n"
)


@pytest.mark.parametrize(
    ("system", "text", "title", "reference", "description", "minor"),
    [
        ("Shopify", SHOPIFY, "Blue mug", "blue-mug", "Holds 0.3 l.\n- Safe & sound", 120_000),
        ("WooCommerce", WOO, "Red mug", "WM-1", "Long", 150_000),
    ],
)
def test_files_of_other_systems_are_known_by_their_headers(
    owner: Person, shelf: Category, system: str, text: str, title: str, reference: str, description: str, minor: int
) -> None:
    answer = sent(owner, text, dry_run="false", constants='{"modes": "contact"}')
    assert answer.json()["recognised"] == system
    job = run(answer.json()["job"]["id"])
    assert job.result["counts"] == {"created": 1, "skipped": 1}
    made = Listing.objects.get()
    assert (made.title, made.reference, made.description) == (title, reference, description)
    assert (made.category, made.price) == (shelf, Money(minor, "KES"))


def test_variants_of_other_systems_find_their_listing_by_its_reference(owner: Person, shelf: Category) -> None:
    place = category("Kitchen", modes=["buy"])
    mug = listing(vendor=owner.vendor, category=place, title="Blue mug", reference="blue-mug", modes=["buy"])
    job = brought(owner, SHOPIFY, resource="variants", constants='{"stock_reason": "First count"}')
    assert job.result["counts"] == {"created": 2}, [each["message"] for each in rows_of(owner, job)]
    assert list(Variant.objects.order_by("sku").values_list("listing_id", "sku", "title")) == [
        (mug.pk, "MUG-M", "M"),
        (mug.pk, "MUG-S", "S"),
    ]
    assert Stock.objects.get(variant__sku="MUG-S").on_hand == 5


def test_plain_headers_are_understood(owner: Person, shelf: Category) -> None:
    text = "SKU,Name,Amount,Currency,Type,Selling mode\nP-1,Vitz,10,KES,cars,contact\n"
    assert brought(owner, text).result["counts"] == {"created": 1}
    assert Listing.objects.get().price == Money(1_000, "KES")
    goods = listing(vendor=owner.vendor, category=category("Kitchen", modes=["buy"]), modes=["buy"])
    cup = variant(goods, sku="CUP", on_hand=1)
    job = brought(owner, "Item code,Qty,Reason\nCUP,7,Counted again\n", resource="variants")
    assert job.result["counts"] == {"updated": 1}
    assert Stock.objects.get(variant=cup).on_hand == 7


def test_what_headers_were_said_to_mean_is_remembered_for_ones_own_people(
    owner: Person, member: Person, rival: Person, shelf: Category
) -> None:
    text = "code,what,note,where,how\nB-1,Vitz,New tyres,cars,contact\n"
    said = {"code": "reference", "what": "title", "note": "", "where": "category", "how": "modes"}
    assert brought(owner, text, mapping=json.dumps(said)).result["counts"] == {"created": 1}
    mapped = {each: name or None for each, name in said.items()}
    again = sent(member, text.replace("B-1", "B-2"))
    assert {each["header"]: each["column"] for each in again.json()["headers"]} == mapped
    other = "how,where,what,extra\ncontact,cars,Demio,1\n"
    theirs = {each["header"]: each["column"] for each in sent(member, other).json()["headers"]}
    assert theirs == {"how": "modes", "where": "category", "what": "title", "extra": None}
    strange = {each["header"]: each["column"] for each in sent(rival, text).json()["headers"]}
    assert strange["what"] is None
    assert ColumnMemory.objects.count() == 1


def test_a_mapping_that_is_no_object_is_refused(owner: Person, shelf: Category) -> None:
    answer = sent(owner, GOOD, mapping="[1]")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/mapping")


def test_a_job_is_paused_and_goes_on_without_losing_or_doubling_a_row(
    owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "CHUNK", 2)
    api = owner.api("vendor")
    text = "title,category,modes\n" + "".join(f"Row {n},cars,contact\n" for n in range(7))
    key = sent(owner, text, dry_run="false").json()["job"]["id"]
    honest, calls = transfer.Importer.run, []

    def pausing(self: Any, rows: Any, *, save: bool) -> Any:
        calls.append(1)
        if len(calls) == 2:
            assert api.post(f"/jobs/{key}/pause").status_code == 200
        return honest(self, rows, save=save)

    monkeypatch.setattr(transfer.Importer, "run", pausing)
    job = run(key)
    assert (job.status, job.done_count, Listing.objects.count()) == ("paused", 4, 4)
    assert api.post(f"/jobs/{key}/pause").json()["code"] == "job_past_that"
    assert api.post(f"/jobs/{key}/resume").json()["status"] == "waiting"
    job = run(key)
    assert (job.status, job.done_count) == ("done", 7)
    assert sorted(Listing.objects.values_list("title", flat=True)) == [f"Row {n}" for n in range(7)]
    assert JobRow.objects.filter(job=job).count() == 7


def test_the_screens_check_confirm_and_undo(owner: Person, shelf: Category) -> None:
    file = SimpleUploadedFile("rows.csv", GOOD.encode())
    page = owner.admin.post("/admin/catalog/listing/import/", {"file": file})
    assert "Where a row is refused" in page.content.decode()
    kept = page.context["kept"].token
    answer = owner.admin.post("/admin/catalog/listing/import/", {"kept": kept, "_check_all": "1", "whole": "1"})
    check = run(Job.objects.get().pk)
    assert (answer.status_code, check.kind, check.params["whole"], Listing.objects.count()) == (
        302,
        "import_check",
        True,
        0,
    )
    here = f"/admin/jobs/job/{check.pk}"
    page = owner.admin.get(f"{here}/change/").content.decode()
    assert "Import these rows" in page
    assert owner.admin.get(f"{here}/follow/confirm/").status_code == 405
    assert owner.admin.post(f"{here}/follow/confirm/").status_code == 302
    job = run(Job.objects.latest("pk").pk)
    assert (job.status, Listing.objects.count()) == ("done", 2)
    here = f"/admin/jobs/job/{job.pk}"
    assert "Undo this import" in owner.admin.get(f"{here}/change/").content.decode()
    assert b"errors" in b"".join(owner.admin.get(f"{here}/file/").streaming_content)
    owner.admin.post(f"{here}/follow/undo/")
    assert run(Job.objects.latest("pk").pk).done_count == 2
    assert Listing.objects.count() == 0
    assert "Undone by" in owner.admin.get(f"{here}/change/").content.decode()
