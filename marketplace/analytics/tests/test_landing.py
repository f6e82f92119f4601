"""Every card of every landing page is the number of exactly the rows that its link shows; every page is drawn."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db.models import Model
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from core.admin.actors import actor_of_user
from core.admin.landing import Card, Landing, landing_of
from core.models import OutboxDelivery, OutboxEvent
from core.resources.admin import lists
from core.resources.registry import resource_of
from core.rules import Actor, scope
from marketplace.accounts.grants import EVERYTHING
from marketplace.accounts.models import User
from marketplace.accounts.roles import ROLES
from marketplace.accounts.tests.factories import make_user
from marketplace.analytics import charts, landing
from marketplace.carts.tests.factories import on_sale
from marketplace.catalog import actions
from marketplace.catalog.models import Listing
from marketplace.catalog.tests.factories import category, listing, variant
from marketplace.contacts.tests.factories import click, member, shop, shown
from marketplace.moderation.tests.factories import moderator, pending, proposal, staff
from marketplace.orders.tests.factories import paid, place
from marketplace.payments.models import Payment
from marketplace.payments.tests import factories as payments
from marketplace.vendors.models import Vendor

pytestmark = pytest.mark.django_db
PAGES = (landing.RUNNING, landing.JUDGING, landing.HELPING, landing.SELLING)
EACH = [pytest.param(page, card, id=f"{page.title}: {card.label}") for page in PAGES for card in page.cards]


@pytest.fixture
def shop_of_all() -> Vendor:
    """A vendor with something in every state, clicks of all classes and times, and others around it."""
    vendor, shelf, now = shop(), category(), timezone.now()
    for state in ("draft", "pending", "changes_requested", "rejected", "paused", "archived", "expired"):
        listing(vendor=vendor, category=shelf, status=state)
    fresh, old, ending = (shown(vendor, category=shelf) for _each in range(3))
    Listing.objects.filter(pk=old.pk).update(approved_at=now - timedelta(days=45), expires_at=now + timedelta(days=45))
    Listing.objects.filter(pk=ending.pk).update(expires_at=now + timedelta(days=3))
    for days, klass in ((0, "valid"), (0, "bot"), (3, "valid"), (3, "repeat"), (31, "valid")):
        click(fresh, at=now - timedelta(days=days), klass=klass)
    proposal(old, hours=30)
    actions.approve(pending(vendor, shelf), by=moderator())
    for state in ("pending", "suspended", "rejected"):
        other = shop(status=state)
        Vendor.objects.filter(pk=other.pk).update(created_at=now - timedelta(days=40))
    shown()
    User.objects.filter(pk=member(shop()).pk).update(is_active=False)
    variant(fresh)
    variant(fresh, is_active=False)
    goods, buyer = on_sale(vendor), make_user()
    actions.note_low_stock(by=Actor.system("clock"))
    paid(buyer, {goods: 1})
    place(buyer, {goods: 1})
    Payment.objects.filter(pk=payments.sending().pk).update(is_stuck=True)
    OutboxEvent.objects.update(relayed_at=now)
    event = OutboxEvent.objects.create(name="x", payload={}, request_id="")
    OutboxDelivery.objects.create(event=event, listener="a", next_try_at=now, failed_at=now)
    OutboxDelivery.objects.create(event=event, listener="b", next_try_at=now)
    return vendor


def actor_for(page: Landing, vendor: Vendor) -> Actor:
    """Somebody who lands on the page."""
    grants = {
        landing.RUNNING.title: tuple(EVERYTHING),
        landing.JUDGING.title: tuple(ROLES["moderator"].grants),
        landing.HELPING.title: tuple(ROLES["support"].grants),
    }
    user = (
        member(vendor, "view_contacts", "edit_listings", "work_orders", "view_money")
        if page is landing.SELLING
        else staff(*grants[page.title])
    )
    return actor_of_user(user)


def rows_behind(model: type[Model], actor: Actor, url: str) -> set[int]:
    """The keys of the rows that the admin's list at this address shows."""
    resource = resource_of(model)
    assert resource is not None
    condition = lists.asked(resource, actor, QueryDict(urlsplit(url).query))
    return set(scope(actor, model).filter(condition).values_list("pk", flat=True))


@pytest.mark.parametrize(("page", "card"), EACH)
def test_a_card_s_number_is_that_of_the_rows_it_links_to(page: Landing, card: Card, shop_of_all: Vendor) -> None:
    actor = actor_for(page, shop_of_all)
    assert landing_of(actor) is page
    rows, href = card.query(actor), card.href(actor)
    assert href.startswith("/admin/")
    assert set(rows.values_list("pk", flat=True)) == rows_behind(rows.model, actor, href)
    assert card.draw(actor)["count"] == rows.count()


def test_the_cards_of_the_market_count_as_counted_by_hand(shop_of_all: Vendor) -> None:
    actor = actor_for(landing.RUNNING, shop_of_all)
    assert {card.label: card.count(actor) for card in landing.RUNNING.cards} == {
        "Listings waiting": 1,
        "Changes waiting": 1,
        "Vendors to verify": 1,
        "Listings approved": 6,
        "Approved in 30 days": 7,
        "Expiring within a week": 1,
        "New vendors in 30 days": 3,
        "Contacts in 30 days": 2,
        "Orders in 30 days": 2,
        "Low stock": 1,
        "Stuck payments": 1,
        "Events to be told": 1,
        "Deliveries given up": 1,
    }


def test_the_cards_of_a_shop_count_its_own_only(shop_of_all: Vendor) -> None:
    actor = actor_for(landing.SELLING, shop_of_all)
    assert {card.label: card.count(actor) for card in landing.SELLING.cards} == {
        "Orders to accept": 1,
        "Orders to ship": 0,
        "Changes asked of you": 1,
        "Rejected": 1,
        "Expiring within a week": 1,
        "Drafts to finish": 1,
        "Waiting for review": 1,
        "Low stock": 1,
        "Listings approved": 5,
        "Contacts in 30 days": 2,
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_each_role_lands_on_its_page_drawn_whole(page: Landing, shop_of_all: Vendor, client: Client) -> None:
    actor = actor_for(page, shop_of_all)
    client.force_login(User.objects.get(pk=actor.user_id))
    answer = client.get("/admin/")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert page.title in text
    for card in page.cards:
        assert f'data-soko-card="{card.label}" data-soko-count="{card.count(actor)}"' in text
    for each in (*page.panels, *page.charts):
        assert each.title in text


def test_the_moderator_s_queue_tells_record_price_and_hints(shop_of_all: Vendor, client: Client) -> None:
    shelf = category()
    for number in range(10):
        shown(shop_of_all, category=shelf, price=1_000_00 * (number + 1))
    cheap = pending(shop_of_all, shelf, hours=26, title="Bargain", price=1_00)
    client.force_login(User.objects.get(pk=actor_for(landing.JUDGING, shop_of_all).user_id))
    text = client.get("/admin/").content.decode()
    assert f"/admin/catalog/listing/{cheap.pk}/change/" in text
    assert "KES 1.00, usually KES 1,000.00 to KES 10,000.00" not in text  # the middle four fifths only
    assert "KES 1.00, usually KES 2,000.00 to KES 9,000.00" in text
    assert f"{shop_of_all.name}: 17 approved, 1 rejected" in text
    assert "Low price" in text
    assert all(f'data-soko-key="{key}"' in text for key in "arc")
    assert "Oldest 1 d, promised within 24 h: late." in text


def test_my_decisions_stand_beside_the_queue(shop_of_all: Vendor, client: Client) -> None:
    actor = actor_for(landing.JUDGING, shop_of_all)
    judged = pending(shop_of_all, category(), title="Judged by me", hours=3)
    actions.reject(judged, by=actor, reason="This may not be sold here.")
    client.force_login(User.objects.get(pk=actor.user_id))
    text = client.get("/admin/").content.decode()
    assert text.count("Judged by me") == 1
    assert "This may not be sold here." in text
    assert "after 3 h" in text


def test_a_vendor_sees_its_own_contacts_and_hints(shop_of_all: Vendor, client: Client) -> None:
    foreign = shown(title="Somebody else's")
    click(foreign)
    client.force_login(User.objects.get(pk=actor_for(landing.SELLING, shop_of_all).user_id))
    text = client.get("/admin/").content.decode()
    assert "Somebody else" not in text
    assert shop_of_all.name in text
    assert "without a picture" in text


def test_charts_lay_the_days_before_over_the_last_ones(shop_of_all: Vendor) -> None:
    actor = actor_for(landing.RUNNING, shop_of_all)
    drawn: Any = charts.CONTACTS.series(actor)
    assert len(drawn["labels"]) == 30
    assert [(each["label"], len(each["data"]), sum(each["data"])) for each in drawn["datasets"]] == [
        ("Call", 30, 2),
        ("WhatsApp", 30, 0),
        ("The 30 before", 30, 1),
    ]
    assert drawn["datasets"][0]["data"][-1] == 1
    assert drawn["datasets"][0]["data"][-4] == 1
    approved: Any = charts.APPROVED.series(actor)
    assert [sum(each["data"]) for each in approved["datasets"]] == [7, 1]
