"""The audit finds each violation that is planted in contacts, decisions, accounts, vendors and history."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from django.utils import timezone

from core.invariants import run
from core.rules import Actor
from core.testing import writing_as_system
from marketplace.accounts.models import Role, SignIn, User
from marketplace.catalog import actions
from marketplace.catalog.models import Listing
from marketplace.catalog.tests.factories import category
from marketplace.contacts.actions import recount
from marketplace.contacts.models import ContactClick, ContactCount
from marketplace.contacts.tests.factories import click, member, person, shop, shown
from marketplace.moderation.models import Decision
from marketplace.moderation.tests.factories import moderator, pending
from marketplace.vendors.models import Member, Vendor

pytestmark = pytest.mark.django_db
MO = moderator()


def found(name: str) -> list[Any]:
    """What breaks it."""
    finding = run([name])[0]
    assert finding.fault == ""
    return list(finding.sample)


def test_contact_counts_that_are_not_the_recount_are_found() -> None:
    counted, uncounted = shown(), shown()
    click(counted)
    click(counted, klass="bot")
    recount(by=Actor.system("test"))
    assert found("I-R3") == []
    ContactCount.objects.update(cached_valid=2)
    click(uncounted, channel="whatsapp")
    today = timezone.localdate()
    assert found("I-R3") == [
        f"listing {counted.pk} on {today} by call",
        f"listing {uncounted.pk} on {today} by whatsapp",
    ]


def test_a_contact_of_another_vendor_is_found() -> None:
    made = click(shown())
    assert found("I-R4") == []
    other = shop()
    _set(ContactClick, made.pk, vendor_id=other.pk)
    assert found("I-R4") == [made.pk]


def _set(model: Any, pk: int, **values: Any) -> None:
    """Change a row behind the back of its model, as a slip at the database's own prompt would."""
    models.QuerySet(model).filter(pk=pk).update(**values)


def test_a_state_that_the_latest_decision_contradicts_is_found() -> None:
    vendor, shelf = shop(), category()
    refused, agreed = pending(vendor, shelf), pending(vendor, shelf)
    actions.reject(refused, by=MO, reason="This may not be sold here.")
    actions.approve(agreed, by=MO)
    assert found("I-M6") == []
    Listing.objects.filter(pk=refused.pk).update(status="approved")
    assert found("I-M6") == [refused.pk]
    decision = Decision.objects.get(listing=agreed)
    _set(Decision, decision.pk, vendor_id=shop().pk)
    assert found("I-M7") == [decision.pk]


def test_an_address_in_capitals_or_a_number_misspelt_is_found() -> None:
    fine, misspelt = person(), person()
    User.objects.filter(pk=misspelt.pk).update(phone="0712345678")
    assert found("I-U1") == [misspelt.pk]
    User.objects.filter(pk=misspelt.pk).update(phone="+254712345678")
    assert found("I-U1") == []
    assert fine.pk not in found("I-U1")


def test_a_living_sign_in_of_somebody_deactivated_is_found() -> None:
    user, now = person(), timezone.now()
    kept = {"user": user, "session_key": "", "current": "a", "former": "", "renewed_at": now, "ended_by": ""}
    alive = SignIn.objects.create(**kept, expires_at=now + timedelta(days=1))
    SignIn.objects.create(**kept, expires_at=now + timedelta(days=1), ended_at=now)
    SignIn.objects.create(**kept, expires_at=now - timedelta(days=1))
    assert found("I-U2") == []
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert found("I-U2") == [alive.pk]


def test_grants_that_are_not_in_the_vocabulary_are_found() -> None:
    vendor = shop()
    user = member(vendor, "edit_listings")
    row = Member.objects.get(user=user)
    role = Role.objects.order_by("pk").first() or _role()
    assert (found("I-U3"), found("I-U4")) == ([], [])
    Member.objects.filter(pk=row.pk).update(grants=["refund"])
    Role.objects.filter(pk=role.pk).update(grants=["fly"])
    assert (found("I-U3"), found("I-U4")) == ([row.pk], [role.pk])


def _role() -> Role:
    with writing_as_system("factory"):
        role = Role(name="night", label="Night", grants=["refund"])
        role.save()
    return role


def test_a_vendor_without_an_owner_is_found() -> None:
    vendor = shop()
    member(vendor, "edit_listings")
    assert found("I-U5") == [vendor.pk]
    Member.objects.update(is_owner=True, grants=[])
    assert found("I-U5") == []


def test_a_row_that_changed_without_its_history_is_found() -> None:
    vendor = shop()
    assert found("I-H1") == []
    Vendor.objects.filter(pk=vendor.pk).update(version=2)
    assert found("I-H1") == [f"vendors.vendor:{vendor.pk}"]
    Vendor.objects.filter(pk=vendor.pk).update(version=1)
    Vendor.history.all().delete()
    assert found("I-H1") == [f"vendors.vendor:{vendor.pk}"]


def test_a_history_row_that_no_deed_signed_is_found() -> None:
    vendor = shop()
    assert found("I-H2") == []
    Vendor.history.update(deed=None)
    row = Vendor.history.get()
    assert found("I-H2") == [f"vendors.vendor:{row.history_id}"]
    assert vendor.pk == row.id
