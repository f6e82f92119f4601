"""What a category says of its attributes: groups, search, ways of counting; and what one below narrows, on every surface."""

from typing import Any

import jsonschema
import pytest

from core.resources import operations
from core.rules import Actor
from marketplace.cast import Person
from marketplace.catalog.models import AttributeGroup, Category, CategoryAttribute, Listing
from marketplace.catalog.resources import AttributeGroups, CategoryAttributes
from marketplace.catalog.tests import factories
from marketplace.search import actions as search
from marketplace.search.tests.test_keeping import heard

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
LIST = "/admin/catalog/listing/"


@pytest.fixture
def cars() -> Category:
    return factories.cars()


@pytest.fixture
def vans(cars: Category) -> Category:
    return factories.category("Vans", parent=cars, slug="vans")


def link(category: Category, code: str, **values: Any) -> CategoryAttribute:
    attribute = CategoryAttribute.objects.filter(attribute__code=code)[0].attribute_id
    return operations.create(CategoryAttributes, {"category": category.pk, "attribute": attribute, **values}, by=SYSTEM)


def told(nobody: Person, slug: str) -> dict[str, Any]:
    items = nobody.api().get(f"/categories/{slug}/attributes").json()["items"]
    return {each["code"]: each for each in items}


def test_a_category_below_narrows_and_every_surface_says_so(
    cars: Category, vans: Category, owner: Person, nobody: Person, admin: Person
) -> None:
    link(vans, "year", minimum=2000, maximum=2020, is_required=True)
    link(vans, "make", only_options="toyota, ford", is_required=True)
    link(vans, "engine", is_required=True)
    here, above = told(nobody, "vans"), told(nobody, "cars")
    assert (here["year"]["minimum"], here["year"]["maximum"], above["year"]["minimum"]) == (2000, 2020, 1950)
    assert (here["engine"]["is_required"], above["engine"]["is_required"]) == (True, False)
    assert [each["code"] for each in here["make"]["options"] if not each["is_archived"]] == ["toyota", "ford"]
    assert {code for code, each in here.items() if each["is_narrowed"]} == {"year", "make", "engine"}
    assert not any(each["is_narrowed"] for each in above.values())

    schema = nobody.api().get("/categories/vans/attributes.schema.json").json()
    assert (schema["properties"]["year"]["minimum"], schema["properties"]["make"]["enum"]) == (2000, ["toyota", "ford"])
    good = {"make": "ford", "year": 2010, "engine": 2.5}
    jsonschema.Draft202012Validator(schema).validate(good)
    document = nobody.api().client.get("/api/v1/openapi.json?category=vans").content.decode()
    assert '"minimum": 2000' in document or '"minimum":2000' in document

    mine = owner.api("vendor")
    body = {"title": "A van", "category_id": vans.pk}
    for attributes, pointer in (
        ({**good, "year": 1990}, "/attributes/year"),
        ({**good, "make": "mazda"}, "/attributes/make"),
    ):
        answer = mine.post("/listings", {**body, "attributes": attributes})
        assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, [pointer])
        assert mine.post("/listings", {**body, "category_id": cars.pk, "attributes": attributes}).status_code == 201
    assert mine.post("/listings", {**body, "attributes": good}).status_code == 201
    page = owner.admin.get(f"{LIST}add/?category={vans.pk}").content.decode()
    assert 'value="toyota"' in page
    assert 'value="mazda"' not in page
    page = admin.admin.get(f"/admin/catalog/category/{vans.pk}/change/").content.decode()
    for words in ("Narrowed here", "2000 to 2020", "2 of 3"):
        assert words in page, words


@pytest.mark.parametrize(
    ("code", "values", "field", "words"),
    [
        ("year", {"minimum": 1900, "is_required": True}, "minimum", "The least is 1950 everywhere: it can only be narrowed here."),
        ("year", {"maximum": 2031, "is_required": True}, "maximum", "The most is 2030 everywhere: it can only be narrowed here."),
        ("year", {"minimum": 2010, "maximum": 2000, "is_required": True}, "minimum", "The least must not be above the most."),
        ("year", {}, "is_required", "It is required in Cars, and so in all below."),
        ("make", {}, "is_required", "It is required in Vehicles, and so in all below."),
        ("make", {"only_options": "tesla", "is_required": True}, "only_options", "Make has no option tesla."),
        ("engine", {"only_options": "x"}, "only_options", "Only choices have this."),
        ("make", {"minimum": 1, "is_required": True}, "minimum", "Only numbers, ranges and money have this."),
        ("make", {"facet_kind": "histogram", "is_required": True}, "facet_kind", "This kind is counted as terms."),
        ("engine", {"facet_kind": "histogram"}, "facet_kind", "Bars need an attribute that had both bounds from its first day."),
        ("remarks", {"facet_kind": "terms"}, "facet_kind", "This kind is counted as not at all."),
    ],
)  # fmt: skip
def test_what_would_widen_is_refused_at_its_field(
    admin: Person, vans: Category, code: str, values: dict[str, Any], field: str, words: str
) -> None:
    attribute = CategoryAttribute.objects.filter(attribute__code=code)[0].attribute_id
    body = {"category_id": vans.pk, "attribute_id": attribute, **values}
    answer = admin.api("operations").post("/category-attributes", body)
    assert answer.status_code == 422, answer.content
    assert (f"/{field}", words) in {(each["pointer"], each["message"]) for each in answer.json()["errors"]}
    assert not CategoryAttribute.objects.filter(category=vans).exists()


def test_narrower_is_measured_by_all_that_is_above(admin: Person, cars: Category, vans: Category) -> None:
    link(vans, "year", minimum=2000, is_required=True)
    link(vans, "make", only_options="toyota,ford", is_required=True)
    small = factories.category("Small vans", parent=vans, slug="small-vans")
    api = admin.api("operations")
    for code, values, words in (
        ("year", {"minimum": 1990}, "The least is 2000 in Vans: it can only be narrowed here."),
        ("make", {"only_options": "mazda"}, "Not offered in Vans: mazda."),
    ):
        attribute = CategoryAttribute.objects.filter(attribute__code=code)[0].attribute_id
        body = {"category_id": small.pk, "attribute_id": attribute, "is_required": True, **values}
        answer = api.post("/category-attributes", body)
        assert (answer.status_code, answer.json()["errors"][0]["message"]) == (422, words)
    upper = CategoryAttribute.objects.get(category=cars, attribute__code="year")
    link(small, "year", minimum=2005, is_required=True)
    operations.update(
        upper, {"minimum": 2010.0}, by=SYSTEM
    )  # tightened above, later on: what stands below cannot widen it
    (year,) = (each for each in told(admin, "small-vans").values() if each["code"] == "year")
    assert year["minimum"] == 2010


def test_groups_stand_in_their_order_in_form_api_and_schema(
    cars: Category, owner: Person, nobody: Person, admin: Person
) -> None:
    later = operations.create(AttributeGroups, {"name": "Comfort", "position": 2}, by=SYSTEM)
    first = operations.create(AttributeGroups, {"name": "Engine and gears", "position": 1}, by=SYSTEM)
    for code, group in (("features", later), ("engine", first), ("automatic", first)):
        operations.update(
            CategoryAttribute.objects.get(category=cars, attribute__code=code), {"group": group.pk}, by=SYSTEM
        )
    groups = [each["group"] for each in told(nobody, "cars").values()]
    assert list(dict.fromkeys(groups)) == ["", "Engine and gears", "Comfort"]
    schema = nobody.api().get("/categories/cars/attributes.schema.json").json()
    assert schema["x-groups"] == ["Engine and gears", "Comfort"]
    assert schema["properties"]["features"]["x-group"] == "Comfort"
    jsonschema.Draft202012Validator.check_schema(schema)
    page = owner.admin.get(f"{LIST}add/?category={cars.pk}").content.decode()
    assert page.index("Engine and gears") < page.index("Comfort")
    fieldsets = owner.admin.get(f"{LIST}add/?category={cars.pk}").context["adminform"].fieldsets
    named = {title: list(options["fields"]) for title, options in fieldsets}
    assert named["Engine and gears"] == ["attr__engine", "attr__automatic"]
    assert named["Comfort"] == ["attr__features"]
    operations.update(first, {"position": 9}, by=SYSTEM)
    assert nobody.api().get("/categories/cars/attributes.schema.json").json()["x-groups"] == [
        "Comfort",
        "Engine and gears",
    ]
    operations.delete(AttributeGroup.objects.get(pk=later.pk), by=SYSTEM)
    assert told(nobody, "cars")["features"]["group"] == ""
    assert admin.api("operations").post("/attribute-groups", {"name": "Engine and gears"}).status_code == 409


def test_an_attribute_that_is_not_searchable_is_not_found_and_flipping_it_reaches_the_index(
    cars: Category, owner: Person, nobody: Person
) -> None:
    row = factories.listing(
        vendor=owner.vendor, category=cars, status="approved", title="A car", attributes={"make": "mazda", "year": 2001}
    )
    search.index([row.pk], by=SYSTEM)

    def found(text: str) -> int:
        return len(nobody.api().get("/listings", {"q": text}).json()["items"])

    assert (found("mazda"), told(nobody, "cars")["make"]["is_searchable"]) == (1, True)
    make = CategoryAttribute.objects.get(attribute__code="make")
    operations.update(make, {"is_searchable": False}, by=SYSTEM)
    heard()
    assert (found("mazda"), found("2001"), told(nobody, "cars")["make"]["is_searchable"]) == (0, 1, False)
    assert told(nobody, "cars")["inspected"]["is_searchable"] is False  # nobody types a day as a word
    operations.update(make, {"is_searchable": True}, by=SYSTEM)
    heard()
    assert found("mazda") == 1


def test_facets_are_counted_as_staff_say(cars: Category, owner: Person, nobody: Person) -> None:
    for number, year in enumerate((1950, 1954, 1955, 1999, 2030)):
        inspected = {"inspected": f"20{20 + number % 2}-05-01"}
        factories.listing(
            vendor=owner.vendor, category=cars, status="approved", title=f"Car {number}",
            attributes={"make": "mazda", "year": year, **inspected},
        )  # fmt: skip

    def facets() -> dict[str, Any]:
        answer = nobody.api().get("/listings/facets", {"category": "cars"})
        return {each["name"]: each for each in answer.json()["facets"]}

    assert (facets()["attr.year"]["kind"], facets()["attr.year"]["bins"], facets()["attr.make"]["kind"]) == (
        "span",
        [],
        "terms",
    )
    assert "attr.inspected" not in facets()
    for code, values in (("year", {"facet_kind": "histogram"}), ("inspected", {"is_facet": True})):
        held = CategoryAttribute.objects.get(category=cars, attribute__code=code)
        operations.update(held, values, by=SYSTEM)
    said = facets()
    year = said["attr.year"]
    assert (year["kind"], year["least"], year["most"]) == ("histogram", 1950, 2030)
    assert [(each["least"], each["most"], each["count"]) for each in year["bins"]][:3] == [
        ("1950", "1954", 2),
        ("1955", "1959", 1),
        ("1960", "1964", 0),
    ]
    assert sum(each["count"] for each in year["bins"]) == 5
    for each in (*year["bins"], *said["attr.inspected"]["bins"]):
        name = "year" if each in year["bins"] else "inspected"
        asked = {"category": "cars", f"attr.{name}_min": each["least"], f"attr.{name}_max": each["most"]}
        assert len(nobody.api().get("/listings", asked).json()["items"]) == each["count"], each
    assert [(each["label"], each["count"]) for each in said["attr.inspected"]["bins"]] == [("2020", 3), ("2021", 2)]
    assert Listing.objects.count() == 5


def test_a_category_that_is_not_there_is_refused_at_its_field(cars: Category, admin: Person) -> None:
    there = CategoryAttribute.objects.filter(attribute__kind="choice")[0]
    body = {"category_id": 2_147_483_646, "attribute_id": there.attribute_id, "shown_if_id": there.attribute_id}
    answer = admin.api("operations").post("/category-attributes", body)
    assert answer.status_code == 422, answer.content
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/category_id"]
