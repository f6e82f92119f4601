"""The name of a schema is its component in the documents: two of one name would describe each other."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from ninja import Schema

from api.instances import instances


def below(kind: type) -> set[type]:
    found = set(kind.__subclasses__())
    return found.union(*(below(each) for each in found))


def test_no_two_schemas_of_the_api_have_one_name() -> None:
    instances()  # reads every route
    places = defaultdict(set)
    for each in below(Schema):
        if each.__module__.startswith("api."):
            places[each.__name__].add(each.__module__)
    assert len(places) > 20
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


@pytest.mark.parametrize("audience", ["storefront", "vendor", "operations"])
def test_no_two_components_of_a_document_have_one_title(audience: str) -> None:
    """Generators call their classes by the title, and leave out the second of one title."""
    document = json.loads((Path(__file__).parents[1] / "contracts" / f"{audience}.json").read_text())
    titles = Counter(each.get("title", name) for name, each in document["components"]["schemas"].items())
    assert len(titles) > 20
    assert [title for title, many in titles.items() if many > 1] == []
