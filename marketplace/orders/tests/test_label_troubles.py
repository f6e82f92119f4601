"""What may be away while a label is bought, and who waits meanwhile."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from core.errors import Busy
from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.orders import actions, files, labels, tasks
from marketplace.orders.models import Shipment, ShippingLabel
from marketplace.orders.tests.factories import paid, shares_of
from marketplace.shipping.mockcarrier.control import CarrierProcess

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


@pytest.fixture
def parcel(customer: Person, goods: Goods, mock_carrier: CarrierProcess, settings: Any) -> Shipment:
    """A mug of the owner's, which DHL will bring."""
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    return shipped(customer, goods)


def shipped(customer: Person, goods: Goods) -> Shipment:
    share = shares_of(paid(customer.user, {goods.mug: 1}))[0]
    actions.accept(share.pk, by=SYSTEM)
    actions.ship(share.pk, by=SYSTEM, carrier="DHL")
    return Shipment.objects.get(vendor_order=share)


def wanted(parcel: Shipment) -> ShippingLabel:
    actions.buy_label(parcel.pk, by=SYSTEM)
    return ShippingLabel.objects.get(shipment=parcel)


@pytest.mark.parametrize("question", ["exists", "save"])
def test_a_store_that_is_away_costs_the_paper_and_never_the_label(
    parcel: Shipment, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    def away(*_given: Any, **_named: Any) -> None:
        raise RuntimeError("SlowDown")  # a bucket's faults are no OSError

    there = {"exists": lambda _file: False, "save": lambda file, _content: file}
    monkeypatch.setattr(labels, "default_storage", SimpleNamespace(**there | {question: away}))
    label = labels.buy(wanted(parcel))
    parcel.refresh_from_db()
    assert (label.state, label.has_paper) == ("made", False)
    assert parcel.tracking_number == label.tracking_number != ""


def test_of_what_arrived_meanwhile_no_label_is_bought(parcel: Shipment, mock_carrier: CarrierProcess) -> None:
    label = wanted(parcel)
    actions.deliver_parcel(parcel.pk, by=SYSTEM)
    label = labels.buy(ShippingLabel.objects.get())
    assert (label.state, label.failure_sentence) == ("refused", "It is not to be sent any more.")
    assert "/dhl/shipments" not in mock_carrier.asked()


def test_one_in_another_s_hands_leaves_the_others_alone_and_what_nobody_asked_for_comes_first(
    parcel: Shipment, customer: Person, goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = wanted(parcel), wanted(shipped(customer, goods))
    long_ago = timezone.now() - 4 * labels.SURELY_NONE
    ShippingLabel.objects.update(state_since=long_ago)
    ShippingLabel.objects.filter(pk=first.pk).update(state="unclear", asked_at=long_ago)
    assert [each.pk for each in labels.waiting()] == [second.pk, first.pk]
    buy, asked = labels.buy, []

    def held(label: ShippingLabel) -> ShippingLabel:
        asked.append(label.pk)
        if label.pk == second.pk:
            raise Busy()
        return buy(label)

    monkeypatch.setattr(labels, "buy", held)
    tasks.buy_labels()
    assert asked == [second.pk, first.pk]


def test_what_stays_unclear_is_ended_by_operations_alone_and_can_be_bought_again(
    parcel: Shipment, owner: Person, support: Person, mock_carrier: CarrierProcess
) -> None:
    mock_carrier.switch(status=500)
    label = wanted(parcel)
    ShippingLabel.objects.update(state="unclear", asked_at=timezone.now())
    path = f"/shipments/{parcel.reference}/give_label_up"
    assert owner.api("vendor").post(path, {"reason": "Never came."}).status_code == 404
    ended = support.api("operations").post(path, {"reason": "DHL says it made none."})
    assert ended.status_code == 200, ended.content
    label.refresh_from_db()
    assert (label.state, label.failure_sentence) == ("refused", "DHL says it made none.")
    assert support.api("operations").post(path, {"reason": "Once more."}).json()["code"] == "wrong_state"
    mock_carrier.switch(status=0)
    assert labels.buy(wanted(parcel)).state == "made"


def test_while_the_store_is_away_a_label_is_not_there_now_and_never_a_fault_of_ours(
    parcel: Shipment, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_file: str) -> None:
        raise RuntimeError("SlowDown")

    labels.buy(wanted(parcel))
    path = f"/shipments/{parcel.reference}/label.pdf"
    assert owner.api("vendor").get(path).status_code == 200
    monkeypatch.setattr(files, "default_storage", SimpleNamespace(open=away))
    answer = owner.api("vendor").get(path)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
