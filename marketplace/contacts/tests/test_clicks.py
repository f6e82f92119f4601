"""A click is answered, classed and counted; what it tells of a visitor is a hash that soon means nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import limits
from core.audiences import STOREFRONT
from core.errors import Missing
from core.rules import Actor, actor_of
from marketplace.contacts import visitors
from marketplace.contacts.actions import recount
from marketplace.contacts.channels import Channel
from marketplace.contacts.errors import NoSuchChannel
from marketplace.contacts.invariants import counts_that_are_not_the_recount
from marketplace.contacts.models import ContactClick, ContactCount, VisitorSalt
from marketplace.contacts.tasks import forget_old_clicks
from marketplace.contacts.tests.factories import BROWSER, click, member, person, pressed, shop, shown

pytestmark = pytest.mark.django_db
NOBODY = Actor.anonymous
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_counters() -> Iterator[None]:
    """No salt and no spent limit of another test."""
    visitors._salts.clear()
    limits.counter.cache_clear()
    yield
    visitors._salts.clear()
    limits.counter.cache_clear()


def last() -> ContactClick:
    return ContactClick.objects.order_by("-pk")[0]


def test_pressing_call_answers_the_number_and_notes_a_valid_click() -> None:
    listing = shown(city="")
    reached = pressed(listing, by=NOBODY, at=NOON)
    assert (reached.number, reached.link) == ("+254712345678", "tel:+254712345678")
    click = last()
    assert (click.listing_id, click.vendor_id, click.channel, click.at) == (listing.pk, listing.vendor_id, "call", NOON)
    assert (click.klass, click.rule, click.agent_family, click.city) == ("valid", "person", "Chrome", "Nairobi")
    assert click.is_signed_in is False


def test_pressing_whatsapp_answers_a_link_that_names_the_listing() -> None:
    reached = pressed(shown(title="Pixel 9"), by=NOBODY, channel=Channel.WHATSAPP)
    assert reached.number == "+254722000111"
    assert reached.link.startswith("https://wa.me/254722000111?text=Hello%2C%20is%20%22Pixel%209%22")


def test_a_key_a_slug_and_a_former_slug_resolve_the_same_listing() -> None:
    listing = shown(title="Pixel 9")
    for place in (str(listing.pk), listing.slug, f"an-older-title-{listing.handle}"):
        pressed(place, by=NOBODY)
    assert set(ContactClick.objects.values_list("listing_id", flat=True)) == {listing.pk}
    assert ContactClick.objects.count() == 3


@pytest.mark.parametrize("place", ["999999", "no-such-thing-abcdefghjk"])
def test_a_listing_that_is_not_there_is_missing(place: str) -> None:
    with pytest.raises(Missing):
        pressed(place, by=NOBODY)
    assert ContactClick.objects.count() == 0


def test_a_hidden_listing_is_missing() -> None:
    for hidden in (shown(shop(status="suspended")), _draft()):
        with pytest.raises(Missing):
            pressed(hidden, by=NOBODY)
    assert ContactClick.objects.count() == 0


def _draft() -> object:
    from marketplace.catalog.tests.factories import category, listing

    return listing(vendor=shop(), category=category(), status="draft")


def test_a_vendor_without_that_number_is_refused_and_nothing_is_written() -> None:
    listing = shown(shop(whatsapp=None))
    with pytest.raises(NoSuchChannel) as refusal:
        pressed(listing, by=NOBODY, channel=Channel.WHATSAPP)
    assert (refusal.value.status, refusal.value.code, refusal.value.facts) == (
        409,
        "no_such_channel",
        {"channel": "WhatsApp"},
    )
    assert (ContactClick.objects.count(), ContactCount.objects.count()) == (0, 0)


def test_a_listing_that_does_not_sell_by_contact_is_refused() -> None:
    with pytest.raises(NoSuchChannel):
        pressed(shown(modes=["buy"]), by=NOBODY)


def test_the_same_button_within_half_an_hour_is_a_repeat_and_later_counts_again() -> None:
    listing = shown()
    pressed(listing, by=NOBODY, at=NOON)
    pressed(listing, by=NOBODY, at=NOON + timedelta(minutes=29))
    pressed(listing, by=NOBODY, at=NOON + timedelta(minutes=30), channel=Channel.WHATSAPP)
    pressed(listing, by=NOBODY, at=NOON + timedelta(minutes=61))
    assert list(ContactClick.objects.order_by("pk").values_list("klass", flat=True)) == [
        "valid",
        "repeat",
        "valid",
        "valid",
    ]


def test_another_visitor_or_another_listing_is_no_repeat() -> None:
    listing = shown()
    pressed(listing, by=NOBODY, at=NOON)
    pressed(listing, by=NOBODY, at=NOON, address="196.201.1.2")
    pressed(shown(listing.vendor), by=NOBODY, at=NOON)
    assert set(ContactClick.objects.values_list("klass", flat=True)) == {"valid"}


def test_just_after_midnight_a_repeat_is_still_a_repeat() -> None:
    listing, midnight = shown(), datetime(2026, 3, 11, tzinfo=UTC)
    pressed(listing, by=NOBODY, at=midnight - timedelta(minutes=5))
    pressed(listing, by=NOBODY, at=midnight + timedelta(minutes=5))
    assert list(ContactClick.objects.order_by("pk").values_list("klass", flat=True)) == ["valid", "repeat"]


def test_a_member_of_the_vendor_is_not_counted_and_one_of_another_is() -> None:
    listing = shown()
    own, rival = member(listing.vendor, "edit_listings"), member(shop(), "edit_listings")
    pressed(listing, by=actor_of(own, STOREFRONT))
    assert (last().klass, last().rule) == ("own", "member")
    pressed(listing, by=actor_of(rival, STOREFRONT))
    assert (last().klass, last().is_signed_in) == ("valid", True)


def test_a_program_is_a_bot_and_is_answered_all_the_same() -> None:
    reached = pressed(shown(), by=NOBODY, agent="python-requests/2.32")
    assert reached.number == "+254712345678"
    assert (last().klass, last().rule, last().agent_family) == ("bot", "program", "Script")
    pressed(shown(), by=NOBODY, agent="")
    assert (last().klass, last().rule) == ("bot", "nameless")


def test_over_the_limit_the_visitor_is_answered_and_the_click_says_so() -> None:
    vendor = shop()
    for _each in range(10):
        pressed(shown(vendor), by=NOBODY)
    assert set(ContactClick.objects.values_list("klass", flat=True)) == {"valid"}
    # Another browser at the same address does not start anew.
    reached = pressed(shown(vendor), by=NOBODY, agent=BROWSER.replace("Chrome/126.0.0.0 ", "Firefox/126.0 "))
    assert reached.number == "+254712345678"
    assert (last().klass, last().rule) == ("rate_limited", "too_many")


def test_a_click_costs_one_read_one_insert_and_one_count() -> None:
    listing = shown()
    pressed(listing, by=NOBODY)  # the day's salt is made, and the day's count begun
    with CaptureQueriesContext(
        connection,
    ) as spent:
        pressed(listing, by=NOBODY, address="196.201.9.9")
    statements = [each["sql"].split()[0] for each in spent.captured_queries]
    assert [each for each in statements if each not in ("SAVEPOINT", "RELEASE")] == ["SELECT", "INSERT", "UPDATE"]


def test_neither_address_nor_agent_is_kept_anywhere() -> None:
    user = person()
    pressed(shown(), by=NOBODY, address="203.0.113.77", agent=BROWSER)
    pressed(shown(), by=actor_of(user, STOREFRONT), address="203.0.113.77", agent=BROWSER)
    kept = repr([list(model.objects.values()) for model in (ContactClick, ContactCount, VisitorSalt)])
    assert "203.0.113" not in kept
    assert "Mozilla" not in kept
    assert user.email is not None
    assert user.email not in kept
    assert len({click.visitor for click in ContactClick.objects.all()}) == 2


def test_the_same_visitor_is_another_hash_the_next_day_and_former_salts_are_forgotten() -> None:
    listing = shown()
    for day in range(4):
        pressed(listing, by=NOBODY, at=NOON + timedelta(days=day))
    assert len(set(ContactClick.objects.values_list("visitor", flat=True))) == 4
    assert sorted(VisitorSalt.objects.values_list("day", flat=True)) == [
        NOON.date() + timedelta(days=each) for each in (2, 3)
    ]
    assert sorted(visitors._salts) == sorted(VisitorSalt.objects.values_list("day", flat=True))


def test_a_second_process_uses_the_same_salt() -> None:
    first = visitors.salt_of(NOON.date())
    visitors._salts.clear()
    assert visitors.salt_of(NOON.date()) == first


def test_counts_tell_valid_clicks_and_all_and_a_recount_tells_the_same() -> None:
    one, other = shown(), shown()
    pressed(one, by=NOBODY, at=NOON)
    pressed(one, by=NOBODY, at=NOON)
    pressed(one, by=NOBODY, at=NOON, channel=Channel.WHATSAPP)
    pressed(other, by=NOBODY, at=NOON + timedelta(days=1), agent="curl/8")
    expected = {
        (one.pk, NOON.date(), "call", 1, 2),
        (one.pk, NOON.date(), "whatsapp", 1, 1),
        (other.pk, NOON.date() + timedelta(days=1), "call", 0, 1),
    }
    assert counts() == expected
    ContactCount.objects.filter(listing=one).update(cached_valid=0)
    assert recount(by=Actor.system("test")) == 3
    assert counts() == expected
    ContactCount.objects.all().delete()
    assert recount(NOON.date() + timedelta(days=1), by=Actor.system("test")) == 1
    assert counts() == {(other.pk, NOON.date() + timedelta(days=1), "call", 0, 1)}


def counts() -> set[tuple]:
    return set(ContactCount.objects.values_list("listing_id", "day", "channel", "cached_valid", "cached_all"))


def test_clicks_are_forgotten_after_as_many_days_as_the_setting_says_and_their_counts_with_them(settings: Any) -> None:
    settings.CONTACT_RETENTION_DAYS = 30
    listing, midnight = shown(), timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    for age in (timedelta(days=30), timedelta(days=30, seconds=1), timedelta(days=400)):
        click(listing, at=midnight - age)
    recount(by=Actor.system("test"))
    assert forget_old_clicks() == 2
    assert list(ContactClick.objects.values_list("at", flat=True)) == [midnight - timedelta(days=30)]
    assert list(ContactCount.objects.values_list("cached_all", flat=True)) == [1]
    assert list(counts_that_are_not_the_recount()) == []
