"""Roles: the table, its editable rows, who holds them, and that a change holds at once."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import QuerySet

from core.audiences import OPERATIONS, STOREFRONT, VENDOR
from core.errors import Denied, Duplicate, Invalid, Missing
from core.models import Audit
from core.resources import operations
from core.rules import Actor, actor_of
from marketplace.accounts import actions, errors
from marketplace.accounts.grants import EVERYTHING, GRANTS
from marketplace.accounts.models import HeldRole, Role, User
from marketplace.accounts.resources import Roles
from marketplace.accounts.roles import ROLES
from marketplace.accounts.tests.factories import make_user
from marketplace.cast import Person

pytestmark = pytest.mark.django_db


def test_the_standard_roles_are_there_from_the_start_with_history() -> None:
    assert {each.name: set(each.grants) for each in Role.objects.all()} == {
        each.name: each.grants for each in ROLES.values()
    }
    assert all(each.is_standard and each.history.count() == 1 for each in Role.objects.all())


def test_laying_them_out_again_keeps_what_people_have_edited(admin: Person) -> None:
    role = Role.objects.get(name="moderator")
    operations.update(role, {"grants": ["moderate_listings"]}, by=admin.actor(OPERATIONS), version=1)
    assert actions.lay_out_roles(by=actions.SYSTEM) == []
    assert Role.objects.get(name="moderator").grants == ["moderate_listings"]


def test_every_grant_that_a_standard_role_gives_is_a_word_of_the_vocabulary() -> None:
    assert {grant for role in ROLES.values() for grant in role.grants} <= EVERYTHING
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) and each.description for name, each in GRANTS.items())


def test_every_grant_that_a_rule_asks_for_is_in_a_vocabulary() -> None:
    from marketplace.vendors.grants import EVERYTHING as members

    root = Path(settings.BASE_DIR)
    asked = set()
    for path in [*root.glob("marketplace/*/rules.py")]:
        text = path.read_text()
        asked |= set(re.findall(r'granted\(\s*"(\w+)"', text)) | set(re.findall(r'\.has\("(\w+)"\)', text))
        assert set(re.findall(r'tenants_where\("(\w+)"\)', text)) <= members, path
    assert asked
    assert asked <= EVERYTHING


def test_an_edited_role_holds_at_the_next_look(admin: Person, moderator: Person) -> None:
    assert moderator.actor(OPERATIONS).has("verify_vendors")
    role = Role.objects.get(name="moderator")
    operations.update(role, {"grants": ["moderate_listings"]}, by=admin.actor(OPERATIONS), version=1)
    assert moderator.actor(OPERATIONS).grants == {"moderate_listings"}


def test_a_word_outside_the_vocabulary_is_in_no_role(admin: Person) -> None:
    with pytest.raises(Invalid) as refused:
        operations.create(Roles, {"name": "night", "label": "Night", "grants": ["fly"]}, by=admin.actor(OPERATIONS))
    assert [each.pointer for each in refused.value.errors] == ["/grants"]
    assert not Role.objects.filter(name="night").exists()


def test_a_super_admin_adds_a_role_gives_it_and_it_works(admin: Person, customer: Person) -> None:
    by = admin.actor(OPERATIONS)
    operations.create(Roles, {"name": "night", "label": "Night shift", "grants": ["view_audit", "view_audit"]}, by=by)
    assert Role.objects.get(name="night").grants == ["view_audit"]
    actions.give_role(customer.user.pk, by=by, role="night")
    assert customer.actor(OPERATIONS).grants == {"view_audit"}
    assert customer.actor(STOREFRONT).grants == customer.actor(VENDOR).grants == frozenset()
    with pytest.raises(Duplicate):
        operations.create(Roles, {"name": "night", "label": "Again", "grants": []}, by=by)


def test_nobody_edits_the_super_admins_role_or_deletes_a_standard_or_a_held_one(admin: Person) -> None:
    by = admin.actor(OPERATIONS)
    with pytest.raises(Denied):
        operations.update(Role.objects.get(name="super_admin"), {"grants": []}, by=by, version=1)
    with pytest.raises(Denied):
        operations.delete(Role.objects.get(name="finance"), by=by, version=1)
    assert admin.actor(OPERATIONS).grants == EVERYTHING


@pytest.mark.parametrize("role", ["moderator", "finance", "support", "courier", "customer"])
def test_only_who_edits_roles_gives_or_takes_them(role: str, customer: Person) -> None:
    by = actor_of(make_user(role), OPERATIONS)
    for verb in (actions.give_role, actions.take_role):
        with pytest.raises(Denied if by.has("view_people") else Missing):
            verb(customer.user.pk, by=by, role="customer")
    assert HeldRole.objects.filter(user=customer.user).count() == 1


def test_giving_and_taking_are_audited_with_the_role(admin: Person, customer: Person) -> None:
    by = admin.actor(OPERATIONS)
    actions.give_role(customer.user.pk, by=by, role="finance")
    actions.take_role(customer.user.pk, by=by, role="finance")
    given, taken = Audit.objects.filter(model="accounts.heldrole", verb__in=("give_role", "take_role")).order_by("id")
    assert (given.actor_id, given.diff["user_id"]) == (admin.user.pk, [None, customer.user.pk])
    assert taken.diff == {"role": ["finance", None]}
    assert customer.actor(OPERATIONS).roles == {"customer"}


def test_what_cannot_be_given_or_taken_is_said(admin: Person, customer: Person) -> None:
    by = admin.actor(OPERATIONS)
    for verb, role, kind in (
        (actions.give_role, "customer", errors.HoldsRole),
        (actions.take_role, "finance", errors.HoldsRoleNot),
        (actions.give_role, "king", errors.UnknownRole),
    ):
        with pytest.raises(kind):
            verb(customer.user.pk, by=by, role=role)


def test_there_is_always_a_super_admin(admin: Person) -> None:
    with pytest.raises(errors.LastSuperAdmin):
        actions.take_role(admin.user.pk, by=admin.actor(OPERATIONS), role="super_admin")
    other = make_user("super_admin")
    actions.take_role(admin.user.pk, by=actor_of(other, OPERATIONS), role="super_admin")
    assert admin.actor(OPERATIONS).grants == frozenset()


def test_who_may_open_the_admin_follows_from_roles_and_memberships(
    customer: Person, courier: Person, owner: Person, member: Person, moderator: Person, admin: Person
) -> None:
    opens = {
        each.user.full_name.split()[1]: each.user.is_staff
        for each in (customer, courier, owner, member, moderator, admin)
    }
    assert opens == {
        "Customer": False,
        "Courier": True,
        "Owner": True,
        "Member": True,
        "Moderator": True,
        "Admin": True,
    }
    assert [each.user.is_superuser for each in (owner, moderator, admin)] == [False, False, True]


def test_appointing_from_the_command_line_gives_the_role_to_who_has_registered() -> None:
    user, out = make_user(email="first@soko.example"), StringIO()
    call_command("appoint", "First@soko.example", stdout=out)
    assert User.objects.get(pk=user.pk).is_superuser
    assert out.getvalue().strip().endswith("is now super admin.")
    with pytest.raises(CommandError):
        call_command("appoint", "nobody@soko.example")
    assert Actor.anonymous.grants == frozenset()


def an_older_market(*roles: str) -> None:
    """These roles were laid out before `approve_refund` and `deliver` were words."""
    for role in Role.objects.filter(name__in=roles):
        role.grants = [each for each in role.grants if each not in ("approve_refund", "deliver")]
        QuerySet(Role).filter(pk=role.pk).update(grants=role.grants)


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("roles", *arguments, stdout=out)
    return out.getvalue()


def test_new_grants_reach_the_standard_roles_that_nobody_has_edited(admin: Person) -> None:
    finance, courier = Role.objects.get(name="finance"), Role.objects.get(name="courier")
    operations.update(finance, {"label": "Money people"}, by=admin.actor(OPERATIONS), version=1)
    an_older_market("finance", "courier")
    assert "courier: lacks deliver\n" in said("--look")
    assert Role.objects.get(name="courier").grants == []
    first = said()
    assert "courier: was given deliver\n" in first
    assert "finance: lacks approve_refund, and people have edited it" in first
    assert Role.objects.get(name="courier").grants == ["deliver"]
    assert "approve_refund" not in Role.objects.get(name="finance").grants
    told = Audit.objects.get(model="accounts.role", object_id=courier.pk, verb="change")
    assert (told.actor_id, told.diff["grants"]) == (None, [[], ["deliver"]])
    assert said("--look").count("lacks") == 1
    an_older_market("courier")
    assert "courier: was given deliver\n" in said(), "what the platform did itself is no edit"
    assert "finance: was given approve_refund\n" in said("finance")
    kept = Role.objects.get(name="finance")
    assert (set(kept.grants), kept.label) == (ROLES["finance"].grants, "Money people")
    assert said() == "Every standard role has what the role table gives.\n"


def test_a_grant_that_people_took_away_is_not_given_back(admin: Person) -> None:
    role = Role.objects.get(name="moderator")
    operations.update(role, {"grants": ["moderate_listings"]}, by=admin.actor(OPERATIONS), version=1)
    said()
    assert Role.objects.get(name="moderator").grants == ["moderate_listings"]
    with pytest.raises(CommandError, match="There is no standard role called owner"):
        said("owner")
