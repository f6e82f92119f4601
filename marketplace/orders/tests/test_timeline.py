"""What happened to an order, told to whoever reads it: one line for each deed, nobody named to whom they are nothing."""

import pytest

from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.orders import actions, queries
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import money_comes, money_goes_back, place, shares_of

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


@pytest.fixture
def order(customer: Person, owner: Person, support: Person, finance: Person, goods: Goods) -> Order:
    """Two vendors; one sends its share, support calls the other off for its vendor, finance gives all back."""
    made = place(customer.user, {goods.mug: 2, goods.lamp: 1})
    money_comes(made)
    for _ in range(2):
        actions.complete(made.pk, by=SYSTEM)
    mine, theirs = shares_of(made)
    actions.accept(mine.pk, by=owner.actor("vendor"))
    actions.ship(mine.pk, by=owner.actor("vendor"), carrier="G4S")
    actions.cancel_share(theirs.pk, by=support.actor("operations"), reason="The vendor does not answer.")
    money_goes_back(made)
    actions.deliver(mine.pk, by=owner.actor("vendor"))
    actions.refund(made.pk, by=finance.actor("operations"), reason="It broke on the way.")
    money_goes_back(made)
    return Order.objects.get(pk=made.pk)


def told(order: Order, actor: Actor) -> list[tuple[str, str, str]]:
    found = queries.timeline(order, shares_of(order), actor)
    return [(each.event, each.who, each.about.removeprefix(order.reference)) for each in found]


def test_the_buyer_reads_of_vendors_by_name_and_of_staff_as_soko(order: Order, customer: Person) -> None:
    assert told(order, customer.actor()) == [
        ("ordered", "You", ""),
        ("paid", "Soko", ""),
        ("accepted", "Omar's Shop", "-A"),
        ("shipped", "Omar's Shop", "-A"),
        ("cancelled", "Soko", "-B"),
        ("refunded", "Soko", ""),
        ("delivered", "Omar's Shop", "-A"),
        ("refund_asked", "Soko", ""),
        ("refunded", "Soko", ""),
    ]


def test_operations_read_who_it_was(order: Order, support: Person) -> None:
    assert [who for _event, who, _about in told(order, support.actor("operations"))] == [
        "Cleo Customer", "system: test", "Omar Owner", "Omar Owner", "Sam Support", "system: factory", "Omar Owner",
        "Fatima Finance", "system: factory",
    ]  # fmt: skip


def test_reasons_are_told_with_what_they_explain(order: Order, customer: Person) -> None:
    found = queries.timeline(order, shares_of(order), customer.actor())
    reasons = {each.event: each.reason for each in found if each.reason}
    assert reasons == {"cancelled": "The vendor does not answer.", "refund_asked": "It broke on the way."}
    assert [each.at for each in found] == sorted(each.at for each in found)


def test_a_vendor_reads_of_its_own_share_alone(order: Order, owner: Person, rival: Person) -> None:
    mine, theirs = shares_of(order)
    for_owner = queries.timeline_of_share(mine, owner.actor("vendor"))
    assert [(each.event, each.who) for each in for_owner] == [
        ("ordered", "The buyer"),
        ("paid", "Soko"),
        ("accepted", "You"),
        ("shipped", "You"),
        ("delivered", "You"),
    ]
    for_rival = queries.timeline_of_share(theirs, rival.actor("vendor"))
    assert [(each.event, each.who) for each in for_rival] == [
        ("ordered", "The buyer"),
        ("paid", "Soko"),
        ("cancelled", "Soko"),
    ]


def test_a_colleague_is_named_to_the_vendor(order: Order, member: Person) -> None:
    share = shares_of(order)[0]
    names = {each.who for each in queries.timeline_of_share(share, member.actor("vendor"))}
    assert names == {"The buyer", "Soko", "Omar Owner"}
