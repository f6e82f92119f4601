"""A filter that lists could not tell from what they take anyway is refused at start, by id and with a hint."""

from core.audiences import AUDIENCES, OPERATIONS
from core.resources.checks import check_resources, faults_of
from core.resources.declaration import EXACT, F, Resource
from core.resources.parameters import RESERVED, of_list
from core.resources.registry import resources
from marketplace.orders.models import VendorOrder


def told(**fields: F) -> list[tuple[str | None, str, str | None]]:
    """What the check of parameters says of vendor orders, declared so."""

    class Tried(Resource, abstract=True):
        model = VendorOrder

    Tried.fields = fields
    return [(each.id, each.msg, each.hint) for each in faults_of(Tried) if each.id == "resources.E024"]


def test_a_filter_called_as_the_order_of_lists_is_refused() -> None:
    assert told(order=F(read=OPERATIONS, filter=EXACT)) == [
        (
            "resources.E024",
            "Tried: the filter of order would be the query parameter order, which is the order of a list.",
            "Give the field another name, or drop the filter.",
        )
    ]


def test_the_same_column_without_a_filter_and_a_filter_with_a_name_of_its_own_are_taken() -> None:
    assert told(order=F(read=OPERATIONS), vendor=F(read=OPERATIONS, filter=EXACT)) == []


def test_nothing_declared_has_that_fault_and_the_reserved_names_are_those_of_lists() -> None:
    assert [each.id for each in check_resources()] == []
    taken = {
        name
        for resource in resources()
        for audience in AUDIENCES
        for pick in (False, True)
        for name in of_list(resource, audience, pick=pick)
    }
    assert set(RESERVED) <= taken
