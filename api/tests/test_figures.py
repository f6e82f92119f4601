"""The queue and the figures over the API: exact, compared, and only for those who may see them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.rules import Actor
from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from marketplace.accounts.tokens import start
from marketplace.carts.tests.factories import on_sale
from marketplace.catalog.models import Listing
from marketplace.catalog.tests.factories import category, listing
from marketplace.contacts.tests.factories import click, member, shop, shown
from marketplace.ledger import tasks
from marketplace.ledger.tests.factories import booked
from marketplace.moderation.tests.factories import pending, proposal, staff
from marketplace.orders import actions as orders
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import money_goes_back, paid, place, shares_of
from marketplace.vendors.models import Vendor

pytestmark = pytest.mark.django_db


def get(client: Client, path: str, user: User) -> Any:
    return client.get(f"/api/{path}", headers={"Authorization": f"Bearer {start(user).access_token}"})


def test_the_queue_tells_each_line_whole(client: Client) -> None:
    vendor, shelf = shop(), category(name="Phones")
    waiting = pending(vendor, shelf, hours=2, title="Pixel 9", price=900_00)
    changes = proposal(shown(vendor, category=shelf, title="Old"), hours=1, title="New")
    items = get(client, "operations/v1/moderation/queue", staff("moderate_listings")).json()["items"]
    assert [(each["kind"], each["id"], each["changed"]) for each in items] == [
        ("listing", waiting.pk, []),
        ("revision", changes.pk, ["title"]),
    ]
    first = items[0]
    assert first["vendor"] == {"id": vendor.pk, "name": vendor.name}
    assert first["category"] == {"id": shelf.pk, "name": "Phones"}
    assert first["price"] == {"amount": 90_000, "currency": "KES"}
    assert first["standing"] == {"approved": 1, "rejected": 0, "words": "1 approved, 0 rejected"}
    assert first["usual_price"] == {
        "low": {"amount": 100_000, "currency": "KES"},
        "high": {"amount": 100_000, "currency": "KES"},
        "among": 1,
    }
    assert [each["code"] for each in first["hints"]] == ["vendor_new", "no_picture"]


def test_the_queue_is_read_page_by_page(client: Client) -> None:
    vendor, shelf, user = shop(), category(), staff("moderate_listings")
    keys = [pending(vendor, shelf, hours=9 - each).pk for each in range(5)]
    found, cursor = [], ""
    while True:
        page = get(client, f"operations/v1/moderation/queue?limit=2{cursor}", user).json()
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == keys
    assert get(client, "operations/v1/moderation/queue?cursor=forged", user).status_code == 422
    assert get(client, "operations/v1/moderation/queue?colour=red", user).status_code == 422


def test_the_queue_takes_as_many_queries_for_one_as_for_ten(client: Client) -> None:
    user, shelf = staff("moderate_listings"), category()

    def spent() -> int:
        with CaptureQueriesContext(connection) as queries:
            get(client, "operations/v1/moderation/queue", user)
        return len(queries)

    pending(shop(), shelf)
    proposal(shown(category=shelf))
    get(client, "operations/v1/moderation/queue", user)
    one = spent()
    for _each in range(10):
        pending(shop(), shelf)
        proposal(shown(category=shelf))
    assert spent() == one


def test_who_does_not_judge_has_no_queue(client: Client) -> None:
    for path in ("queue", "statistics"):
        assert get(client, f"operations/v1/moderation/{path}", staff("view_people")).status_code == 403
        assert get(client, f"operations/v1/moderation/{path}", member(shop())).status_code == 403
        assert client.get(f"/api/operations/v1/moderation/{path}").status_code == 401


def test_statistics_of_the_queue(client: Client) -> None:
    pending(shop(), category(), hours=1)
    found = get(client, "operations/v1/moderation/statistics", staff("moderate_listings")).json()
    assert (found["waiting"], found["decided_last_hour"], found["decided_by_me_today"]) == (1, 0, 0)
    assert found["oldest"] is not None


def test_a_vendor_reads_its_own_figures_only(client: Client) -> None:
    vendor, shelf, now = shop(), category(), timezone.now()
    often, seldom = shown(vendor, category=shelf), shown(vendor, category=shelf)
    listing(vendor=vendor, category=shelf)
    for _each in range(3):
        click(often)
    click(seldom, channel="whatsapp", at=now - timedelta(days=1))
    click(seldom, klass="bot")
    click(seldom, at=now - timedelta(days=8))
    click(shown())
    found = get(client, "vendor/v1/analytics?days=7", member(vendor, "view_contacts")).json()
    assert {each["state"]: each["count"] for each in found["listings"] if each["count"]} == {"draft": 1, "approved": 2}
    assert found["contacts"] == {"calls": 3, "whatsapps": 1, "total": 4, "before": 1}
    assert len(found["by_day"]) == 7
    assert [(each["calls"], each["whatsapps"]) for each in found["by_day"][-2:]] == [(0, 1), (3, 0)]
    assert found["since"] == found["by_day"][0]["day"] == str(timezone.localdate() - timedelta(days=6))
    assert [(each["listing_id"], each["total"]) for each in found["by_listing"]] == [(often.pk, 3), (seldom.pk, 1)]
    blind = get(client, "vendor/v1/analytics", member(vendor, "edit_listings")).json()
    assert blind["contacts"] == {"calls": 0, "whatsapps": 0, "total": 0, "before": 0}


def test_staff_read_the_market_s_figures(client: Client) -> None:
    vendor, shelf, now = shop(), category(), timezone.now()
    fresh, older = shown(vendor, category=shelf), shown(vendor, category=shelf)
    Listing.objects.filter(pk=older.pk).update(approved_at=now - timedelta(days=40))
    Vendor.objects.filter(pk=shop(status="pending").pk).update(created_at=now - timedelta(days=31))
    click(fresh)
    click(fresh, at=now - timedelta(days=35))
    found = get(client, "operations/v1/analytics/summary", staff("view_contacts")).json()
    assert {each["state"]: each["count"] for each in found["listings"] if each["count"]} == {"approved": 2}
    assert {each["state"]: each["count"] for each in found["vendors"] if each["count"]} == {"pending": 1, "verified": 1}
    assert (found["approved"], found["new_vendors"]) == ({"count": 1, "before": 1}, {"count": 1, "before": 1})
    assert found["contacts"] == {"calls": 1, "whatsapps": 0, "total": 1, "before": 1}
    assert {key: found["by_day"][-1][key] for key in ("calls", "approved", "new_vendors")} == {
        "calls": 1,
        "approved": 1,
        "new_vendors": 1,
    }
    assert len(found["by_day"]) == 30
    assert get(client, "operations/v1/analytics/summary", staff("view_money")).json()["contacts"] is None
    assert get(client, "operations/v1/analytics/summary?days=8", staff("view_money")).status_code == 422
    assert get(client, "operations/v1/analytics/summary", member(vendor)).status_code == 403


def test_sales_are_told_by_the_books_to_those_who_may_see_money(client: Client) -> None:
    """An unpaid order brings nothing; what was called off was sold, and goes back."""
    buyer, one, other = make_user(), shop(), shop()
    pen, book = on_sale(one, price=2_000_00), on_sale(other, price=500_00)
    booked(buyer, {pen: 2, book: 1})
    place(buyer, {book: 1})
    called_off = booked(buyer, {book: 3})
    orders.cancel_share(shares_of(called_off)[0], by=Actor.system("test"), reason="No longer in stock.")
    money_goes_back(called_off)
    old = paid(buyer, {pen: 1})
    Order.objects.filter(pk=old.pk).update(paid_at=timezone.now() - timedelta(days=10))
    tasks.catch_up()

    def kes(**amounts: int) -> dict[str, dict[str, Any]]:
        names = ("revenue", "refunds", "borne", "commission", "fees", "tax", "to_vendors")
        return {name: {"amount": amounts.get(name, 0), "currency": "KES"} for name in names}

    finance = staff("view_money")
    assert get(client, "operations/v1/analytics/summary?days=7", finance).json()["trade"] == {
        "orders": 3,
        "before": 1,
        "figures": [{"orders": 3, **kes(revenue=600_000, refunds=150_000, to_vendors=450_000)}],
    }
    of_one, of_other = (
        kes(revenue=400_000, to_vendors=400_000),
        kes(revenue=200_000, refunds=150_000, to_vendors=50_000),
    )
    items = get(client, "operations/v1/analytics/vendors?days=7", finance).json()["items"]
    assert items == [
        {"vendor_id": other.pk, "name": other.name, "orders": 2, **of_other},
        {"vendor_id": one.pk, "name": one.name, "orders": 1, **of_one},
    ]
    own = get(client, "vendor/v1/analytics?days=7", member(one, "view_money")).json()["trade"]
    assert own == {"orders": 1, "before": 1, "figures": [{"orders": 1, **of_one}]}
    for grant in ("edit_listings", "work_orders"):
        assert get(client, "vendor/v1/analytics", member(one, grant)).json()["trade"] is None
    for grant in ("view_contacts", "view_orders"):
        assert get(client, "operations/v1/analytics/summary", staff(grant)).json()["trade"] is None
        assert get(client, "operations/v1/analytics/vendors", staff(grant)).status_code == 403
    assert get(client, "operations/v1/analytics/earnings", finance).status_code == 404


def test_decisions_are_listed_for_those_who_judge(client: Client) -> None:
    vendor, user = shop(), staff("moderate_listings")
    waiting = pending(vendor, category(), title="Pixel 9")
    headers = {"Authorization": f"Bearer {start(user).access_token}"}
    answer = client.post(f"/api/operations/v1/listings/{waiting.pk}/approve", headers=headers)
    assert answer.status_code == 200
    items = get(client, "operations/v1/decisions?verdict=approved", user).json()["items"]
    assert [(each["about"], each["by_id"], each["listing_id"]) for each in items] == [("Pixel 9", user.pk, waiting.pk)]
    assert get(client, "operations/v1/decisions", staff("view_money")).json()["items"] == []
