"""What runs low is noted once, told in one event and one mail a vendor, and forgotten when there is enough again."""

from typing import Any

import pytest
from django.core import mail

from core.models import OutboxEvent
from core.resources import parameters
from core.resources.operations import update
from core.rules import Actor, scope
from core.testing import writing_as_system
from marketplace.accounts.tests.factories import make_user
from marketplace.catalog import actions, events, flows, shapes
from marketplace.catalog.models import Category, Listing, LowStock, Stock, Variant
from marketplace.catalog.resources import Variants
from marketplace.catalog.tests import factories
from marketplace.vendors.tests.factories import make_member

pytestmark = pytest.mark.django_db
CLOCK = Actor.system("clock")


@pytest.fixture
def mug(cars: Category, acme: Any) -> Listing:
    return factories.listing(vendor=acme, category=cars, status="approved", title="Mug")


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[events.StockRanLow]:
    """The events, as whoever listens would hear them."""
    from marketplace.catalog.actions import lowstock

    found: list[events.StockRanLow] = []
    monkeypatch.setattr(lowstock, "publish", found.append)
    return found


def left(variant: Variant, number: int) -> None:
    Stock.objects.filter(variant=variant).update(on_hand=number)


def noted() -> list[int]:
    return list(LowStock.objects.order_by("variant").values_list("variant_id", flat=True))


def test_a_fall_is_noted_once_and_told_in_one_event_a_vendor(
    mug: Listing, globex: Any, told: list[events.StockRanLow]
) -> None:
    few, none, enough = (factories.variant(mug, on_hand=number) for number in (2, 0, 3))
    other = factories.variant(factories.listing(vendor=globex, category=mug.category, status="approved"))
    assert actions.note_low_stock(by=CLOCK) == 3
    assert noted() == [few.pk, none.pk, other.pk]
    assert sorted((each.vendor_id, each.count, each.variant_ids) for each in told) == sorted(
        [(mug.vendor_id, 2, (few.pk, none.pk)), (globex.pk, 1, (other.pk,))]
    )
    assert actions.note_low_stock(by=CLOCK) == 0
    left(enough, 1)
    left(few, 9)
    assert actions.note_low_stock(by=CLOCK) == 1
    assert noted() == [none.pk, enough.pk, other.pk]
    left(few, 2)
    assert actions.note_low_stock(by=CLOCK) == 1
    assert len(told) == 4


def test_what_is_reserved_is_not_free(mug: Listing) -> None:
    variant = factories.variant(mug, on_hand=9)
    Stock.objects.update(reserved=7)
    variant.stock.refresh_from_db()
    assert shapes.stock_state(variant) == "low"
    actions.note_low_stock(by=CLOCK)
    assert noted() == [variant.pk]


def test_only_what_buyers_could_buy_is_noted(mug: Listing, cars: Category) -> None:
    factories.variant(mug, is_active=False)
    factories.variant(factories.listing(vendor=mug.vendor, category=cars, status="paused"))
    seen = factories.variant(mug)
    actions.note_low_stock(by=CLOCK)
    assert noted() == [seen.pk]
    with writing_as_system():
        seen.is_active = False
        seen.save()
    actions.note_low_stock(by=CLOCK)
    assert noted() == []


def test_a_variant_says_its_own_number_and_else_its_vendor_does(mug: Listing, owner: Actor) -> None:
    own, usual = factories.variant(mug, on_hand=5, low_stock_at=5), factories.variant(mug, on_hand=5)
    silent = factories.variant(mug, on_hand=1, low_stock_at=0)
    assert [shapes.stock_state(each) for each in (own, usual, silent)] == ["low", "in_stock", "in_stock"]
    with writing_as_system():
        mug.vendor.low_stock_at = 7
        mug.vendor.save()
    actions.note_low_stock(by=CLOCK)
    assert noted() == [own.pk, usual.pk]
    update(usual, {"low_stock_at": 4}, by=owner)
    actions.note_low_stock(by=CLOCK)
    assert noted() == [own.pk]


def test_the_filter_finds_what_the_column_says(mug: Listing, owner: Actor) -> None:
    for number in (0, 1, 2, 3):
        factories.variant(mug, on_hand=number)
    stockless = factories.variant(mug)
    Stock.objects.filter(variant=stockless).delete()
    known = parameters.filters(Variants, owner.audience)["stock_state"]
    assert known.condition is not None
    for word, count in (("sold_out", 2), ("low", 2), ("in_stock", 1)):
        rows = scope(owner, Variant).filter(known.condition(owner, [word]))
        assert [shapes.stock_state(each) for each in rows] == [word] * count
    assert scope(owner, Variant).filter(known.condition(owner, ["low", "sold_out"])).count() == 4


def test_a_vendor_is_written_to_once_in_one_mail(mug: Listing, globex: Any) -> None:
    for name, grants in (("Ann", ("edit_listings",)), ("Bob", ("work_orders",))):
        make_member(
            mug.vendor, *grants, user=make_user("customer", full_name=name, email=f"{name}@soko.example".lower())
        )
    mug.vendor.refresh_from_db()
    factories.variant(mug, title="Blue & white", sku="M-1", on_hand=1)
    factories.variant(mug, title="Red", sku="M-2")
    factories.variant(factories.listing(vendor=globex, category=mug.category, status="approved"))
    actions.note_low_stock(by=CLOCK)
    assert flows.mail_low_stock(by=CLOCK) == 1
    sent = mail.outbox[0]
    assert (sent.to, sent.subject) == (["ann@soko.example"], "Acme: stock runs low")
    assert "Acme: 2 variants have run low" in sent.body
    assert "1 left: Mug, Blue & white (M-1)\nSold out: Mug, Red (M-2)\n" in sent.body
    assert flows.mail_low_stock(by=CLOCK) == 0
    assert (len(mail.outbox), LowStock.objects.filter(mailed_at=None).count()) == (1, 0)


def test_a_mail_that_does_not_go_out_is_tried_again(mug: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    make_member(mug.vendor, "edit_listings", user=make_user("customer", full_name="Ann", email="ann@soko.example"))
    factories.variant(mug)
    actions.note_low_stock(by=CLOCK)

    def away(*_arguments: Any, **_options: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(flows.mail, "send", away)
        assert flows.mail_low_stock(by=CLOCK) == 0
    assert flows.mail_low_stock(by=CLOCK) == 1
    assert (len(mail.outbox), OutboxEvent.objects.count()) == (1, 0)


def test_a_vendor_sees_its_own_only(mug: Listing, owner: Actor, rival: Actor) -> None:
    factories.variant(mug)
    actions.note_low_stock(by=CLOCK)
    assert (scope(owner, LowStock).count(), scope(rival, LowStock).count()) == (1, 0)
