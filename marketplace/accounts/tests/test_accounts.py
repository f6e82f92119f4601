"""Registering, changing and closing accounts."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from core.audiences import OPERATIONS
from core.errors import Denied, DomainError, Invalid, Missing, Stale
from core.models import Audit
from core.rules import Actor
from core.testing import writing_as_system
from marketplace.accounts import actions, errors, tokens
from marketplace.accounts.models import HeldRole, User
from marketplace.accounts.phones import spelled
from marketplace.accounts.queries import user_known_as
from marketplace.accounts.tests.factories import PASSWORD, make_user
from marketplace.cast import Person

pytestmark = pytest.mark.django_db


def register(**values: Any) -> User:
    return actions.register(by=Actor.anonymous, **{"full_name": "Ada Lovelace", "password": PASSWORD, **values})


def test_who_registers_is_a_customer_and_their_address_is_kept_in_lower_case() -> None:
    user = register(email="  Ada@Soko.Example ")
    assert (user.email, user.phone, user.is_active) == ("ada@soko.example", None, True)
    assert [each.role.name for each in user.held.all()] == ["customer"]
    assert user.password.startswith("pbkdf2_sha256$")


def test_a_phone_number_is_enough_and_national_spelling_is_understood() -> None:
    assert register(phone="0712 345 678").phone == "+254712345678"


def test_registering_leaves_history_and_audit_without_the_password() -> None:
    user = register(email="ada@soko.example")
    entry = Audit.objects.get(model="accounts.user", object_id=user.pk)
    assert (entry.verb, entry.diff["email"], entry.diff["password"]) == (
        "register",
        [None, "ada@soko.example"],
        [None, "•••"],
    )
    assert not hasattr(user.history.get(), "password")
    with connection.cursor() as cursor:
        columns = {
            each.name for each in connection.introspection.get_table_description(cursor, "accounts_historicaluser")
        }
    assert columns.isdisjoint({"password", "last_login"})


@pytest.mark.parametrize(
    ("values", "kind", "pointer"),
    [
        ({}, errors.NoIdentity, ""),
        ({"email": "nonsense"}, Invalid, "/email"),
        ({"phone": "12"}, Invalid, "/phone"),
        ({"email": "a@soko.example", "password": "short"}, errors.WeakPassword, "/password"),
        ({"email": "a@soko.example", "password": "12345678901234"}, errors.WeakPassword, "/password"),
        ({"email": "lovelace.ada@soko.example", "password": "lovelace.ada"}, errors.WeakPassword, "/password"),
    ],
)
def test_what_is_not_valid_is_refused_at_its_field_and_nobody_is_there_after(
    values: dict[str, str], kind: type[DomainError], pointer: str
) -> None:
    with pytest.raises(kind) as refused:
        register(**values)
    assert refused.value.status == 422
    assert {each.pointer for each in refused.value.errors} == ({pointer} if pointer else set())
    assert User.objects.count() == 0


@pytest.mark.parametrize("again", [{"email": "ADA@soko.example"}, {"phone": "+254712345678"}])
def test_an_address_or_number_is_one_persons_however_it_is_written(again: dict[str, str]) -> None:
    register(email="ada@soko.example", phone="+254712345678")
    with pytest.raises(errors.IdentityTaken):
        register(**again)
    assert User.objects.count() == 1


def test_the_database_itself_wants_an_address_or_a_number_and_lower_case() -> None:
    with pytest.raises(IntegrityError), writing_as_system():
        User(full_name="Nobody", email=None, phone=None).save()


def test_the_sentence_of_the_constraint_is_for_people() -> None:
    with pytest.raises(ValidationError, match=r"Give an e-mail address or a phone number\."):
        User(full_name="Nobody").validate_constraints()


@pytest.mark.parametrize("login", ["Ada@Soko.example", "+254712345678", "0712345678", "+254 712 345 678"])
def test_people_are_known_by_address_or_number(login: str) -> None:
    user = register(email="ada@soko.example", phone="+254712345678")
    assert user_known_as(login) == user
    assert user_known_as("x" + login) is None


def test_no_number_is_no_number() -> None:
    for wrong in ("", "abc", "+1", "9" * 50):
        with pytest.raises(ValidationError):
            spelled(wrong)


def test_deactivating_ends_every_sign_in_at_once_and_tells_why(customer: Person, support: Person) -> None:
    pair = tokens.start(customer.user)
    actions.deactivate(customer.user.pk, by=support.actor(OPERATIONS), reason="Chargebacks on four cards.")
    with pytest.raises(errors.InvalidToken):
        tokens.bearer(pair.access_token)
    with pytest.raises(errors.InvalidToken):
        tokens.renew(pair.refresh_token)
    entry = Audit.objects.get(verb="deactivate")
    assert (entry.reason, entry.diff, entry.actor_id) == (
        "Chargebacks on four cards.",
        {"is_active": [True, False]},
        support.user.pk,
    )
    assert not customer.actor().is_signed_in


def test_reactivating_opens_the_doors_but_not_the_old_sign_ins(customer: Person, support: Person) -> None:
    pair = tokens.start(customer.user)
    actions.deactivate(customer.user.pk, by=support.actor(OPERATIONS), reason="By mistake.")
    actions.reactivate(customer.user.pk, by=support.actor(OPERATIONS), reason="It was one.")
    assert customer.actor().is_signed_in
    with pytest.raises(errors.InvalidToken):
        tokens.bearer(pair.access_token)


def test_the_dialog_says_how_many_sign_ins_end(customer: Person) -> None:
    tokens.start(customer.user)
    tokens.start(customer.user)
    assert (
        actions.deactivate.look.effect(customer.user)
        == "Cleo Customer can no longer sign in; 2 open sign-ins will end at once."
    )


def test_nobody_deactivates_themselves_the_last_super_admin_or_somebody_twice(
    admin: Person, support: Person, customer: Person
) -> None:
    with pytest.raises(errors.OwnAccount):
        actions.deactivate(admin.user.pk, by=admin.actor(OPERATIONS), reason="Holiday.")
    with pytest.raises(errors.LastSuperAdmin):
        actions.deactivate(admin.user.pk, by=Actor.system("test"), reason="Holiday.")
    actions.deactivate(customer.user.pk, by=support.actor(OPERATIONS), reason="Spam.")
    with pytest.raises(errors.AccountState):
        actions.deactivate(customer.user.pk, by=support.actor(OPERATIONS), reason="Spam.")
    assert User.objects.get(pk=admin.user.pk).is_active


@pytest.mark.parametrize("verb", ["deactivate", "reactivate"])
def test_support_cannot_touch_a_super_admin_and_others_cannot_see_anybody(
    verb: str, admin: Person, support: Person, moderator: Person, owner: Person, customer: Person
) -> None:
    act = getattr(actions, verb)
    with pytest.raises(Denied):
        act(admin.user.pk, by=support.actor(OPERATIONS), reason="Coup.")
    for each in (moderator, owner, customer):
        with pytest.raises(Missing):
            act(support.user.pk, by=each.actor(OPERATIONS), reason="Spite.")
    assert User.objects.filter(is_active=False).count() == 0


def test_a_name_changes_without_and_a_login_only_with_the_password(customer: Person) -> None:
    by = customer.actor()
    assert actions.change_profile(by.user_id, by=by, full_name="Cleo C.").full_name == "Cleo C."
    with pytest.raises(errors.WrongPassword):
        actions.change_profile(by.user_id, by=by, email="new@soko.example", current_password="wrong")
    changed = actions.change_profile(by.user_id, by=by, email="New@soko.example", current_password=PASSWORD)
    assert (changed.email, changed.version) == ("new@soko.example", 3)
    assert Audit.objects.filter(object_id=by.user_id, model="accounts.user", verb="change_profile").last().diff == {
        "email": ["customer@soko.example", "new@soko.example"]
    }


def test_the_last_way_to_sign_in_cannot_be_taken_away(customer: Person) -> None:
    with pytest.raises(errors.NoIdentity):
        actions.change_profile(customer.user.pk, by=customer.actor(), email="", current_password=PASSWORD)


def test_a_profile_is_changed_by_its_person_alone_and_at_the_version_that_was_read(
    customer: Person, rival: Person
) -> None:
    with pytest.raises(Denied):
        actions.change_profile(customer.user.pk, by=rival.actor(), full_name="Mallory")
    with pytest.raises(Stale):
        actions.change_profile(customer.user.pk, by=customer.actor(), full_name="Cleo", read_version=7)
    assert User.objects.get(pk=customer.user.pk).full_name == "Cleo Customer"


def test_a_new_password_ends_every_sign_in(customer: Person) -> None:
    pair = tokens.start(customer.user)
    with pytest.raises(errors.WrongPassword):
        actions.change_password(
            customer.user.pk, by=customer.actor(), current_password="wrong", new_password="another good one"
        )
    actions.change_password(
        customer.user.pk, by=customer.actor(), current_password=PASSWORD, new_password="another good one"
    )
    assert User.objects.get(pk=customer.user.pk).check_password("another good one")
    with pytest.raises(errors.InvalidToken):
        tokens.bearer(pair.access_token)
    assert Audit.objects.get(verb="change_password").diff == {"password": ["•••", "•••"]}


def test_signing_in_bookkeeping_needs_no_action_and_makes_no_history() -> None:
    user = make_user()
    before = user.history.count()
    user.save(update_fields=["last_login"])
    assert user.history.count() == before
    with pytest.raises(RuntimeError):
        user.save()


def test_held_roles_are_unique() -> None:
    user = make_user("customer")
    with pytest.raises(IntegrityError), writing_as_system():
        HeldRole(user=user, role=user.held.get().role).save()
