"""What two do at the same moment: exactly one of them wins (PostgreSQL, real transactions)."""

import pytest

from core.audiences import OPERATIONS, VENDOR
from core.rules import Actor, actor_of
from core.testing.races import at_once
from marketplace.accounts import actions as accounts
from marketplace.accounts import tokens
from marketplace.accounts.models import HeldRole, SignIn, User
from marketplace.accounts.tests.factories import PASSWORD, make_user
from marketplace.vendors import actions
from marketplace.vendors.models import Member, Vendor
from marketplace.vendors.tests.factories import make_member, make_vendor

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_of_eight_renewals_at_once_one_wins_and_the_sign_in_lives() -> None:
    pair = tokens.start(make_user())
    assert at_once([lambda: tokens.renew(pair.refresh_token)] * 8) == {"done": 1, "token_just_used": 7}
    assert SignIn.objects.get().ended_at is None


def test_of_eight_registrations_with_one_address_one_wins() -> None:
    def attempt() -> object:
        return accounts.register(by=Actor.anonymous, full_name="Ada", email="ada@soko.example", password=PASSWORD)

    assert at_once([attempt] * 8) == {"done": 1, "identity_taken": 7}
    assert User.objects.count() == HeldRole.objects.count() == 1


def test_two_super_admins_do_not_unmake_each_other() -> None:
    first, second = make_user("super_admin"), make_user("super_admin")
    attempts = [
        lambda: accounts.take_role(second.pk, by=actor_of(first, OPERATIONS), role="super_admin"),
        lambda: accounts.take_role(first.pk, by=actor_of(second, OPERATIONS), role="super_admin"),
    ]
    assert at_once(attempts)["done"] <= 1
    assert HeldRole.objects.filter(role__name="super_admin").count() == 1


def test_two_owners_do_not_leave_together() -> None:
    vendor = make_vendor()
    make_member(vendor, is_owner=True)
    owners = [(each.pk, actor_of(each.user, VENDOR)) for each in Member.objects.select_related("user")]
    assert at_once([lambda pk=pk, by=by: actions.remove(pk, by=by) for pk, by in owners]) == {
        "done": 1,
        "last_owner": 1,
    }
    assert Member.objects.filter(vendor=vendor, is_owner=True).count() == 1


def test_somebody_is_added_once() -> None:
    vendor = make_vendor()
    owner, friend = vendor.members.get().user, make_user()
    attempt = lambda: actions.add_member(vendor.pk, by=actor_of(owner, VENDOR), login=friend.email, grants=[])  # noqa: E731
    assert at_once([attempt] * 4) == {"done": 1, "member_already": 3}


def test_of_eight_who_open_a_shop_of_one_name_each_has_an_address_of_its_own() -> None:
    people = [make_user() for _ in range(8)]
    opening = [
        lambda each=each: actions.open_vendor(each.pk, by=actor_of(each, VENDOR), name="Same shop") for each in people
    ]
    assert at_once(opening) == {"done": 8}
    slugs = set(Vendor.objects.values_list("slug", flat=True))
    assert len(slugs) == 8
    assert "same-shop" in slugs
