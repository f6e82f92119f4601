"""docs/seeds.md says the truth: what it calls *here* is in the committed documents, and what is not is named by its domain."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "seeds.md"
LATER = {
    "identity",
    "messaging",
    "reviews",
    "boosts",
    "moderation",
}
OPERATION = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/api/\S+)`")
#: Outside of the three documents: who calls it is no client of ours.
BESIDE = {("POST", "/api/hooks/{gateway}")}
#: How many endpoints each brief names; a row that is lost is missed here.
ENDPOINTS = {
    "Classifieds with logged contacts": 17,
    "A shop with carts, atomic orders and refunds": 37,
    "Variants, places, split payments and logistics": 21,
    "Classifieds with chat, boosts and reports": 40,
    "A shop with a test-mode payment": 8,
}


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    brief: str
    theirs: str
    ours: str
    status: str


def rows() -> list[Row]:
    """Every endpoint of every brief."""
    found = []
    for part in PAGE.read_text().split("\n## ")[1:]:
        brief = part.splitlines()[0]
        if brief in ENDPOINTS:
            lines = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
            found += [Row(brief, *cells) for cells in lines[2:]]
    return found


def committed() -> set[tuple[str, str]]:
    """Every operation of the committed documents."""
    return {
        (method.upper(), path)
        for name in ("storefront", "vendor", "operations")
        for path, methods in json.loads((ROOT / "api" / "contracts" / f"{name}.json").read_text())["paths"].items()
        for method in methods
    }


def test_every_endpoint_of_the_briefs_has_a_row() -> None:
    counted = {brief: sum(row.brief == brief for row in rows()) for brief in ENDPOINTS}
    assert counted == ENDPOINTS
    assert len({(row.brief, row.theirs) for row in rows()}) == sum(ENDPOINTS.values())


def test_what_is_called_here_is_in_the_committed_documents(subtests: pytest.Subtests) -> None:
    known = committed() | BESIDE
    here = [row for row in rows() if row.status == "here"]
    named = [(row, found) for row in here for found in OPERATION.findall(row.ours)]
    for row, operation in named:
        with subtests.test(row=row.theirs):
            assert operation in known
    assert len(named) >= 70
    assert all(OPERATION.search(row.ours) or "`/api/" in row.ours for row in here)


def test_what_is_not_here_yet_is_named_by_a_domain_and_not_there() -> None:
    known = committed()
    for row in rows():
        assert row.status == "here" or row.status in LATER, row
    domains = PAGE.read_text().split("\n## Later\n")[1]
    assert set(re.findall(r"^\| (\w+) \|", domains, re.MULTILINE)) - {"domain"} == LATER
    new = [row for row in rows() if row.status != "here" for found in OPERATION.findall(row.ours) if found in known]
    # A filter that is to come stands on a list that is here.
    assert {row.ours for row in new} <= {
        "`GET /api/v1/listings` with a least rating",
    }


def test_what_is_beside_the_documents_answers(client: Client) -> None:
    answer = client.post("/api/hooks/mock", b"{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_signature")
    assert not BESIDE & committed()


def test_pages_and_documents_that_are_called_here_are_served(client: Client) -> None:
    for place in sorted(
        {found for row in rows() if row.status == "here" for found in re.findall(r"`(/api/[^` ]+)`", row.ours)}
    ):
        assert client.get(place).status_code == 200, place
