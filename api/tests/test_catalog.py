"""The catalogue over HTTP: browsing, my listings, images, judging, and a rival who finds nothing."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture

from core.rules import Actor
from core.testing import writing_as_system
from marketplace.cast import Person
from marketplace.catalog import flows
from marketplace.catalog.models import Category, Image, Listing, Revision
from marketplace.catalog.tests import factories


@pytest.fixture
def cars(db: None) -> Category:
    return factories.cars()


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def titles(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["title"] for each in answer.json()["items"]]


def picture() -> Any:
    buffer = io.BytesIO()
    Picture.new("RGB", (640, 480), (10, 200, 10)).save(buffer, "JPEG")
    buffer.seek(0)
    buffer.name = "photo.jpg"
    return buffer


def test_a_vendor_posts_staff_approve_and_a_storefront_finds_it_by_its_attributes(
    cars: Category, owner: Person, moderator: Person, nobody: Person
) -> None:
    mine, desk, shop = owner.api("vendor"), moderator.api("operations"), nobody.api()
    sent = {
        "title": "Toyota Corolla 2015",
        "category_id": cars.pk,
        "price": {"amount": 90_000_000, "currency": owner.vendor.currency},  # type: ignore[union-attr]
        "modes": ["contact", "chat"],
        "attributes": {"make": "toyota", "year": 2015, "features": ["abs"]},
    }
    made = mine.post("/listings", sent)
    assert made.status_code == 201, made.content
    key, slug = made.json()["id"], made.json()["slug"]
    assert titles(shop.get("/listings")) == []
    assert mine.post(f"/listings/{key}/submit").status_code == 200
    assert desk.post(f"/listings/{key}/approve").status_code == 200
    for query in (
        {},
        {"category": "vehicles"},
        {"category": "cars", "attr.year_min": "2010", "attr.make": "mazda,toyota"},
        {"attr.features": "abs"},
    ):
        assert titles(shop.get("/listings", query)) == ["Toyota Corolla 2015"]
    assert titles(shop.get("/listings", {"category": "cars", "attr.year_max": "2010"})) == []
    assert shop.get(f"/listings/{slug}").json()["attributes"] == sent["attributes"]
    assert shop.get(f"/listings/{slug}").json()["id"] == key
    assert titles(mine.get("/listings", {"status": "approved"})) == ["Toyota Corolla 2015"]


def test_an_unknown_attribute_filter_names_what_is_allowed(cars: Category, nobody: Person) -> None:
    refused = nobody.api().get("/listings", {"category": "cars", "attr.colour": "red"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_parameter")
    assert "attr.make" in refused.json()["allowed"]
    assert "attr.risk" not in refused.json()["allowed"]


def test_facets_count_what_the_same_parameters_list(cars: Category, owner: Person, nobody: Person) -> None:
    for year in (2001, 2002, 2020):
        factories.listing(
            vendor=owner.vendor, category=cars, status="approved", attributes={"make": "ford", "year": year}
        )  # type: ignore[arg-type]
    facets = {
        each["name"]: each
        for each in nobody.api().get("/listings/facets", {"category": "cars", "attr.year_max": "2010"}).json()["facets"]
    }
    assert facets["attr.make"]["values"] == [{"value": "ford", "label": "Ford", "count": 2}]
    assert (facets["attr.year"]["least"], facets["attr.year"]["most"]) == (2001, 2002)


def test_a_category_answers_its_tree_its_definitions_its_schema_and_its_listings(
    cars: Category, owner: Person, nobody: Person
) -> None:
    shop = nobody.api()
    factories.listing(
        vendor=owner.vendor, category=cars, status="approved", title="Car", attributes={"make": "ford", "year": 2000}
    )  # type: ignore[arg-type]
    tree = shop.get("/categories/all").json()["items"]
    assert [(each["slug"], each["depth"], each["listing_count"]) for each in tree] == [
        ("vehicles", 0, 1),
        ("cars", 1, 1),
    ]
    assert [each["slug"] for each in shop.get("/categories/roots").json()["items"]] == ["vehicles"]
    assert shop.get("/categories/cars").json()["id"] == cars.pk
    definitions = {each["code"]: each for each in shop.get("/categories/cars/attributes").json()["items"]}
    assert "risk" not in definitions
    assert (definitions["make"]["source"], definitions["make"]["is_required"]) == ("Vehicles", True)
    schema = shop.get(f"/categories/{cars.pk}/attributes.schema.json").json()
    assert schema["required"] == ["make", "year"]
    assert schema["properties"]["year"] == {"title": "Year", "type": "integer", "minimum": 1950, "maximum": 2030}
    assert (
        shop.get("/categories/vehicles/listings").content
        == shop.get("/listings", {"category": str(cars.parent_id)}).content
    )
    assert titles(shop.get("/categories/cars/listings", {"attr.make": "ford"})) == ["Car"]
    for missing in (
        "/categories/none/attributes",
        "/categories/none/listings",
        "/categories/99999/attributes.schema.json",
    ):
        assert shop.get(missing).status_code == 404
    assert shop.get("/categories/all", {"x": "1"}).status_code == 422


def test_a_closed_category_is_gone_from_the_storefront_and_stays_in_operations(
    cars: Category, admin: Person, nobody: Person
) -> None:
    desk = admin.api("operations")
    assert desk.post(f"/categories/{cars.pk}/close_category").status_code == 200
    assert [each["slug"] for each in nobody.api().get("/categories/all").json()["items"]] == ["vehicles"]
    assert nobody.api().get("/categories/cars/attributes").status_code == 404
    assert [each["slug"] for each in desk.get("/categories/all").json()["items"]] == ["vehicles", "cars"]


def test_images_are_uploaded_ordered_and_removed_by_their_vendor_only(
    cars: Category, owner: Person, rival: Person, store: Path
) -> None:
    row = factories.listing(vendor=owner.vendor, category=cars)  # type: ignore[arg-type]
    mine, place = owner.api("vendor"), f"/listings/{row.pk}/images"
    answers = [mine.upload(place, {"file": picture(), "alt_text": "In front"}) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201], answers[0].content
    one, two = (each.json()["id"] for each in answers)
    assert [(each.json()["progress"], each.json()["renditions"]) for each in answers] == [("pending", [])] * 2
    assert mine.get(f"/listings/{row.pk}").json()["images"] == []
    for key in (one, two):
        flows.draw_image(key, by=Actor.system("image pipeline"))
    drawn = mine.get(f"/images/{one}").json()
    assert (drawn["progress"], drawn["fault"], drawn["may_be_retried"]) == ("ready", "", False)
    assert [each["width"] for each in drawn["renditions"]] == [160, 480, 640]
    for kind, ending in (("avif", "avif"), ("webp", "webp"), ("jpeg", "jpg")):
        offered = [each.split(" ") for each in drawn["srcset"][kind].split(", ")]
        assert [width for _address, width in offered] == ["160w", "480w", "640w"]
        assert all(re.fullmatch(rf"/media/listings/[0-9a-f]+/[0-9]+\.{ending}", address) for address, _width in offered)
    assert mine.put(f"{place}/order", {"image_ids": [two, one]}).json()["image"]["id"] == two
    assert mine.put(f"{place}/order", {"image_ids": [two]}).json()["code"] == "unknown_image"
    files = sorted(each for each in store.rglob("*") if each.is_file())
    assert len(files) == 20
    for refused in (
        rival.api("vendor").upload(place, {"file": picture()}),
        rival.api("vendor").put(f"{place}/order", {"image_ids": [one, two]}),
        rival.api("vendor").delete(f"{place}/{one}"),
    ):
        assert refused.status_code == 404
    assert mine.upload(place, {"file": io.BytesIO(b"<svg/>")}).json()["code"] == "image_refused"
    assert mine.upload(place, {}).status_code == 422
    assert sorted(each for each in store.rglob("*") if each.is_file()) == files
    assert [each["id"] for each in mine.delete(f"{place}/{two}").json()["images"]] == [one]
    assert Image.objects.get(pk=two).state == "removed"


def test_a_vendors_patch_of_a_live_listing_waits_and_a_moderator_applies_it(
    cars: Category, owner: Person, moderator: Person, nobody: Person
) -> None:
    row = factories.listing(
        vendor=owner.vendor, category=cars, status="approved", title="Car", attributes={"make": "ford", "year": 2000}
    )  # type: ignore[arg-type]
    mine, desk, shop = owner.api("vendor"), moderator.api("operations"), nobody.api()
    tag = mine.get(f"/listings/{row.pk}")["ETag"]
    patched = mine.patch(
        f"/listings/{row.pk}", {"title": "Better car", "attributes": {"make": "ford", "year": 2001}}, if_match=tag
    )
    assert (patched.status_code, patched.json()["title"], patched.json()["is_changing"]) == (200, "Car", True)
    assert shop.get(f"/listings/{row.pk}").json()["title"] == "Car"
    waiting = desk.get("/revisions", {"status": "pending"}).json()["items"]
    assert [(each["listing_id"], each["changes"]) for each in waiting] == [(row.pk, "title, attributes")]
    assert desk.post(f"/revisions/{waiting[0]['id']}/approve_revision").status_code == 200
    assert shop.get(f"/listings/{row.pk}").json()["title"] == "Better car"
    assert titles(shop.get("/listings", {"attr.year": "2001"})) == ["Better car"]


def test_a_rival_and_a_passer_by_change_nothing(
    cars: Category, owner: Person, rival: Person, nobody: Person, customer: Person
) -> None:
    row = factories.listing(vendor=owner.vendor, category=cars, status="approved", title="Car")  # type: ignore[arg-type]
    theirs = rival.api("vendor")
    assert theirs.get(f"/listings/{row.pk}").status_code == 404
    assert theirs.patch(f"/listings/{row.pk}", {"title": "Fake"}, if_match='"1"').status_code == 404
    assert theirs.post(f"/listings/{row.pk}/archive").status_code == 404
    assert theirs.post(
        "/listings", {"title": "Fake", "category_id": cars.pk, "vendor_id": owner.vendor.pk}
    ).status_code in (403, 422)  # type: ignore[union-attr]
    assert nobody.api("vendor").get("/listings").status_code == 401
    assert titles(customer.api("vendor").get("/listings")) == []
    assert (Listing.objects.get().title, Listing.objects.get().status, Revision.objects.count()) == (
        "Car",
        "approved",
        0,
    )


def test_old_slugs_answer_with_the_new_one(cars: Category, owner: Person, nobody: Person) -> None:
    row = factories.listing(vendor=owner.vendor, category=cars, status="approved", title="Red car")  # type: ignore[arg-type]
    old = row.slug
    with writing_as_system():
        row.title = "Blue car"
        row.save()
    assert nobody.api().get(f"/listings/{old}").json()["slug"] == row.slug != old
