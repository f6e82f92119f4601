"""Every kind of attribute, through the vendor's form, both APIs, filters, facets and documents; and a category of 300 of them."""

from typing import Any

import jsonschema
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.resources import documents
from core.resources.definitions import Kind
from core.testing import writing_as_system
from marketplace.cast import Person
from marketplace.catalog.models import Attribute, Category, CategoryAttribute, Listing, Option
from marketplace.catalog.tests import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/listing/"
DOCUMENT = {
    "deposit": {"amount": 109_950, "currency": "KES"}, "ages": {"least": 3, "most": 5}, "paint": "#1976d2",
    "site": {"latitude": -1.2921, "longitude": 36.8219}, "mileage": 99_779, "fuel": "electric", "battery": 40,
}  # fmt: skip


@pytest.fixture
def lot(db: None) -> Category:
    """A category with one attribute of each newer kind, and a battery that only electric ones have."""
    found = factories.category("Lot", slug="lot")
    for code, kind, values in (
        ("deposit", Kind.MONEY, {"unit": "KES"}),
        ("ages", Kind.RANGE, {"minimum": 0, "maximum": 99, "is_integer": True}),
        ("paint", Kind.COLOUR, {}),
        ("site", Kind.LOCATION, {}),
        ("mileage", Kind.NUMBER, {"unit": "km", "is_integer": True}),
    ):
        factories.attach(found, factories.attribute(code, kind, **values), is_facet=True)
    fuel = factories.attribute("fuel", Kind.CHOICE, options=("petrol", "electric"))
    factories.attach(found, fuel, is_facet=True)
    factories.attach(found, factories.attribute("battery", Kind.NUMBER), shown_if=fuel, shown_if_values="electric")
    return found


def form_values(place: Category, **attributes: str) -> dict[str, Any]:
    common = {
        "category": place.pk,
        "title": "Thing",
        "modes": ["contact"],
        "price_amount": "5",
        "price_currency": "KES",
    }
    return common | {f"attr__{code}": text for code, text in attributes.items()}


def test_a_vendor_writes_as_people_write_and_the_api_answers_what_is_kept(
    lot: Category, owner: Person, moderator: Person, finance: Person, nobody: Person
) -> None:
    sent = form_values(
        lot, deposit="1,099.50", ages="3 – 5", paint="blue", site="-1.2921, 36.8219", mileage="62,000 mi", fuel="electric", battery="40"
    )  # fmt: skip
    assert owner.admin.post(f"{LIST}add/?category={lot.pk}", sent).status_code == 302
    row = Listing.objects.get()
    assert row.attributes == DOCUMENT
    mine, shop = owner.api("vendor"), nobody.api()
    assert mine.get(f"/listings/{row.pk}").json()["attributes"] == DOCUMENT
    page = owner.admin.get(f"{LIST}{row.pk}/change/").content.decode()
    for shown in ("1099.50", "3 to 5", "-1.2921, 36.8219", 'value="#1976d2"', 'data-soko-if="attr__fuel"'):
        assert shown in page
    assert mine.post(f"/listings/{row.pk}/submit").status_code == 200
    assert moderator.api("operations").post(f"/listings/{row.pk}/approve").status_code == 200
    for name, text in (
        ("site_near", "-1.3,36.8,10"), ("deposit_max", "109950"), ("ages", "4"), ("paint", "blue"), ("mileage_max", "62000 mi"),
    ):  # fmt: skip
        query = {f"attr.{name}": text}
        assert [each["id"] for each in shop.get("/listings", {"category": "lot", **query}).json()["items"]] == [row.pk]
    facets = {each["name"]: each for each in shop.get("/listings/facets", {"category": "lot"}).json()["facets"]}
    assert facets["attr.paint"]["values"] == [{"value": "blue", "label": "Blue", "count": 1}]
    assert facets["attr.deposit"]["least"] == 109_950
    schema = shop.get("/categories/lot/attributes.schema.json").json()
    jsonschema.Draft202012Validator(schema).validate(DOCUMENT)
    for people in (owner, moderator):
        narrowed = people.admin.get(
            LIST, {"category": lot.pk, "attr.deposit_min": "1099.5", "attr.site_near": "-1.29,36.82,5"}
        )
        assert [each.pk for each in narrowed.context["cl"].result_list] == [row.pk]
        assert (
            people.admin.get(LIST, {"category": lot.pk, "attr.deposit_min": "1099.51"}).context["cl"].result_list == []
        )
    assert "soko-swatch" in finance.admin.get(f"{LIST}{row.pk}/change/").content.decode()


def test_what_is_sent_over_the_api_is_kept_exactly_and_mistakes_point_at_their_attribute(
    lot: Category, owner: Person
) -> None:
    mine = owner.api("vendor")
    body = {"title": "Thing", "category_id": lot.pk, "attributes": DOCUMENT}
    assert mine.post("/listings", body).json()["attributes"] == DOCUMENT
    for code, value in (
        ("deposit", {"amount": 5, "currency": "USD"}), ("ages", {"least": 5, "most": 3}), ("paint", "bluish"), ("mileage", "5 mi"),
        ("site", "-1,36"), ("battery", "x"),
    ):  # fmt: skip
        answer = mine.post("/listings", body | {"attributes": DOCUMENT | {code: value}})
        assert answer.status_code == 422
        assert [each["pointer"] for each in answer.json()["errors"]] == [f"/attributes/{code}"]
    answer = mine.post("/listings", body | {"attributes": DOCUMENT | {"fuel": "petrol"}})
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        ("/attributes/battery", "not_asked")
    ]
    for shape in (
        {"least": 1, "most": 2, "x": 3},
        {"latitude": 91, "longitude": 0},
        {"amount": 1.5, "currency": "KES"},
        [{}],
        {},
    ):
        assert mine.post("/listings", body | {"attributes": {"ages": shape}}).status_code == 422


def test_a_value_that_is_not_asked_for_is_a_sentence_at_its_field(lot: Category, owner: Person) -> None:
    answer = owner.admin.post(f"{LIST}add/?category={lot.pk}", form_values(lot, fuel="petrol", battery="40"))
    assert answer.context["adminform"].form.errors == {"attr__battery": ["Only asked for where fuel is Electric."]}
    answer = owner.admin.post(f"{LIST}add/?category={lot.pk}", form_values(lot, site="somewhere", mileage="5 kg"))
    assert set(answer.context["adminform"].form.errors) == {"attr__site", "attr__mileage"}
    assert Listing.objects.count() == 0


@pytest.fixture
def vast(db: None) -> Category:
    """Three hundred attributes; one of them with 5,000 options that follow from fifty makers."""
    place = factories.category("Vast", slug="vast")
    makers = factories.attribute("maker", Kind.CHOICE)
    models = factories.attribute("model", Kind.CHOICE, depends_on=makers)
    rest = [
        Attribute(code=f"a{n}", label=f"Attribute {n}", kind=("number", "text", "boolean")[n % 3]) for n in range(298)
    ]
    with writing_as_system():
        Attribute.objects.bulk_create(rest)
        above = Option.objects.bulk_create(
            [Option(attribute=makers, code=f"m{n}", label=f"Maker {n}") for n in range(50)]
        )
        options = [
            Option(attribute=models, code=f"o{n}", label=f"Model {n}", parent=above[n % 50]) for n in range(5000)
        ]
        Option.objects.bulk_create(options)
        links = [
            CategoryAttribute(category=place, attribute=each, position=n)
            for n, each in enumerate([makers, models, *rest])
        ]
        CategoryAttribute.objects.bulk_create(links)
    documents.bump()
    return place


def test_a_category_of_300_attributes_and_5000_choices_stays_usable(
    vast: Category, owner: Person, nobody: Person, rival: Person
) -> None:
    owner.admin.get(f"{LIST}add/?category={vast.pk}")
    with CaptureQueriesContext(connection) as asked:
        page = owner.admin.get(f"{LIST}add/?category={vast.pk}")
    assert len(asked) < 40
    assert len([name for name in page.context["adminform"].form.fields if name.startswith("attr__")]) == 300
    text = page.content.decode()
    assert "Model 4999" not in text
    address = f"{LIST}options/"
    found = owner.admin.get(address, {"category": vast.pk, "code": "model", "q": "model 499", "under": "m49"}).json()
    assert [each["id"] for each in found["results"]] == ["o499", "o1499", "o2499", "o3499", "o4499", "o4999"]
    first = owner.admin.get(address, {"category": vast.pk, "code": "model", "under": "m1"}).json()
    assert (len(first["results"]), first["pagination"]["more"]) == (50, True)
    second = owner.admin.get(address, {"category": vast.pk, "code": "model", "under": "m1", "page": "2"}).json()
    assert (len(second["results"]), second["pagination"]["more"]) == (50, False)
    assert owner.admin.get(address, {"category": vast.pk, "code": "model"}).json()["results"] == []
    for wrong in (
        {"category": vast.pk, "code": "a1"},
        {"category": vast.pk},
        {"code": "model"},
        {"category": "x", "code": "model"},
    ):
        assert owner.admin.get(address, wrong).status_code == 404
    sent = form_values(vast, maker="m49", model="o4999", a0="7")
    assert owner.admin.post(f"{LIST}add/?category={vast.pk}", sent).status_code == 302
    row = Listing.objects.get()
    assert row.attributes == {"maker": "m49", "model": "o4999", "a0": 7}
    text = owner.admin.get(f"{LIST}{row.pk}/change/").content.decode()
    assert ("Model 4999" in text, "Model 4998" in text) == (True, False)
    shop = nobody.api()
    answer = shop.get("/categories/vast/attributes")
    assert len(answer.content) < 250_000
    (model,) = [each for each in answer.json()["items"] if each["code"] == "model"]
    assert (len(model["options"]), model["option_count"], model["depends_on"]) == (200, 5000, "maker")
    answer = shop.get(
        "/categories/vast/attributes/model/options", {"under": "m49", "limit": "10", "offset": "95"}
    ).json()
    assert (len(answer["items"]), answer["count"], answer["items"][-1]["under"]) == (5, 100, "m49")
    assert shop.get("/categories/vast/attributes/a1/options").status_code == 404
    assert shop.get("/categories/vast/attributes/model/options", {"limit": "0"}).status_code == 422


def test_the_editor_of_an_attribute_shows_options_a_page_at_a_time(vast: Category, admin: Person) -> None:
    key = Attribute.objects.get(code="model").pk
    page = admin.admin.get(f"/admin/catalog/attribute/{key}/change/")
    assert len(page.context["inline_admin_formsets"][0].formset.forms) == 100


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (Kind.TEXT, {"label", "help", "pattern"}),
        (Kind.CHOICE, {"label", "help", "depends_on"}),
        (Kind.NUMBER, {"label", "help", "minimum", "maximum"}),
        (Kind.BOOLEAN, {"label", "help"}),
    ],
)
def test_the_editor_of_an_attribute_asks_for_what_its_kind_has(kind: Kind, asked: set[str], admin: Person) -> None:
    with writing_as_system("test"):
        row = Attribute(code="thing", label="Thing", kind=kind)
        row.save(force_insert=True)
    address = f"/admin/catalog/attribute/{row.pk}/change/"
    page = admin.admin.get(address)
    form = page.context["adminform"].form
    assert set(form.fields) - {"_version"} == asked
    sent = {"label": "A thing", "help": "Said beside it."}
    for each in page.context["inline_admin_formsets"]:
        sent |= {f"{each.formset.prefix}-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    answer = admin.admin.post(address, sent | {"_version": form["_version"].value()})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row.refresh_from_db()
    assert (row.label, row.help, row.minimum, row.pattern, row.depends_on) == (
        "A thing",
        "Said beside it.",
        None,
        "",
        None,
    )


def test_a_definition_change_shows_its_effect_and_leads_to_its_job(lot: Category, owner: Person, admin: Person) -> None:
    for mileage in (5, 10, 500):
        factories.listing(vendor=owner.vendor, category=lot, attributes={"mileage": mileage})  # type: ignore[arg-type]
    desk, key = admin.api("operations"), Attribute.objects.get(code="mileage").pk
    refused = desk.patch(f"/attributes/{key}", {"minimum": 100}, if_match=desk.get(f"/attributes/{key}")["ETag"])
    assert (refused.status_code, refused.json()["code"], refused.json()["count"]) == (409, "definition_breaks", 2)
    made = desk.post("/definition-changes", {"attribute_id": key, "what": "bounds", "minimum": 100})
    assert made.status_code == 201, made.content
    assert made.json()["effect"] == {
        "sentence": "Of 3 listings that hold a value, 2 get another and 0 lose it.", "total": 3, "becomes": 2, "loses": 0, "lacks": 0,
        "samples": [{"value": "5", "count": 1, "becomes": "100"}, {"value": "10", "count": 1, "becomes": "100"}],
    }  # fmt: skip
    address = f"/admin/catalog/definitionchange/{made.json()['id']}/"
    assert "2 get another" in admin.admin.get(f"{address}change/").content.decode()
    assert "5 → 100 (1)" in admin.admin.get(f"{address}verb/apply_change/").content.decode()
    assert desk.post(f"/definition-changes/{made.json()['id']}/apply_change").status_code == 200
    assert "The job that does it" in admin.admin.get(f"{address}change/").content.decode()
    assert owner.api("operations").get("/definition-changes").status_code == 403
    assert owner.admin.get(f"{address}change/").status_code in (302, 403, 404)
