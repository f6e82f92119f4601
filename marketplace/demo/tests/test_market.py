"""The demo market as it stands after seeding: a small one, with every state that a screen shows."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F
from django.test import override_settings
from django.utils import timezone

from core import invariants
from core.audiences import OPERATIONS, VENDOR
from core.jobs.models import Job
from core.models import Audit, OutboxDelivery, OutboxEvent
from core.rules import Actor, actor_of, scope
from marketplace.accounts.models import User
from marketplace.carts import queries as carts
from marketplace.catalog.models import Allowance, Category, Image, Listing, Option, Revision, Stock
from marketplace.catalog.states import LISTING
from marketplace.contacts.models import ContactClick
from marketplace.demo import market, people
from marketplace.demo.tests.factories import dot
from marketplace.engagement.models import Favourite, SavedSearch, ViewCount
from marketplace.moderation.models import Decision
from marketplace.orders.models import Order, OrderLine, VendorOrder
from marketplace.orders.states import ORDER, OVERALL, SHARE
from marketplace.payments.mockgateway.books import Books
from marketplace.payments.models import Payment, Refund, WebhookDelivery
from marketplace.payments.states import DELIVERY
from marketplace.vendors.models import Member, Vendor

EVERY = 6
PASSWORD = "karibu-to-the-market"
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def seeded(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[market.Seeded]:
    """One small market for all tests of this module, taken back after them."""
    patch = pytest.MonkeyPatch()
    patch.setattr("marketplace.demo.pictures.draw", dot)
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")),
        transaction.atomic(),
    ):
        books = tmp_path_factory.mktemp("gateway") / "books.jsonl"
        yield market.seed(now=timezone.now(), password=PASSWORD, every=EVERY, workers=0, books=books)
        transaction.set_rollback(True)
    patch.undo()


def who(role: str) -> User:
    return User.objects.get(email=f"{role}@soko.example")


def test_it_counts_what_it_made(seeded: market.Seeded) -> None:
    assert (seeded.people, seeded.vendors) == (User.objects.count(), Vendor.objects.count()) == (300, 40)
    assert (
        seeded.listings
        == Listing.objects.count()
        == sum(len(each.all) for each in market.shipped_goods(EVERY).values())
    )
    assert seeded.contacts == ContactClick.objects.count() > 1_000
    assert seeded.pictures == Image.objects.filter(state="live", progress="ready").count()
    assert Category.objects.filter(parent=None).count() == 8


def test_listings_vendors_and_revisions_are_in_every_state(seeded: market.Seeded) -> None:
    assert {*Listing.objects.values_list("status", flat=True)} == set(LISTING.states)
    assert Counter(Vendor.objects.values_list("status", flat=True)) == {
        "verified": 35,
        "pending": 2,
        "suspended": 2,
        "rejected": 1,
    }
    assert Counter(Revision.objects.values_list("status", flat=True)) == {"pending": 12, "applied": 9, "rejected": 4}


def test_everything_always_true_of_a_market_is_true_of_it(seeded: market.Seeded) -> None:
    broken = {each.invariant.name: each.violations for each in invariants.run() if not each.holds}
    stuck = Payment.objects.filter(is_stuck=True).count() + Refund.objects.filter(is_stuck=True).count()
    assert broken == {"I-P7": stuck}, "what is stuck is there to be looked at, and nothing else is wrong"


def test_orders_money_and_webhooks_are_in_every_state(seeded: market.Seeded) -> None:
    assert seeded.orders == Order.objects.count() > 40
    assert {*Order.objects.values_list("cached_state", flat=True)} == set(OVERALL)
    assert {*Order.objects.values_list("payment_state", flat=True)} == set(ORDER.states)
    assert {*VendorOrder.objects.values_list("state", flat=True)} == set(SHARE.states)
    assert {"requires_action", "unknown", "succeeded", "failed"} == {*Payment.objects.values_list("status", flat=True)}
    assert {*Refund.objects.values_list("status", flat=True)} == {"unknown", "succeeded"}
    assert {*WebhookDelivery.objects.values_list("status", flat=True)} == set(DELIVERY.states)


def test_the_vendor_and_the_buyer_who_are_looked_at_have_something_of_everything(seeded: market.Seeded) -> None:
    queue = Counter(VendorOrder.objects.filter(vendor__name="Savanna Motors").values_list("state", flat=True))
    assert {"waiting", "to_accept", "to_ship", "shipped", "delivered", "cancelled"} <= set(queue)
    theirs = {*Order.objects.filter(customer=who("customer")).values_list("cached_state", flat=True)}
    assert {"pending", "paid", "processing", "part_shipped", "shipped", "refunded"} <= theirs
    cart = carts.contents(who("customer").pk)
    assert "price_changed" in {notice.code for notice in cart.notices}


def test_orders_read_as_if_they_had_been_lived(seeded: market.Seeded) -> None:
    """Nobody accepts before it is paid or ships before it is accepted, and nobody buys what was not yet on show."""
    for order in Order.objects.exclude(paid_at=None):
        deeds = Audit.objects.filter(model="orders.vendororder", object_id__in=order.shares.values("pk"))
        for share in order.shares.all():
            told = [*deeds.filter(object_id=share.pk).order_by("at", "pk").values_list("verb", "at")]
            assert told == sorted(told, key=lambda each: each[1])
        assert all(at >= order.placed_at for at in deeds.values_list("at", flat=True))
    early = OrderLine.objects.filter(listing__published_at__gt=F("order__placed_at"))
    assert not early.exists()
    assert not OrderLine.objects.filter(image="").exists()


def test_the_gateway_of_the_demo_knows_of_all_that_was_paid(seeded: market.Seeded) -> None:
    assert seeded.books
    lines = Books(seeded.books).statement(most=10_000)
    captured = {line.gateway_id: line.amount for line in lines if line.kind == "captured"}
    for payment in Payment.objects.filter(status="unknown"):
        mistaken = next(line for line in lines if line.key == payment.key)
        assert captured.pop(mistaken.gateway_id) < payment.amount.amount, "it took too little, and nobody knows why"
    assert captured == dict(Payment.objects.filter(status="succeeded").values_list("gateway_id", "captured_minor"))
    returned = {line.gateway_id for line in lines if line.kind == "refunded"}
    assert returned == {*Refund.objects.filter(status="succeeded").values_list("gateway_id", flat=True)}
    assert min(line.at for line in lines) < (timezone.now() - timedelta(days=30)).timestamp()


def test_every_listing_on_show_has_a_picture_and_what_is_bought_has_stock(seeded: market.Seeded) -> None:
    assert not Listing.objects.filter(status="approved", cached_gallery=[]).exists()
    buyable = [row for row in Listing.objects.filter(status="approved") if "buy" in row.modes]
    assert buyable
    assert all(row.variants.exists() for row in buyable)
    assert Stock.objects.filter(on_hand__gt=0).exists()
    assert Stock.objects.filter(on_hand=0).exists()


def test_everybody_of_the_cast_signs_in_with_the_one_password(seeded: market.Seeded) -> None:
    assert [authenticate(username=f"{role}@soko.example", password=PASSWORD) for role in people.CAST] == [
        who(role) for role in people.CAST
    ]
    assert {role for role in people.CAST if who(role).is_staff} == {
        "owner", "member", "rival", "moderator", "finance", "support", "courier", "admin",
    }  # fmt: skip
    assert who("admin").is_superuser


def test_the_cast_may_do_what_their_words_say(seeded: market.Seeded) -> None:
    savanna = Vendor.objects.get(name="Savanna Motors")
    owner, member, rival = (actor_of(who(role), VENDOR) for role in ("owner", "member", "rival"))

    assert (owner.tenants_where("manage_members"), owner.tenants_where("edit_listings")) == ({savanna.pk}, {savanna.pk})
    assert Member.objects.get(user=who("member")).grants == ["edit_listings"]
    assert member.memberships == {savanna.pk: {"edit_listings"}}
    assert rival.tenants_where() == {Vendor.objects.get(name="Lakeside Auto Bazaar").pk}
    assert not scope(rival, Listing).filter(vendor=savanna).exists()
    assert actor_of(who("moderator"), OPERATIONS).has("moderate_listings")
    assert actor_of(who("finance"), OPERATIONS).has("refund")
    assert actor_of(who("support"), OPERATIONS).has("view_people")
    assert actor_of(who("courier"), OPERATIONS).grants == {"deliver"}
    assert not actor_of(who("customer"), OPERATIONS).grants


def test_history_reads_as_if_the_market_had_lived(seeded: market.Seeded) -> None:
    now = timezone.now()
    created = [*Listing.objects.order_by("pk").values_list("created_at", flat=True)]
    decided = [*Decision.objects.filter(subject="listing").order_by("pk").values_list("at", flat=True)]
    approved = Listing.objects.filter(status="approved").order_by("pk").first()
    assert approved is not None

    assert now - created[0] > timedelta(days=60)
    assert created == sorted(created)
    assert decided == sorted(decided)
    assert now - decided[-1] < timedelta(days=2)
    verbs = [
        *Audit.objects.filter(model="catalog.listing", object_id=approved.pk)
        .order_by("at")
        .values_list("verb", flat=True)
    ]
    assert verbs[:3] == ["create", "submit", "approve"]
    assert Decision.objects.filter(listing=approved, verdict="approved").get().by_name


def test_the_queue_waits_and_the_last_decision_was_lately(seeded: market.Seeded) -> None:
    waiting = [*Listing.objects.filter(status="pending").values_list("status_since", flat=True)]

    assert len(waiting) >= 3
    assert all(timedelta(0) < timezone.now() - each < timedelta(days=3) for each in waiting)


def test_whole_files_came_in_as_jobs_of_their_vendors(seeded: market.Seeded) -> None:
    jobs = {job.title: job for job in Job.objects.filter(kind="import")}
    savanna = jobs["Import savanna-motors.csv"]

    names = ("savanna-motors", "lakeside-auto-bazaar", "pwani-wheels", "november-prices")
    assert set(jobs) == {f"Import {name}.csv" for name in names}
    assert (savanna.status, savanna.done_count, savanna.failed_count) == ("done", 25, 0)
    assert (savanna.actor_id, savanna.audience) == (who("owner").pk, "vendor")
    assert savanna.rows.count() == 25
    assert jobs["Import november-prices.csv"].failed_count > 0


def test_an_account_is_closed_another_was_opened_again_and_an_option_is_put_away(seeded: market.Seeded) -> None:
    assert User.objects.filter(is_active=False).count() == 1
    assert [*Audit.objects.filter(verb__in=("deactivate", "reactivate")).order_by("at").values_list("verb", flat=True)] == [
        "deactivate", "reactivate", "deactivate",
    ]  # fmt: skip
    assert [*Option.objects.filter(is_archived=True).values_list("code", flat=True)] == ["eight_k"]


def test_a_vendor_paused_for_the_holidays_by_a_job_and_resumed_by_another(seeded: market.Seeded) -> None:
    paused, resumed = Job.objects.filter(kind="bulk").order_by("created_at")
    assert (paused.title.split(":")[0], resumed.title.split(":")[0]) == ("Pause", "Resume")
    assert (paused.status, resumed.status) == ("done", "done")
    assert paused.done_count == resumed.done_count > 3
    assert paused.started_at is not None
    assert paused.started_at < resumed.created_at < timezone.now() - timedelta(days=5)
    assert resumed.failed_count == 0
    assert paused.rows.exclude(code="done").count() == paused.failed_count


def test_nothing_is_left_to_be_heard(seeded: market.Seeded) -> None:
    assert OutboxEvent.objects.filter(relayed_at=None).count() == 0
    assert OutboxDelivery.objects.filter(done_at=None).count() == 0


@override_settings(DEMO=True, EMBEDDED=True)
def test_it_is_never_put_on_top_of_a_market(seeded: market.Seeded) -> None:
    before = Audit.objects.count()
    with pytest.raises(CommandError, match="a market here already"):
        call_command("seed_demo")

    assert Audit.objects.count() == before


def test_the_system_itself_is_nobody_of_the_cast(seeded: market.Seeded) -> None:
    assert Audit.objects.filter(actor_name=Actor.system("demo market").name).exists()
    assert not User.objects.filter(full_name__startswith="system").exists()


def test_people_look_at_listings_keep_some_and_prices_fall(seeded: market.Seeded) -> None:
    assert ViewCount.objects.filter(valid_count__gt=0).count() > 500
    assert Favourite.objects.filter(user=who("customer")).exclude(listing__status="approved").count() == 1
    assert {*SavedSearch.objects.values_list("frequency", flat=True)} == {"daily", "instant", "off"}
    assert [each for each in Listing.objects.filter(status="approved") if each.was_price(timezone.now())]
    assert Allowance.objects.count() == 1
