"""The OpenAPI document of some categories: typed attributes for those who may see them, and a client that narrows on them."""

import json
import shutil

import httpx
import pytest
from openapi_spec_validator import validate

from api.instances import AudienceAPI
from api.tests.served import ROOT, Served
from api.tests.test_contract import TOOLS, contract, run
from marketplace.cast import Person
from marketplace.catalog.models import Category
from marketplace.catalog.tests import factories

pytestmark = pytest.mark.once


@pytest.fixture
def cars(db: None) -> Category:
    return factories.cars()


def test_attributes_are_typed_for_each_audience_and_the_contract_stays(
    cars: Category, owner: Person, nobody: Person
) -> None:
    shop = nobody.api()
    assert shop.get("/openapi.json").json() == contract("storefront")
    answer = shop.get("/openapi.json", {"category": "cars"})
    document = answer.json()
    validate(document)
    schemas = document["components"]["schemas"]
    assert list(schemas["CarsAttributes"]["properties"]) == [
        "make",
        "year",
        "engine",
        "features",
        "automatic",
        "inspected",
        "remarks",
    ]
    assert schemas["CarsAttributes"]["properties"]["year"] == {
        "type": "integer",
        "minimum": 1950,
        "maximum": 2030,
        "description": "Year",
    }
    assert schemas["CarsListingCard"]["properties"]["category_id"] == {"type": "integer", "enum": [cars.pk]}
    names = {each["name"]: each for each in document["paths"]["/api/v1/listings"]["get"]["parameters"]}
    assert names["attr.make"]["schema"]["items"]["enum"] == ["toyota", "mazda", "ford"]
    assert names["attr.year_min"]["schema"] == {"type": "number"}
    assert {"attr", "attr.risk", "attr.remarks"} & set(names) == set()
    assert shop.get("/openapi.json").json() == contract("storefront")


def test_the_plain_document_is_written_once_and_not_sent_to_who_has_it(
    nobody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = nobody.api("operations").get("/openapi.json")
    assert nobody.api("vendor").get("/openapi.json")["ETag"] != first["ETag"]
    monkeypatch.delattr(AudienceAPI, "get_openapi_schema")  # Ninja's own would say something else
    again = nobody.api("operations").get("/openapi.json")
    assert again.content == first.content
    address = "/api/operations/v1/openapi.json"
    known = nobody.api("operations").client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_what_is_below_comes_with_it_and_is_told_apart(cars: Category, nobody: Person) -> None:
    document = nobody.api().get("/openapi.json", {"category": "vehicles"}).json()
    assert [each["$ref"].rsplit("/")[-1] for each in document["components"]["schemas"]["ListingCard"]["oneOf"]] == [
        "VehiclesListingCard", "CarsListingCard",
    ]  # fmt: skip
    validate(document)


def test_a_definition_that_changes_is_in_the_document_at_once(cars: Category, nobody: Person) -> None:
    def codes() -> list[str]:
        found = nobody.api().get("/openapi.json", {"category": "cars"}).json()
        return list(found["components"]["schemas"]["CarsAttributes"]["properties"])

    before = codes()
    factories.attach(cars, factories.attribute("doors", "number"))
    assert codes() == [*before, "doors"]


def test_vendors_sign_in_for_theirs_and_see_no_more_than_they_may(
    cars: Category, owner: Person, admin: Person, nobody: Person
) -> None:
    factories.attach(cars, factories.attribute("cost", "number"), visibility="vendor")
    assert nobody.api("vendor").get("/openapi.json").status_code == 200
    for audience in ("vendor", "operations"):
        assert nobody.api(audience).get("/openapi.json", {"category": "cars"}).status_code == 401
    assert owner.api("operations").get("/openapi.json", {"category": "cars"}).status_code == 403
    seen = {}
    for person, audience in ((nobody, "storefront"), (owner, "vendor"), (admin, "operations")):
        document = person.api(audience).get("/openapi.json", {"category": "cars"}).json()
        validate(document)
        seen[audience] = {"cost", "risk"} & set(document["components"]["schemas"]["CarsAttributes"]["properties"])
    assert seen == {"storefront": set(), "vendor": {"cost"}, "operations": {"cost", "risk"}}


def test_what_cannot_be_named_is_refused(cars: Category, nobody: Person) -> None:
    shop = nobody.api()
    assert shop.get("/openapi.json", {"category": "none"}).status_code == 404
    assert shop.get("/openapi.json", {"category": ""}).status_code == 422
    assert shop.get("/openapi.json", {"category": ",".join(["cars"] * 21)}).status_code == 422
    Category.objects.filter(pk=cars.pk).update(is_open=False)
    assert shop.get("/openapi.json", {"category": "cars"}).status_code == 404


@pytest.mark.contract
def test_a_typescript_client_narrows_on_the_category(market: Served) -> None:
    folder = ROOT / "var" / "category-client"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    document = httpx.get(f"{market.base}/api/v1/openapi.json", params={"category": "cars,mobile-phones"}).json()
    validate(document)
    (folder / "document.json").write_text(json.dumps(document))
    made = run(TOOLS / "openapi-typescript", folder / "document.json", "-o", folder / "schema.d.ts")
    assert made.returncode == 0, made.stderr
    key = httpx.get(f"{market.base}/api/v1/categories/cars").json()["id"]
    source = (
        (ROOT / "api" / "tests" / "clients" / "cars.ts")
        .read_text()
        .replace("declare const CARS: CarsId", f"const CARS = {key}")
    )
    (folder / "cars.ts").write_text(source)
    (folder / "process.d.ts").write_text("declare const process: { argv: string[] };\n")
    (folder / "package.json").write_text('{"type": "module"}')
    options = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--skipLibCheck"]
    options += ["--target", "es2022", "--lib", "es2022,dom", "--module", "nodenext", "--moduleResolution", "nodenext"]
    options += ["--allowImportingTsExtensions", "--rewriteRelativeImportExtensions"]
    done = run(TOOLS / "tsc", *options, "--outDir", "out", "cars.ts", "process.d.ts", cwd=folder)
    assert done.returncode == 0, done.stdout
    for right, wrong in (
        ('make === "toyota"', 'make === "trabant"'),
        ('"attr.make": ["toyota"]', '"attr.make": ["trabant"]'),
        ('"attr.year_min": 2000', '"attr.year_min": "new"'),
        ("card.attributes.make;", "card.attributes.phone_brand;"),
    ):
        assert right in source
        (folder / "spoilt.ts").write_text(source.replace(right, wrong))
        refused = run(TOOLS / "tsc", *options, "--noEmit", "spoilt.ts", "process.d.ts", cwd=folder)
        assert refused.returncode != 0, f"compiled although it says {wrong}"
    ran = run("node", folder / "out" / "cars.js", market.base)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["years"]
    assert min(said["years"]) >= 2000
    assert said["makes"] == ["toyota"] * len(said["years"])
