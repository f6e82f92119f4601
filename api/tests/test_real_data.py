"""Real input: a vendor imports vehicles through the screen (all 33,442, or each third), staff approve them, storefronts filter them.

What the facets count is counted again over the file, with nothing of Soko: of the database's answers, and of OpenSearch's.
"""

import csv
import os
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.test import Client

from core.jobs.models import Job
from core.resources.definitions import Kind
from core.rules import Actor
from core.testing.sizes import IS_WHOLE
from marketplace.cast import Answering, Person
from marketplace.catalog.models import Listing
from marketplace.catalog.tests import factories
from marketplace.search import actions, flows

pytestmark = [pytest.mark.realdata, pytest.mark.django_db(transaction=True)]
CHOICES = {"make": "make", "class": "body", "drive": "drive", "fuel": "fuel"}
NUMBERS = {"year": "year", "cyl": "cylinders", "displ": "displacement", "hwy": "highway", "cty": "city_mileage"}


#: Each row of so many: a sample in `make test`; with SOKO_STORM=whole, as the lane realdata-services has it, all of them.
EACH = 1 if IS_WHOLE else 3


@pytest.fixture(scope="module")
def vehicles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, str]]]:
    """The file and its rows."""
    with (Path(os.environ["REAL_DATA"]) / "vehicles.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 33_442
    path = tmp_path_factory.mktemp("vehicles") / "vehicles.csv"
    with path.open("w", newline="") as file:
        sample = csv.DictWriter(file, list(rows[0]))
        sample.writeheader()
        sample.writerows(rows[::EACH])
    return path, rows[::EACH]


def codes(rows: list[dict[str, str]], column: str) -> dict[str, str]:
    """An option's code for each text of a column: two that differ only in punctuation are two."""
    found: dict[str, str] = {}
    for text in sorted({row[column] for row in rows} - {"NA", ""}):
        plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in text.lower())
        joined = "x_" + "_".join(part for part in plain.split("_") if part)
        found[text] = joined if joined not in found.values() else f"{joined}_{len(found)}"
    return found


def shelf(rows: list[dict[str, str]]) -> Any:
    """A category of cars with attributes for what the file says, their options from the file."""
    cars = factories.category("Cars", slug="cars")
    for column, name in CHOICES.items():
        attribute = factories.attribute(name, Kind.CHOICE)
        for position, (text, code) in enumerate(codes(rows, column).items()):
            factories._saved(factories.Option(attribute=attribute, code=code, label=text, position=position))
        factories.attach(cars, attribute, is_facet=True)
    for column, name in NUMBERS.items():
        whole = column != "displ"
        factories.attach(
            cars, factories.attribute(name, Kind.NUMBER, is_integer=whole, minimum=0, maximum=3000), is_facet=True
        )
    factories.attach(cars, factories.attribute("model", Kind.TEXT), is_filterable=False)
    factories.attach(cars, factories.attribute("transmission", Kind.TEXT), is_filterable=False)
    return cars


def imported(client: Client, path: Path, category: Any, headers: list[str]) -> Job:
    """The import screen's three steps: file, columns, run."""
    address = "/admin/catalog/listing/import/"
    with path.open("rb") as file:
        page = client.post(address, {"file": file})
    assert page.status_code == 200
    kept = page.context["kept"].token
    ours = {"id": "reference", "model": "attr.model", "trans": "attr.transmission"}
    ours |= {column: f"attr.{name}" for column, name in (CHOICES | NUMBERS).items()}
    form = {"kept": kept, "mapped": "1", "empty_words": "NA"}
    form |= {f"map:{place}": ours[header] for place, header in enumerate(headers)}
    form |= {
        "constant:title": "{year} {make} {model} {trans}",
        "constant:price": "{year}00",
        "constant:price_currency": "KES",
        "constant:category": str(category.pk),
        "constant:modes": "contact",
    }
    preview = client.post(address, form)
    assert preview.context["counts"]["refused"] == 0, preview.context["sample"][:2]
    answer = client.post(address, form | {"_run": "1"})
    assert answer.status_code == 302, answer.context
    return Job.objects.order_by("-pk")[0]


def approved(client: Client, verb: str) -> Job:
    """A bulk verb over everything the changelist holds, through its dialog."""
    form = {
        "action": verb,
        "select_across": "1",
        "_selected_action": str(Listing.objects.order_by("pk")[0].pk),
        "_asked": "1",
    }
    answer = client.post("/admin/catalog/listing/", form)
    assert answer.status_code == 302, answer.content[:2000]
    return Job.objects.order_by("-pk")[0]


def test_the_vehicles_come_in_are_approved_and_found_by_their_attributes(
    vehicles: tuple[Path, list[dict[str, str]]],
    opensearch: Answering,
    owner: Person,
    moderator: Person,
    nobody: Person,
    settings: Any,
) -> None:
    engine, settings.OPENSEARCH_URL, settings.OPENSEARCH_SECONDS = settings.OPENSEARCH_URL, "", 30
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
    settings.LIMITS_FACTOR = 100_000
    path, rows = vehicles
    category, many = shelf(rows), len(rows)

    job = imported(owner.admin, path, category, list(rows[0]))
    job.refresh_from_db()
    assert (job.status, job.done_count, job.failed_count) == ("done", many, 0), job.fault
    assert set(Listing.objects.values_list("vendor", "status").distinct()) == {(owner.vendor.pk, "draft")}

    again = imported(owner.admin, path, category, list(rows[0]))
    again.refresh_from_db()
    assert (again.status, Listing.objects.count()) == ("done", many)

    for client, verb, state in ((owner.admin, "submit", "pending"), (moderator.admin, "approve", "approved")):
        bulk = approved(client, verb)
        bulk.refresh_from_db()
        assert (bulk.status, bulk.done_count, bulk.failed_count) == ("done", many, 0), bulk.fault
        assert set(Listing.objects.values_list("status", flat=True).distinct()) == {state}

    api = nobody.api()
    for column, name in CHOICES.items():
        code = codes(rows, column)
        for text, count in Counter(row[column] for row in rows if row[column] not in ("NA", "")).most_common()[::7]:
            assert found(api, {f"attr.{name}": code[text]}) == (min(count, 10_000), count <= 10_000), (name, text)
    for low, high in ((1984, 1985), (1999, 1999), (2014, 2020)):
        count = sum(low <= int(row["year"].split(".")[0]) <= high for row in rows)
        assert found(api, {"attr.year_min": low, "attr.year_max": high}) == (min(count, 10_000), count <= 10_000)
    both = sum(
        row["make"] == "Toyota" and row["fuel"] == "Regular" and row["cyl"].startswith("4") and 2 <= litres(row) <= 2.5
        for row in rows
    )
    asked = {
        "attr.make": codes(rows, "make")["Toyota"],
        "attr.fuel": codes(rows, "fuel")["Regular"],
        "attr.cylinders": 4,
    }
    asked |= {"attr.displacement_min": 2, "attr.displacement_max": "2.5"}
    assert found(api, asked) == (both, True)
    assert both > 100

    chance = Random(20261121)
    combinations = [combination(chance, rows) for _ in range(10)]
    compared = sum(agreed(api, rows, each, most=10_000) for each in combinations)
    assert compared > 100
    settings.OPENSEARCH_URL = engine
    rebuilt = actions.rebuild(by=Actor.system("test"))
    rebuilt.refresh_from_db()
    assert (rebuilt.status, flows.waiting().count()) == ("done", 0), rebuilt.fault
    assert sum(agreed(api, rows, each, most=len(rows)) for each in [{}, *combinations]) > compared
    assert opensearch.left == []


def combination(chance: Random, rows: list[dict[str, str]]) -> dict[str, Any]:
    """What a car is asked to have: choices of one or two columns, and bounds of one or two, with some car in mind that has them."""
    asked: dict[str, Any] = {}
    car = chance.choice(rows)
    for column in chance.sample([name for name in CHOICES if car[name] not in ("NA", "")], chance.choice((1, 2))):
        others = chance.sample(sorted({row[column] for row in rows} - {"NA", ""}), chance.choice((0, 1)))
        asked[column] = {car[column], *others}
    for column in chance.sample([name for name in NUMBERS if car[name] not in ("NA", "")], chance.choice((0, 1, 2))):
        number = float(car[column])
        asked[column] = (number - chance.choice((0, 1, 5)), number + chance.choice((0, 2, 10)))
    return asked


def meets(row: dict[str, str], asked: dict[str, Any]) -> bool:
    for column, wanted in asked.items():
        if row[column] in ("NA", ""):
            return False
        if not (wanted[0] <= float(row[column]) <= wanted[1] if column in NUMBERS else row[column] in wanted):
            return False
    return True


def agreed(api: Any, rows: list[dict[str, str]], asked: dict[str, Any], *, most: int) -> int:
    """Compare every facet of what is asked with the file, unless it is more than `most` cars. Returns how many counts were the same."""
    cars = [row for row in rows if meets(row, asked)]
    if len(cars) > most:
        return 0
    query: dict[str, Any] = {"category": "cars"}
    for column, wanted in asked.items():
        if column in NUMBERS:
            query |= {f"attr.{NUMBERS[column]}_min": wanted[0], f"attr.{NUMBERS[column]}_max": wanted[1]}
        else:
            query[f"attr.{CHOICES[column]}"] = ",".join(sorted(codes(rows, column)[text] for text in wanted))
    answer = api.get("/listings/facets", query)
    assert answer.status_code == 200, answer.content
    assert answer.json()["capped"] is False
    facets = {each["name"]: each for each in answer.json()["facets"]}
    compared = 0
    for column, name in CHOICES.items():
        code = codes(rows, column)
        counts = Counter(code[row[column]] for row in cars if row[column] not in ("NA", ""))
        told = {each["value"]: each["count"] for each in facets.get(f"attr.{name}", {"values": []})["values"]}
        assert told == dict(counts), (asked, column)
        compared += len(counts)
    for column, name in NUMBERS.items():
        numbers = [float(row[column]) for row in cars if row[column] not in ("NA", "")]
        ends = (min(numbers), max(numbers)) if numbers else (None, None)
        facet = facets.get(f"attr.{name}", {"least": None, "most": None})
        assert (facet["least"], facet["most"]) == ends, (asked, column)
        compared += 1
    return compared


def found(api: Any, query: dict[str, Any]) -> tuple[int, bool]:
    """How many a storefront's filter counts, and whether that is exact."""
    answer = api.get("/listings", {"category": "cars", "count": "true", "limit": 1} | query)
    assert answer.status_code == 200, answer.content
    said = answer.json()["count"]
    return said["value"], said["exact"]


def litres(row: dict[str, str]) -> float:
    return float(row["displ"]) if row["displ"] not in ("NA", "") else 0.0
