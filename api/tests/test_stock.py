"""Variants over HTTP: what a buyer chooses by, and how a vendor prices and counts many at once."""

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.jobs import running
from core.jobs.models import Job, JobRow
from core.transfers import uploads
from marketplace.cast import Person
from marketplace.catalog import actions
from marketplace.catalog.models import Category, Listing, Stock, StockMove, Variant
from marketplace.catalog.tests import factories

pytestmark = pytest.mark.django_db
KES_2 = {"amount": 200, "currency": "KES"}


@pytest.fixture
def shelf(db: None) -> Category:
    return factories.cars()


@pytest.fixture
def shirt(owner: Person, shelf: Category) -> Listing:
    return factories.listing(vendor=owner.vendor, category=shelf, status="approved", reference="TEE", modes=["buy"])


@pytest.fixture
def three(shirt: Listing) -> list[Variant]:
    return [factories.variant(shirt, sku=sku, on_hand=5) for sku in ("A", "B", "C")]


def line(variant: Variant, **values: Any) -> dict[str, Any]:
    return {"id": variant.pk, "version": variant.version, **values}


def on_hand() -> list[int]:
    return list(Stock.objects.order_by("pk").values_list("on_hand", flat=True))


def test_a_vendor_makes_options_and_a_buyer_chooses_by_them(owner: Person, customer: Person, shirt: Listing) -> None:
    api = owner.api("vendor")
    option = api.post("/variant-options", {"listing_id": shirt.pk, "name": "Size"}).json()
    keys = [
        api.post("/variant-values", {"option_id": option["id"], "name": name, "position": place}).json()["id"]
        for place, name in enumerate(("S", "M"))
    ]
    made = api.post(f"/listings/{shirt.pk}/generate_variants").json()
    assert [each["sku"] for each in made["variants"]] == ["TEE-S", "TEE-M"]
    small = Variant.objects.get(sku="TEE-S")
    tag = f'"{small.version}-x"'
    counted = api.patch(f"/variants/{small.pk}", {"on_hand": 3, "stock_reason": "Delivery"}, if_match=tag)
    assert (counted.status_code, counted.json()["on_hand"], counted.json()["value_ids"]) == (200, 3, [keys[0]])
    seen = customer.api().get(f"/listings/{shirt.slug}").json()
    assert seen["options"] == [
        {"id": option["id"], "name": "Size", "values": [{"id": keys[0], "name": "S"}, {"id": keys[1], "name": "M"}]}
    ]
    assert [(each["value_ids"], each["is_available"]) for each in seen["variants"]] == [
        ([keys[0]], True),
        ([keys[1]], False),
    ]
    assert "on_hand" not in seen["variants"][0]
    card = customer.api().get("/listings").json()["items"][0]
    assert "options" not in card
    assert "variants" not in card
    refused = api.post("/variant-options", {"listing_id": shirt.pk, "name": "size"})
    assert (refused.status_code, refused.json()["code"]) == (409, "duplicate")


def test_a_listing_without_options_answers_none(customer: Person, shirt: Listing, three: list[Variant]) -> None:
    seen = customer.api().get(f"/listings/{shirt.slug}").json()
    assert (seen["options"], [each["value_ids"] for each in seen["variants"]]) == ([], [[], [], []])


def test_a_listing_is_read_as_often_for_many_variants_as_for_one(customer: Person, shirt: Listing) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert customer.api().get(f"/listings/{shirt.slug}").status_code == 200
        return len(queries)

    for name in ("S", "M"):
        factories.variant(shirt, combination=Variant.combined([factories.variant_value(shirt, "Size", name).pk]))
    asked()
    few = asked()
    for number in range(30):
        value = factories.variant_value(shirt, "Size" if number % 2 else "Cut", f"{number}")
        factories.variant(shirt, combination=Variant.combined([value.pk]))
    assert asked() == few


def test_many_are_priced_and_counted_at_once_or_none(owner: Person, three: list[Variant]) -> None:
    first, second, third = three
    api = owner.api("vendor")
    items = [
        line(third, on_hand=9, on_hand_before=5, stock_reason="Delivery"),
        line(first, price=KES_2, on_hand=4),
        line(second, on_hand=1, on_hand_before=4),
    ]
    refused = api.post("/variants/bulk", {"items": items})
    assert (refused.status_code, refused.json()["code"], refused.json()["index"]) == (409, "bulk_refused", 2)
    assert refused.json()["refused_code"] == "stock_moved"
    assert (on_hand(), StockMove.objects.count()) == ([5, 5, 5], 0)
    done = api.post("/variants/bulk", {"items": items, "atomic": False}).json()["items"]
    assert [(each["id"], each["code"]) for each in done] == [
        (third.pk, "done"),
        (first.pk, "done"),
        (second.pk, "stock_moved"),
    ]
    assert (on_hand(), StockMove.objects.count()) == ([4, 5, 9], 2)
    assert Variant.objects.get(sku="A").price.amount == 200


def test_a_repeated_bulk_counts_once(owner: Person, three: list[Variant]) -> None:
    api, body = owner.api("vendor"), {"items": [line(three[0], on_hand=8)]}
    answers = [api.post("/variants/bulk", body, idempotency_key="count-of-may-2026-01") for _time in range(2)]
    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert (on_hand()[0], StockMove.objects.count()) == (8, 1)


@pytest.mark.parametrize("wrong", [-1, "3", True, 2**31, 1.5, None])
def test_what_is_no_count_is_refused(wrong: Any, owner: Person, three: list[Variant]) -> None:
    said = owner.api("vendor").post("/variants/bulk", {"items": [line(three[0], on_hand=wrong)]})
    assert (said.status_code, on_hand()) == (422, [5, 5, 5])


def test_operations_count_and_rivals_do_not(owner: Person, rival: Person, admin: Person, three: list[Variant]) -> None:
    body = {"items": [line(three[0], on_hand=6, stock_reason="Counted by us")], "atomic": False}
    assert rival.api("vendor").post("/variants/bulk", body).json()["items"][0]["code"] == "not_found"
    assert admin.api("operations").post("/variants/bulk", body).json()["items"][0]["code"] == "done"
    assert (on_hand()[0], StockMove.objects.get().reason) == (6, "Counted by us")


def test_the_admin_counts_in_a_dialog(owner: Person, three: list[Variant]) -> None:
    page = f"/admin/catalog/variant/{three[0].pk}/verb/count_stock/"
    assert b"On hand before" in owner.admin.get(page).content
    sent = {"_asked": "True", "on_hand": "7", "on_hand_before": "5", "reason": "Stocktake"}
    assert owner.admin.post(page, sent).status_code == 302
    late = owner.admin.post(page, sent)
    assert (late.status_code, b"By now 7 of A are on hand" in late.content) == (409, True)
    assert (on_hand()[0], StockMove.objects.get().kind) == (7, "counted")


def test_the_admin_shows_options_with_their_values_and_generates_variants(owner: Person, shirt: Listing) -> None:
    value = factories.variant_value(shirt, "Size", "S")
    listed = owner.admin.get(f"/admin/catalog/variantoption/?listing={shirt.pk}")
    assert (listed.status_code, b"Size" in listed.content) == (200, True)
    assert b"values-0-name" in owner.admin.get(f"/admin/catalog/variantoption/{value.option_id}/change/").content
    assert (
        owner.admin.post(f"/admin/catalog/listing/{shirt.pk}/verb/generate_variants/", {"_asked": "True"}).status_code
        == 302
    )
    assert Variant.objects.get().sku == "TEE-S"
    actions.match_values(Variant.objects.get().pk, by=owner.actor("vendor"), values="")
    matched = owner.admin.post(
        f"/admin/catalog/variant/{Variant.objects.get().pk}/verb/match_values/", {"_asked": "True", "values": "XL"}
    )
    assert (matched.status_code, b"Size has these values: S." in matched.content) == (422, True)


def in_csv(rows: list[tuple[str, ...]]) -> SimpleUploadedFile:
    text = "\n".join(",".join(row) for row in rows)
    return SimpleUploadedFile("count.csv", text.encode(), content_type="text/csv")


def in_xlsx(rows: list[tuple[str, ...]]) -> SimpleUploadedFile:
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for place, row in enumerate(rows):
        book.active.append([int(cell) if place and cell.isdigit() else cell for cell in row])
    book.save(buffer)
    return SimpleUploadedFile("count.xlsx", buffer.getvalue())


@pytest.mark.parametrize("file", [in_csv, in_xlsx])
def test_a_file_counts_through_the_import_and_a_second_run_changes_nothing(
    file: Any, owner: Person, three: list[Variant], settings: Any, tmp_path: Any
) -> None:
    settings.VAR = tmp_path
    uploads.storage.cache_clear()
    rows = [
        ("sku", "price", "on_hand", "on_hand_before"),
        ("A", "2.50", "7", "5"),
        ("B", "3", "1", "4"),
        ("X", "1", "1", ""),
    ]
    page = "/admin/catalog/variant/import/"
    assert b"On hand before" in owner.admin.post(page, {"file": file(rows)}).content
    assert StockMove.objects.count() == 0
    for counted in (1, 1):
        sent = {"file": file(rows), "_run": "1", "constant:stock_reason": "Stocktake of May"}
        assert owner.admin.post(page, sent).status_code == 302
        job = Job.objects.latest("pk")
        running.run(job.pk)
        job.refresh_from_db()
        assert (job.status, job.done_count, job.failed_count) == ("done", 1, 2)
        assert (on_hand(), StockMove.objects.count()) == ([7, 5, 5], counted)
    told = list(JobRow.objects.filter(job=job).order_by("number").values_list("message", flat=True))
    assert told[0] == "unchanged"
    assert told[1].startswith("By now 5 of B are on hand")
    assert (StockMove.objects.get().reason, Variant.objects.get(sku="A").price.amount) == ("Stocktake of May", 250)
    uploads.storage.cache_clear()
