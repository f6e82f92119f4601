"""Orders in the admin: staff see the whole, a vendor its share with what to pack and where it goes, a rival nothing."""

import pytest
from django.utils import timezone

from core.admin.jobs import run_bulk, start_bulk
from core.jobs.running import JobRun
from core.models import Audit
from marketplace.cast import Goods, Person
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.resources import Orders
from marketplace.orders.tests.factories import paid, place, shares_of

pytestmark = pytest.mark.django_db


def page(person: Person, path: str) -> tuple[int, str]:
    answer = person.admin.get(path)
    return answer.status_code, answer.content.decode()


def test_staff_see_an_order_with_its_address_and_what_happened(customer: Person, support: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    status, text = page(support, f"/admin/orders/order/{order.pk}/change/")
    assert status == 200
    for words in (
        order.reference,
        "Amina Odhiambo",
        "12 Moi Avenue",
        "Ordered",
        "Cleo Customer",
        "KES 40.00",
        "Cancel order",
    ):
        assert words in text, words
    assert order.reference in page(support, "/admin/orders/order/")[1]


def test_a_vendor_sees_its_share_and_the_address_once_it_is_paid(customer: Person, owner: Person, goods: Goods) -> None:
    waiting, order = place(customer.user, {goods.mug: 1}), paid(customer.user, {goods.mug: 2, goods.lamp: 1})
    mine, theirs = shares_of(order)
    status, text = page(owner, f"/admin/orders/vendororder/{mine.pk}/change/")
    assert (status, "Amina Odhiambo" in text, "The buyer" in text, "Accept" in text) == (200, True, True, True)
    assert not {"Lamp", "KES 40.00", "Cleo", "Rita"} & {
        word for word in ("Lamp", "KES 40.00", "Cleo", "Rita") if word in text
    }
    before = page(owner, f"/admin/orders/vendororder/{shares_of(waiting)[0].pk}/change/")[1]
    assert ("Amina" in before, "You see it once it is paid." in before) == (False, True)
    assert page(owner, f"/admin/orders/vendororder/{theirs.pk}/change/")[0] in (302, 404)
    assert page(owner, f"/admin/orders/order/{order.pk}/change/")[0] in (302, 403, 404)


def test_a_vendor_presses_accept_in_the_admin(customer: Person, owner: Person, goods: Goods) -> None:
    share = shares_of(paid(customer.user, {goods.mug: 2}))[0]
    path = f"/admin/orders/vendororder/{share.pk}/verb/accept/"
    assert owner.admin.get(path).status_code == 200
    assert VendorOrder.objects.get().state == "to_accept"
    owner.admin.post(path, {"_asked": "on"})
    assert VendorOrder.objects.get().state == "to_ship"
    assert Audit.objects.filter(verb="accept", actor_name="Omar Owner").count() == 1


def test_a_rival_and_a_member_without_the_grant_find_nothing(
    customer: Person, rival: Person, member: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 2})
    share = shares_of(order)[0]
    for person in (rival, member):
        assert order.reference not in page(person, "/admin/orders/vendororder/")[1]
        for path in ("change/", "history/", "verb/accept/", "verb/cancel/"):
            assert page(person, f"/admin/orders/vendororder/{share.pk}/{path}")[0] in (302, 403, 404)
        person.admin.post(f"/admin/orders/vendororder/{share.pk}/verb/accept/", {"_asked": "on"})
    assert (VendorOrder.objects.get().state, Order.objects.get().cached_state) == ("to_accept", "paid")


def test_finance_refunds_from_the_order_page(customer: Person, finance: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 2})
    finance.admin.post(f"/admin/orders/order/{order.pk}/verb/refund/", {"_asked": "on", "reason": "It takes too long."})
    assert Order.objects.get().cached_state == "cancelled"


def test_a_bulk_job_ends_with_each_order_before_it_locks_the_next(
    customer: Person, support: Person, goods: Goods
) -> None:
    """Each order is a checkpoint, and a job commits at its checkpoints: two orders' goods are never locked together."""
    orders = [paid(customer.user, {goods.mug: 1}) for _ in range(3)]
    by, reason = support.actor("operations"), "The vendor does not answer."
    started = start_bulk(
        Orders, by, "cancel", query="", pks=[row.pk for row in orders], inputs={"reason": reason}, count=3
    )
    run = JobRun(started, by, timezone.now())
    seen = []
    for done in run_bulk(run):
        seen.append((done, Order.objects.filter(cached_state="cancelled").count()))
    assert seen == [(row.pk, number) for number, row in enumerate(orders, start=1)]
    assert [row.code for row in run.results] == ["done"] * 3
