"""Digits that are no numbers, and numbers that no column holds: refused or not found, never a fault of ours."""

from typing import Any

import pytest

from marketplace.cast import Person
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.tests.factories import cars, listing

pytestmark = pytest.mark.django_db
ODD = ("²", "٣", "9" * 23, "9" * 5000, "-1", "1e3")
LIST = "/admin/catalog/listing/"


@pytest.fixture
def row(owner: Person, settings: Any, tmp_path: Any) -> Listing:
    settings.VAR = tmp_path
    shelf: Category = cars()
    return listing(vendor=owner.vendor, category=shelf, attributes={"make": "toyota", "year": 2012})


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_odd_numbers_in_the_admin(owner: Person, row: Listing, odd: str) -> None:
    browser = owner.admin
    for address in (
        "?category={}",
        "?vendor={}",
        "?price_min={}",
        "?page={}",
        "add/?category={}",
        "add/?vendor={}",
        "{}/change/",
    ):
        assert browser.get(LIST + address.format(odd)).status_code < 500
    gallery = f"{LIST}{row.pk}/gallery/"
    for name in ("remove", "first", "retry"):
        assert browser.post(gallery, {name: odd}).status_code == 404
    ticked = {"action": "submit", "_selected_action": [odd, str(row.pk)], "index": "0"}
    assert browser.post(LIST, ticked).status_code < 500
    assert Listing.objects.get(pk=row.pk).status == "draft"


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_odd_numbers_in_the_apis(owner: Person, nobody: Person, row: Listing, odd: str) -> None:
    for api in (nobody.api(), owner.api("vendor")):
        for address in ("/listings/{}", "/vendors/{}", "/categories/{}/attributes"):
            assert api.get(address.format(odd)).status_code in (404, 422)
        for name in ("category", "vendor", "price_min", "limit", "attr.year"):
            assert api.get("/listings", {name: odd}).status_code in (200, 422)
            assert api.get("/listings", {"category": odd, "attr.year": "2012"}).status_code in (200, 422)


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_odd_numbers_in_a_file(owner: Person, row: Listing, odd: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    text = f"id,title,vendor,category,attr.year\n{odd},x,{odd},{odd},{odd}\n,x,{odd},cars,{odd}\n"
    answer = owner.admin.post(f"{LIST}import/", {"file": SimpleUploadedFile("odd.csv", text.encode())})
    assert (answer.status_code, answer.context["counts"]["refused"]) == (200, 2)
