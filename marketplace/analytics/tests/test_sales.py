"""The panels of sales: each number is that of the journals it links to, and each shop reads of itself alone."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from core.money import Money
from core.resources.admin import lists
from core.resources.registry import resource_of
from core.rules import Actor, scope
from marketplace.accounts.roles import ROLES
from marketplace.accounts.tests.factories import make_user
from marketplace.analytics import sales
from marketplace.carts.tests.factories import on_sale
from marketplace.cast import Goods, Person
from marketplace.contacts.tests.factories import member, shop
from marketplace.ledger import tasks
from marketplace.ledger.models import Journal
from marketplace.ledger.tests.factories import booked
from marketplace.moderation.tests.factories import staff
from marketplace.orders import actions
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.tests.factories import SYSTEM, paid, place, shares_of

pytestmark = pytest.mark.django_db


def journals_behind(actor: Actor, link: str) -> list[Journal]:
    """The journals that the list at this address shows."""
    resource = resource_of(Journal)
    assert resource is not None
    return list(scope(actor, Journal).filter(lists.asked(resource, actor, QueryDict(urlsplit(link).query))))


def test_each_vendor_s_number_and_revenue_are_those_of_the_journals_it_links_to(
    customer: Person, finance: Person, goods: Goods
) -> None:
    booked(customer.user, {goods.mug: 2, goods.lamp: 1})
    booked(customer.user, {goods.mug: 1})
    called_off = booked(customer.user, {goods.rug: 1})
    actions.cancel_share(shares_of(called_off)[0].pk, by=SYSTEM, reason="This is no longer in stock.")
    place(customer.user, {goods.mug: 1})
    actor = finance.actor("operations")

    told = sales.by_vendor(actor)

    assert [(row["name"], row["count"]) for row in told["rows"]] == [("Omar's Shop", 3), ("Rita's Rival Shop", 1)]
    assert told["orders"] == 4
    for row in told["rows"]:
        behind = [each.share.total for each in journals_behind(actor, row["link"]) if each.share is not None]
        assert row["count"] == len(behind)
        assert row["cells"][0] == str(sum(behind[1:], start=behind[0]))


def test_a_shop_reads_what_it_sold_of_each_listing_and_nothing_of_others(
    customer: Person, owner: Person, goods: Goods
) -> None:
    booked(customer.user, {goods.mug: 2, goods.lamp: 1})
    booked(customer.user, {goods.mug: 3})

    told = sales.by_listing(owner.actor("vendor"))

    mug = goods.mug.listing
    assert [(row["name"], row["count"]) for row in told["rows"]] == [(mug.title, 5)]
    share = VendorOrder.objects.filter(vendor=owner.vendor)
    revenue = str(Money(sum(each.total.amount for each in share), "KES"))
    assert told["rows"][0]["cells"] == [revenue, "KES 0.00"]
    assert told["rows"][0]["link"].endswith(f"/{mug.pk}/change/")
    assert told["amounts"] == [{"label": "Revenue", "amount": revenue}, {"label": "You keep", "amount": revenue}]


def test_what_is_older_than_thirty_days_is_in_the_span_before(customer: Person, finance: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 1})
    Order.objects.filter(pk=order.pk).update(paid_at=timezone.now() - timedelta(days=40))
    tasks.catch_up()

    told = sales.by_vendor(finance.actor("operations"))

    assert (told["orders"], told["before"], told["rows"], told["amounts"]) == (0, 1, [], [])


def test_a_member_who_may_not_see_money_is_not_told_that_there_are_none(client: Client) -> None:
    vendor = shop()
    booked(make_user(), {on_sale(vendor): 1})
    for grants, told in ((("edit_listings", "work_orders"), False), (("edit_listings", "view_money"), True)):
        client.force_login(member(vendor, *grants))
        text = client.get("/admin/").content.decode()
        assert ("Sales of 30 days by listing" in text, "Revenue per day" in text) == (told, told)


def test_staff_who_see_orders_and_no_money_read_no_sales(client: Client) -> None:
    vendor = shop()
    order = booked(make_user(), {on_sale(vendor, price=123_400): 1})
    for grants, told in ((("edit_roles", "view_orders"), False), (("edit_roles", "view_orders", "view_money"), True)):
        client.force_login(staff(*grants))
        text = client.get("/admin/").content.decode()
        assert ("Sales of 30 days by vendor" in text, f"Revenue <b>{order.total}</b>" in text) == (told, told)


def test_staff_who_may_see_money_read_the_sales_on_their_first_screen(client: Client) -> None:
    vendor = shop()
    order = booked(make_user(), {on_sale(vendor, price=123_400): 1})
    client.force_login(staff(*ROLES["finance"].grants))
    text = client.get("/admin/").content.decode()
    assert vendor.name in text
    assert f"Revenue <b>{order.total}</b>" in text
