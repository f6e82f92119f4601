"""Categories in the admin: a tree with what stands in each, and the attributes that hold, each saying from where."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.cast import Person
from marketplace.catalog.models import Category
from marketplace.catalog.tests.factories import cars, category, listing

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/category/"


@pytest.fixture
def shelf() -> Category:
    return cars()


def lines(person: Person) -> list[list[str]]:
    """The words of each line: name, on show, attributes."""
    text = person.admin.get(LIST).content.decode()
    body = text.split("<tbody", 1)[1]
    found = []
    for row in re.findall(r"<tr.*?</tr>", body, re.S):
        cells = re.findall(r"<t[dh].*?</t[dh]>", row, re.S)
        said = [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in cells]
        found.append([each for each in said if each][:3])
    return [each for each in found if each]


def test_the_list_is_a_tree_with_what_stands_in_each(admin: Person, owner: Person, shelf: Category) -> None:
    category("Animals", slug="animals", position=1)
    vans = category("Vans", slug="vans", parent=shelf.parent, position=1)
    for each, state in ((shelf, "approved"), (shelf, "approved"), (vans, "approved"), (shelf, "draft")):
        listing(vendor=owner.vendor, category=each, status=state)
    assert lines(admin) == [
        ["Vehicles", "3", "1 own"],
        ["Cars", "2", "7 own, 1 from above"],
        ["Vans", "1", "1 from above"],
        ["Animals", "None", "None"],
    ]


def test_the_number_leads_to_the_very_rows(admin: Person, owner: Person, shelf: Category) -> None:
    for state in ("approved", "approved", "pending"):
        listing(vendor=owner.vendor, category=shelf, status=state)
    address = f"/admin/catalog/listing/?category={shelf.parent_id}&amp;status=approved"
    assert address in admin.admin.get(LIST).content.decode()
    assert admin.admin.get(address.replace("&amp;", "&")).context["cl"].result_count == 2


def test_each_attribute_says_from_where_it_comes(admin: Person, shelf: Category) -> None:
    found = admin.admin.get(f"{LIST}{shelf.pk}/change/").context["shelf"]
    said = {each["definition"].code: each["source"] and each["source"]["name"] for each in found["attributes"]}
    assert said["make"] == "Vehicles"
    assert {code for code, source in said.items() if source is None} == {
        "year", "engine", "features", "automatic", "inspected", "remarks", "risk",
    }  # fmt: skip
    assert [each["name"] for each in found["path"]] == ["Vehicles"]
    above = admin.admin.get(f"{LIST}{shelf.parent_id}/change/").context["shelf"]
    assert [each["name"] for each in above["below"]] == ["Cars"]


def test_a_vendor_sees_neither_staff_s_attributes_nor_the_numbers_of_others(
    owner: Person, rival: Person, shelf: Category
) -> None:
    listing(vendor=rival.vendor, category=shelf, status="approved")
    text = owner.admin.get(f"{LIST}{shelf.pk}/change/")
    assert "risk" not in {each["definition"].code for each in text.context["shelf"]["attributes"]}
    assert text.context["shelf"]["listings"] == "None"


def test_the_tree_costs_the_same_for_two_categories_and_for_thirty(admin: Person, shelf: Category) -> None:
    def spent() -> int:
        admin.admin.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            assert admin.admin.get(LIST).status_code == 200
        return len(queries)

    two = spent()
    for _each in range(28):
        category(parent=shelf)
    assert spent() == two


def test_moving_begins_with_where_a_category_stands_and_offers_where_it_may(admin: Person, shelf: Category) -> None:
    above, animals = shelf.parent, category("Animals", slug="animals", position=1)
    vans = category("Vans", slug="vans", parent=above, position=1)
    dialog = admin.admin.get(f"{LIST}{above.pk}/verb/move/").context["form"]
    assert [words for _key, words in dialog.fields["parent_id"].choices] == ["At the top", "Animals"]
    address = f"{LIST}{vans.pk}/verb/move/"
    form = admin.admin.get(address).context["form"]
    assert [words for _key, words in form.fields["parent_id"].choices] == [
        "At the top", "Animals", "Vehicles", "Vehicles › Cars",
    ]  # fmt: skip
    assert (form["parent_id"].value(), form["position"].value()) == (above.pk, 1)

    def moved(**said: object) -> tuple[int | None, int]:
        page = admin.admin.get(address).context["form"]
        sent = {"_asked": "True", "_version": page["_version"].value(), **said}
        assert admin.admin.post(address, sent).status_code == 302
        vans.refresh_from_db()
        return vans.parent_id, vans.position

    assert moved(parent_id=above.pk, position=7) == (above.pk, 7)
    assert moved(parent_id=animals.pk) == (animals.pk, 7)
    assert moved(parent_id="") == (None, 7)


def test_who_moves_by_the_api_says_where_to(admin: Person, shelf: Category) -> None:
    api, path = admin.api("operations"), f"/categories/{shelf.pk}/move"
    answer = api.post(path, {"position": 3})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/parent_id")
    above = shelf.parent_id
    assert api.post(path, {"parent_id": above, "position": 3}).status_code == 200
    shelf.refresh_from_db()
    assert (shelf.parent_id, shelf.position) == (above, 3)
    assert api.post(path, {"parent_id": None}).status_code == 200
    shelf.refresh_from_db()
    assert (shelf.parent_id, shelf.position) == (None, 3)
