"""A vendor against another, a buyer against another, over every operation and every screen of money: nothing there, nothing told."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Q

from api.tests.market import arrange
from api.tests.money_cells import OF_VENDOR, Side, resource_at
from api.tests.money_screens import Screens
from api.tests.money_trials import Found, Trial, kept
from core.admin.site import site
from core.jobs import running
from core.resources.leaks import canaries_not_of, text_of
from core.rules import Policy
from core.transfers import uploads
from core.transfers.exports import may_export
from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from marketplace.cast import Person
from marketplace.orders.models import Delivery, DeliveryPhoto, DisputeFile, ShippingLabel, VendorOrder
from marketplace.payouts.models import Payout
from marketplace.shipping.models import ShippingMethod
from marketplace.vendors.grants import EVERYTHING
from marketplace.vendors.tests.factories import make_member

pytestmark = pytest.mark.django_db
#: Whose words the owner's side may read; buyers are called by one name on both sides.
ALLOWED = ("owner", "ownersales", "market")


@pytest.fixture
def sides(owner: Person, rival: Person, moderator: Person, settings: Any, tmp_path: Any) -> Iterator[tuple[Side, Side]]:
    """The owner's side and the rival's, each with rows of every kind of money."""
    settings.LIMITS_FACTOR = 100_000
    settings.VAR = tmp_path
    uploads.storage.cache_clear()
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    site.build()
    arrange(owner, rival, moderator)
    for shown in (*DeliveryPhoto.objects.all(), *DisputeFile.objects.all(), *ShippingLabel.objects.all()):
        default_storage.save(shown.file, ContentFile(b"A photo."))
    for person in (owner, rival):
        exported(person, "shipping-methods")
    yield side(owner), side(rival)
    uploads.storage.cache_clear()


def exported(person: Person, resource: str, audience: str = "vendor", query: str = "") -> str:
    """What is in the file that somebody's export makes."""
    api = person.api(audience)
    answer = api.post("/exports", {"resource": resource, "format": "jsonl", "query": query})
    assert answer.status_code == 201, answer.content
    running.run(answer.json()["id"])
    return text_of(api.get(f"/jobs/{answer.json()['id']}/file"))


def side(person: Person) -> Side:
    assert person.user is not None
    assert person.vendor is not None
    brought = Delivery.objects.filter(shipment__vendor_order__vendor=person.vendor).first()
    assert brought is not None
    return Side(person.vendor, person.user, brought.shipment.vendor_order.order.customer)


def staff_of(vendor: Any) -> Person:
    """Somebody who may do all that a vendor's people may, and does not own it."""
    user = make_user("customer", full_name="Stella Staff")
    make_member(vendor, *(EVERYTHING - {"own"}), user=user)
    return Person(user, vendor)


def tried(audience: str, person: Person | User, sides: tuple[Side, Side], *only: str, is_brief: bool = False) -> Found:
    """Somebody of the first side tries every cell of an audience against the second side."""
    mine, other = sides
    who = person if isinstance(person, Person) else Person(person)
    theirs = Person(other.buyer if audience == "storefront" else other.owner)
    trial = Trial(audience, who.api(audience), mine, other, theirs.api(audience), ALLOWED)
    trial.is_brief = is_brief
    return trial.run(*only)


@pytest.mark.once
def test_no_operation_on_money_gives_a_vendor_anything_of_another(
    sides: tuple[Side, Side], owner: Person, subtests: pytest.Subtests
) -> None:
    for role, audience, person, least in (
        ("owner", "vendor", owner, 700),
        ("staff", "vendor", staff_of(owner.vendor), 400),
        ("owner", "operations", owner, 300),
    ):
        with subtests.test(role=role, audience=audience):
            found = tried(audience, person, sides, is_brief=role == "staff")
            assert not found.leaks, "\n".join(found.leaks)
            assert found.tries > least


@pytest.mark.once
def test_no_operation_on_money_gives_a_buyer_anything_of_another(
    sides: tuple[Side, Side], owner: Person, subtests: pytest.Subtests
) -> None:
    for role, person in (("buyer", Person(sides[0].buyer)), ("owner", owner)):
        with subtests.test(role=role):
            found = tried("storefront", person, sides, is_brief=role == "owner")
            assert not found.leaks, "\n".join(found.leaks)
            assert found.tries > 100


@pytest.mark.once
def test_no_screen_of_money_shows_anything_of_another(sides: tuple[Side, Side], owner: Person) -> None:
    found = Screens(owner.admin, sides[1], ALLOWED).run()
    assert not found.leaks, "\n".join(found.leaks)
    assert found.tries > 800


@pytest.mark.once
def test_no_export_and_no_import_of_money_reaches_another(sides: tuple[Side, Side], owner: Person) -> None:
    mine, other = sides
    actor, before, files = owner.actor("vendor"), kept(), 0
    with transaction.atomic():
        for path in OF_VENDOR:
            if may_export(resource_at(path), actor):
                told = exported(owner, path)
                assert not canaries_not_of(*ALLOWED)(told), path
                assert set(re.findall(r'"id": ?"?([A-Z0-9-]+)', told)) <= {
                    str(each) for each in mine.ids(path, "vendor", 10_000)
                }, path
                files += 1
        transaction.set_rollback(True)
    assert files >= 4
    for path in ("coupons", "price-steps", "shipping-methods", "zones"):
        for key in other.ids(path, "vendor", 1):
            file = SimpleUploadedFile(
                "rows.csv", f"id,name,code\n{key},Mine now,MINE\n".encode(), content_type="text/csv"
            )
            with transaction.atomic():
                rows = list(other.rows(path, "vendor").values())
                answer = owner.api("vendor").upload("/imports", {"resource": path, "file": file, "dry_run": "false"})
                if answer.status_code == 201:
                    running.run(answer.json()["job"]["id"])
                assert list(other.rows(path, "vendor").values()) == rows, path
                transaction.set_rollback(True)
    assert kept() == before


def opened(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a model's rule for vendors away: they see every row."""
    held = model.policy
    rows = replace(held.vendor, view=lambda _actor: Q())
    monkeypatch.setattr(model, "policy", Policy(storefront=held.storefront, vendor=rows, operations=held.operations))


@pytest.mark.once
def test_the_matrix_notices_a_scope_that_is_gone(
    sides: tuple[Side, Side], owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_payouts, of_methods = ("payouts", Payout), ("shipping-methods", ShippingMethod)
    assert not canaries_not_of(*ALLOWED)(exported(owner, of_methods[0]))
    assert tried("vendor", owner, sides, of_payouts[0], is_brief=True).leaks == []
    opened(of_payouts[1], monkeypatch)
    opened(of_methods[1], monkeypatch)
    opened(VendorOrder, monkeypatch)
    leaks = tried("vendor", owner, sides, of_payouts[0], is_brief=True).leaks
    assert any(each.startswith("vendor GET /payouts: as it is: showed") for each in leaks)
    assert any(each.startswith("vendor GET /payouts/{payout_id}: a stranger's row: 200") for each in leaks)
    assert canaries_not_of(*ALLOWED)(exported(owner, of_methods[0]))
    documents = tried("vendor", owner, sides, "vendor-orders", is_brief=True).leaks
    assert any("invoice.pdf: a stranger's row: 200" in each for each in documents)
    screens = Screens(owner.admin, sides[1], ALLOWED).run(of_methods[0]).leaks
    assert any(each.startswith("/admin/shipping/shippingmethod/: showed") for each in screens)
