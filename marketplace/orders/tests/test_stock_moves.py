"""What an order does to stock is there for all who see the variant; who buys, and what they said, is not."""

import csv
import io
from typing import Any, cast

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.rules import Actor
from marketplace.accounts.tests.factories import make_user
from marketplace.cast import Api, Goods, Person
from marketplace.catalog.actions import adjust_stock
from marketplace.catalog.models import StockMove
from marketplace.orders import actions
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import paid, place, shares_of
from marketplace.vendors.models import Vendor
from marketplace.vendors.tests.factories import make_member

pytestmark = pytest.mark.django_db
WHY = "My sister bought one."
ROW = tuple[str, str, str, str]


@pytest.fixture
def dropped(customer: Person, goods: Goods) -> Order:
    """Ordered, and called off unpaid by the buyer."""
    order = place(customer.user, {goods.mug: 2})
    actions.cancel(order.pk, by=customer.actor(), reason=WHY)
    return order


def told(api: Api) -> list[ROW]:
    """The moves of orders as the API tells them, oldest first."""
    items: list[dict[str, Any]] = api.get("/stock-moves").json()["items"]
    rows = [(each["kind"], each["actor_name"], each["reference"], each["reason"]) for each in reversed(items)]
    return [row for row in rows if row[0] != "received"]


def exported(browser: Client) -> list[ROW]:
    """The same of a file."""
    answer = browser.get("/admin/catalog/stockmove/export/?_format=csv")
    rows = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))  # type: ignore[attr-defined]
    found = [(row["kind"], row["actor_name"], row["reference"], row["reason"]) for row in rows]
    return sorted(row for row in found if row[0] != "received")


def test_who_works_orders_reads_which_one_moved_stock_and_why_but_not_who_bought(owner: Person, dropped: Order) -> None:
    rows = [("reserved", "The buyer", dropped.reference, ""), ("released", "The buyer", dropped.reference, WHY)]
    assert told(owner.api("vendor")) == rows
    assert exported(owner.admin) == sorted(rows)


@pytest.mark.parametrize(("role", "audience"), [("member", "vendor"), ("moderator", "operations")])
def test_who_may_not_see_orders_sees_that_stock_moved_and_nothing_of_the_order(
    role: str, audience: str, dropped: Order, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(role)
    rows = [("reserved", "The buyer", "", ""), ("released", "The buyer", "", "")]
    assert told(person.api(audience)) == rows
    assert exported(person.admin) == sorted(rows)
    pages = ["", *(f"{pk}/change/" for pk in StockMove.objects.values_list("pk", flat=True))]
    for page in pages:
        text = person.admin.get(f"/admin/catalog/stockmove/{page}", follow=True).content.decode()
        assert not [word for word in (dropped.reference, WHY, "Cleo") if word in text], page
    assert person.api(audience).get("/stock-moves", {"reference": dropped.reference}).status_code == 422


def test_who_works_the_orders_of_one_of_two_vendors_reads_of_that_one_alone(
    customer: Person, owner: Person, rival: Person, goods: Goods
) -> None:
    order = place(customer.user, {goods.mug: 1, goods.lamp: 1})
    both = make_user("customer")
    make_member(cast(Vendor, owner.vendor), "work_orders", user=both)
    make_member(cast(Vendor, rival.vendor), "edit_listings", user=both)
    found = Person(both).api("vendor").get("/stock-moves").json()["items"]
    read = {each["variant_id"]: each["reference"] for each in found if each["kind"] == "reserved"}
    assert read == {goods.mug.pk: order.reference, goods.lamp.pk: ""}


def test_staff_and_the_clock_are_soko_and_colleagues_are_named(
    customer: Person, owner: Person, support: Person, goods: Goods
) -> None:
    late, first, second = (place(customer.user, {goods.mug: 1}), *(paid(customer.user, {goods.mug: 1}) for _ in "ab"))
    actions.expire(late.pk, by=Actor.system("clock"))
    actions.cancel_share(shares_of(first)[0].pk, by=support.actor("operations"), reason="Broken in the store.")
    actions.cancel_share(shares_of(second)[0].pk, by=owner.actor("vendor"), reason="Broken in the store.")
    names = [(kind, name) for kind, name, _order, _why in told(owner.api("vendor")) if kind in ("released", "returned")]
    assert names == [("released", "Soko"), ("returned", "Soko"), ("returned", "Omar Owner")]


def test_what_was_adjusted_by_hand_says_why_to_all_who_see_it(owner: Person, member: Person, goods: Goods) -> None:
    adjust_stock(goods.mug.pk, by=owner.actor("vendor"), quantity=-1, reason="One fell down.")
    assert told(member.api("vendor")) == [("corrected", "Omar Owner", "", "One fell down.")]


def test_a_long_list_takes_no_more_queries_than_a_short_one(owner: Person, goods: Goods) -> None:
    def spent() -> int:
        with CaptureQueriesContext(connection) as queries:
            owner.admin.get("/admin/catalog/stockmove/")
        return len(queries)

    place(make_user("customer"), {goods.mug: 1, goods.rug: 1})
    spent()
    few = spent()
    for _ in range(3):
        place(make_user("customer"), {goods.mug: 1})
    assert spent() == few
