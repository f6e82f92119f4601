"""Members: who works for a vendor, what they may do, and that one owner always stays."""

import pytest

from core.audiences import OPERATIONS, VENDOR
from core.errors import Denied, Missing
from core.models import Audit
from core.rules import actor_of, scope
from marketplace.accounts.tests.factories import make_user
from marketplace.cast import Person
from marketplace.vendors import actions
from marketplace.vendors.errors import LastOwner, MemberAlready, NoAccount, OwnerHasAll
from marketplace.vendors.grants import EVERYTHING
from marketplace.vendors.models import Member
from marketplace.vendors.tests.factories import make_member, make_vendor

pytestmark = pytest.mark.django_db


def membership(person: Person) -> Member:
    return Member.objects.get(user=person.user, vendor=person.vendor)


def test_an_owner_has_every_grant_and_a_member_theirs(owner: Person, member: Person) -> None:
    assert owner.actor(VENDOR).memberships == {owner.vendor.pk: EVERYTHING}
    assert member.actor(VENDOR).memberships == {owner.vendor.pk: frozenset({"edit_listings"})}
    assert member.actor(OPERATIONS).memberships == {}


def test_one_person_may_work_for_several(owner: Person, rival: Person) -> None:
    make_member(rival.vendor, "view_contacts", user=owner.user)
    assert owner.actor(VENDOR).tenants_where() == {owner.vendor.pk, rival.vendor.pk}
    assert owner.actor(VENDOR).tenants_where("view_contacts") == {owner.vendor.pk, rival.vendor.pk}
    assert owner.actor(VENDOR).tenants_where("edit_listings") == {owner.vendor.pk}


def test_an_owner_adds_somebody_who_has_registered(owner: Person) -> None:
    user = make_user(phone="+254712000009")
    actions.add_member(owner.vendor.pk, by=owner.actor(VENDOR), login="0712 000 009", grants=["view_contacts"])
    assert actor_of(user, VENDOR).memberships == {owner.vendor.pk: frozenset({"view_contacts"})}
    entry = Audit.objects.get(model="vendors.member", verb="add_member")
    assert (entry.actor_id, entry.diff["user_id"]) == (owner.user.pk, [None, user.pk])


def test_who_cannot_be_added_is_said(owner: Person, member: Person) -> None:
    by = owner.actor(VENDOR)
    with pytest.raises(MemberAlready):
        actions.add_member(owner.vendor.pk, by=by, login="member@soko.example", grants=[])
    with pytest.raises(NoAccount):
        actions.add_member(owner.vendor.pk, by=by, login="ghost@soko.example", grants=[])
    make_user(email="gone@soko.example", is_active=False)
    with pytest.raises(NoAccount):
        actions.add_member(owner.vendor.pk, by=by, login="gone@soko.example", grants=[])
    assert Member.objects.filter(vendor=owner.vendor).count() == 2


def test_a_member_without_the_grant_and_a_rival_add_nobody(owner: Person, member: Person, rival: Person) -> None:
    make_user(email="friend@soko.example")
    for person, kind in ((member, Denied), (rival, Missing)):
        with pytest.raises(kind):
            actions.add_member(owner.vendor.pk, by=person.actor(VENDOR), login="friend@soko.example", grants=[])


def test_changed_grants_hold_at_the_next_look(owner: Person, member: Person) -> None:
    actions.change_grants(membership(member).pk, by=owner.actor(VENDOR), grants=["view_contacts", "edit_vendor"])
    assert member.actor(VENDOR).memberships[owner.vendor.pk] == {"view_contacts", "edit_vendor"}


def test_who_manages_members_gives_and_takes_only_what_they_have_and_touches_no_owner(
    owner: Person, member: Person
) -> None:
    chief = make_user(email="chief@soko.example")
    make_member(owner.vendor, "manage_members", "edit_listings", user=chief)
    by = actor_of(chief, VENDOR)
    mine = Member.objects.get(user=chief)
    for grants in (["edit_vendor"], ["edit_listings", "view_contacts"]):
        with pytest.raises(Denied):
            actions.change_grants(membership(member).pk, by=by, grants=grants)
    with pytest.raises(Denied):
        actions.change_grants(mine.pk, by=by, grants=["manage_members", "edit_listings", "edit_vendor"])
    with pytest.raises(Denied):
        actions.remove(membership(owner).pk, by=by)
    with pytest.raises(Denied):
        actions.make_owner(mine.pk, by=by)
    actions.change_grants(membership(member).pk, by=by, grants=[])
    assert member.actor(VENDOR).memberships == {owner.vendor.pk: frozenset()}
    with pytest.raises(Denied):
        actions.add_member(owner.vendor.pk, by=by, login=make_user().email, grants=["edit_vendor"])


def test_a_vendor_always_keeps_one_owner(owner: Person, member: Person) -> None:
    by = owner.actor(VENDOR)
    with pytest.raises(LastOwner):
        actions.remove(membership(owner).pk, by=by)
    actions.make_owner(membership(member).pk, by=by)
    assert member.actor(VENDOR).memberships == {owner.vendor.pk: EVERYTHING}
    with pytest.raises(OwnerHasAll):
        actions.change_grants(membership(member).pk, by=by, grants=["edit_listings"])
    actions.remove(membership(owner).pk, by=by)
    assert owner.actor(VENDOR).memberships == {}
    assert [each.user for each in Member.objects.filter(vendor=owner.vendor)] == [member.user]


def test_anybody_leaves_when_they_like_and_it_leaves_history(owner: Person, member: Person) -> None:
    mine = membership(member)
    actions.remove(mine.pk, by=member.actor(VENDOR))
    assert not Member.objects.filter(pk=mine.pk).exists()
    assert Member.history.filter(id=mine.pk).first().history_type == "-"
    assert Audit.objects.get(verb="remove").object_id == mine.pk
    with pytest.raises(Missing):
        actions.remove(mine.pk, by=member.actor(VENDOR))


def test_a_rival_sees_and_touches_no_member(owner: Person, member: Person, rival: Person, customer: Person) -> None:
    assert scope(member.actor(VENDOR), Member).count() == 2
    assert list(scope(rival.actor(VENDOR), Member)) == [membership(rival)]
    assert scope(customer.actor(VENDOR), Member).count() == 0
    mine = membership(member)
    for verb, inputs in ((actions.remove, {}), (actions.make_owner, {}), (actions.change_grants, {"grants": []})):
        with pytest.raises(Missing):
            verb(mine.pk, by=rival.actor(VENDOR), **inputs)
    assert Member.objects.filter(pk=mine.pk, grants=["edit_listings"], is_owner=False).exists()


def test_operations_helps_a_vendor_whose_owner_is_lost(admin: Person, moderator: Person, support: Person) -> None:
    vendor = make_vendor()
    heir = make_member(vendor)
    for each in (moderator, support):
        with pytest.raises((Denied, Missing)):
            actions.make_owner(heir.pk, by=each.actor(OPERATIONS))
    actions.make_owner(heir.pk, by=admin.actor(OPERATIONS))
    assert Member.objects.filter(vendor=vendor, is_owner=True).count() == 2
