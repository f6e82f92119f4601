"""The name of a schema is its component in the documents: two of one name would describe each other."""

from collections import defaultdict

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
