"""Undo of imports, and whose rows and jobs an import reaches."""

from typing import Any

import pytest

from api.tests.bringing import GOOD, brought, rows_of, run, sent
from core.jobs.models import Job
from core.models import Audit
from core.money import Money
from core.transfers import undoing, uploads
from marketplace.cast import Person
from marketplace.catalog.models import Category, Listing, Variant
from marketplace.catalog.tests.factories import cars, category, listing, variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(settings: Any, tmp_path: Any) -> Any:
    settings.VAR = tmp_path
    settings.LIMITS_FACTOR = 1000
    uploads.storage.cache_clear()
    yield cars()
    uploads.storage.cache_clear()


def test_undo_removes_what_was_made_and_sets_back_what_was_changed(owner: Person, shelf: Category) -> None:
    held = listing(
        vendor=owner.vendor,
        category=shelf,
        title="Old",
        reference="A-1",
        price=Money(100, "KES"),
        attributes={"make": "ford"},
    )
    before = {name: getattr(held, name) for name in ("title", "price", "attributes", "category_id")}
    job = brought(owner, GOOD)
    assert job.result["counts"] == {"created": 1, "updated": 1}
    api = owner.api("vendor")
    answer = api.post(f"/jobs/{job.pk}/undo")
    assert answer.status_code == 201
    undo = run(answer.json()["id"])
    assert (undo.status, undo.done_count, undo.failed_count) == ("done", 2, 0), list(undo.rows.values())
    held.refresh_from_db()
    assert {name: getattr(held, name) for name in before} == before
    assert not Listing.objects.filter(reference="A-2").exists()
    assert Audit.objects.filter(reason="undo of import rows.csv").count() == 2
    assert api.post(f"/jobs/{job.pk}/undo").json()["code"] == "cannot_undo"


def test_undo_leaves_alone_what_was_changed_since_and_says_which(owner: Person, shelf: Category) -> None:
    job = brought(owner, GOOD)
    first, second = Listing.objects.order_by("pk")
    owner.api("vendor").patch(f"/listings/{first.pk}", {"title": "Mine now"}, if_match=f'"{first.version}"')
    undo = run(owner.api("vendor").post(f"/jobs/{job.pk}/undo").json()["id"])
    (left,) = rows_of(owner, undo, only_refused="true")
    assert (left["number"], left["object_id"], left["code"]) == (1, first.pk, "changed_since")
    assert list(Listing.objects.values_list("pk", "title")) == [(first.pk, "Mine now")]
    assert undo.rows.get(code="done").object_id == second.pk


def test_undo_archives_what_other_things_hang_on(owner: Person, shelf: Category) -> None:
    job = brought(owner, GOOD)
    first = Listing.objects.order_by("pk")[0]
    variant(first, sku="HANGS")
    undo = run(owner.api("vendor").post(f"/jobs/{job.pk}/undo").json()["id"])
    assert dict(undo.rows.values_list("number", "message")) == {1: "archived", 2: "removed"}
    assert Listing.objects.get().status == "archived"


def test_undo_goes_on_where_it_stopped(owner: Person, shelf: Category, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undoing, "CHUNK", 1)
    job = brought(owner, GOOD)
    honest, calls = undoing.Undoing.undo, []

    def breaking(self: Any, told: Any) -> str:
        calls.append(told.number)
        if len(calls) == 2:
            raise RuntimeError("the power went")
        return honest(self, told)

    monkeypatch.setattr(undoing.Undoing, "undo", breaking)
    undo = run(owner.api("vendor").post(f"/jobs/{job.pk}/undo").json()["id"])
    assert (undo.status, Listing.objects.count()) == ("failed", 1)
    told = owner.api("vendor").get(f"/jobs/{undo.pk}").json()
    assert told["stopped_because"].startswith("It stopped by a fault of ours")
    assert owner.api("vendor").post(f"/jobs/{undo.pk}/resume").status_code == 200
    undo = run(undo.pk)
    assert (undo.status, undo.done_count, Listing.objects.count()) == ("done", 2, 0)


def test_an_import_that_booked_stock_is_not_undone(owner: Person, shelf: Category) -> None:
    goods = listing(vendor=owner.vendor, category=category("Kitchen", modes=["buy"]), modes=["buy"])
    variant(goods, sku="CUP", on_hand=1)
    job = brought(owner, "sku,on_hand,stock_reason\nCUP,7,Counted again\n", resource="variants")
    answer = owner.api("vendor").post(f"/jobs/{job.pk}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_undo")
    assert "on_hand" in answer.json()["detail"]


def test_a_vendors_file_reaches_nobody_elses_rows(owner: Person, rival: Person, shelf: Category) -> None:
    theirs = listing(vendor=rival.vendor, category=shelf, title="Theirs", reference="A-1")
    job = brought(owner, f"id,title,category,modes\n{theirs.pk},Taken,cars,contact\n")
    assert job.failed_count == 1
    by_vendor = brought(owner, f"title,category,modes,vendor,reference\nSly,cars,contact,{rival.vendor.pk},A-9\n")
    assert (by_vendor.failed_count, Listing.objects.filter(title="Sly").count()) == (1, 0)
    by_key = brought(owner, GOOD)
    assert by_key.result["counts"] == {"created": 2}
    goods = variant(listing(vendor=rival.vendor, category=category("K", modes=["buy"]), modes=["buy"]), sku="THEIRS")
    other = brought(
        owner,
        f"listing,sku,title\n{goods.listing_id},MINE,Small\n{goods.listing.slug},MINE,Small\n",
        resource="variants",
    )
    assert (other.failed_count, Variant.objects.count()) == (2, 1)
    theirs.refresh_from_db()
    assert (theirs.title, theirs.vendor) == ("Theirs", rival.vendor)


def test_a_job_and_its_file_are_ones_own(
    owner: Person, member: Person, rival: Person, admin: Person, shelf: Category
) -> None:
    job = brought(owner, GOOD)
    for verb in ("confirm", "undo", "pause", "resume", "cancel"):
        assert rival.api("vendor").post(f"/jobs/{job.pk}/{verb}").status_code == 404
    for path in ("", "/rows", "/file"):
        assert rival.api("vendor").get(f"/jobs/{job.pk}{path}").status_code == 404
    assert admin.api("operations").get(f"/jobs/{job.pk}/rows").status_code == 200
    assert admin.api("operations").get(f"/jobs/{job.pk}/file").status_code == 404
    assert admin.api("operations").post(f"/jobs/{job.pk}/confirm").status_code == 403


def test_who_may_not_write_may_not_import_by_the_api(owner: Person, finance: Person, shelf: Category) -> None:
    assert sent(finance, GOOD, audience="operations").json()["code"] == "denied"
    assert sent(owner, GOOD, resource="audit-entries").status_code in (403, 404)
    assert sent(owner, GOOD, resource="nothing").status_code == 404
    assert not Job.objects.exists()


def test_staff_bring_rows_of_any_vendor(admin: Person, owner: Person, shelf: Category) -> None:
    text = f"vendor,title,category,modes\n{owner.vendor.slug},From the office,cars,contact\n"
    job = brought(admin, text, audience="operations")
    assert job.result["counts"] == {"created": 1}, list(job.rows.values("message"))
    assert Listing.objects.get().vendor == owner.vendor
