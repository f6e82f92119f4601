"""Labels of carriers: bought once however often somebody presses, charged to the vendor, and read by those alone whom they are for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from core.errors import Denied, Missing, WrongState
from core.money import Money
from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.ledger import tasks as ledger
from marketplace.ledger.models import Journal
from marketplace.ledger.tests.factories import books
from marketplace.orders import actions, labels, tasks
from marketplace.orders.actions import labelling
from marketplace.orders.errors import HasNumber, LabelUnderWay, NoLabelHere
from marketplace.orders.models import Shipment, ShippingLabel
from marketplace.orders.tests.factories import paid, shares_of
from marketplace.orders.tests.holding import broken
from marketplace.shipping import carriers
from marketplace.shipping import flows as shipping
from marketplace.shipping.mockcarrier.control import CarrierProcess

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
BOUGHT = "/dhl/shipments"
NUMBER = "100000000001"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(autouse=True)
def store(settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}


@pytest.fixture
def parcel(customer: Person, goods: Goods, mock_carrier: CarrierProcess) -> Shipment:
    """Two mugs of the owner's, which DHL will bring."""
    share = shares_of(paid(customer.user, {goods.mug: 2}))[0]
    actions.accept(share.pk, by=SYSTEM)
    actions.ship(share.pk, by=SYSTEM, carrier="DHL")
    return Shipment.objects.get()


def bought(parcel: Shipment, by: Actor = SYSTEM) -> ShippingLabel:
    """Press, and let the carrier be asked."""
    actions.buy_label(parcel.pk, by=by)
    return labels.buy(ShippingLabel.objects.get())


def aged(label: ShippingLabel, by: timedelta = timedelta(minutes=10)) -> None:
    """As if all of it had happened longer ago."""
    long_ago = timezone.now() - by
    ShippingLabel.objects.update(state_since=long_ago)
    ShippingLabel.objects.exclude(asked_at=None).update(asked_at=long_ago)


def killed_at(point: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def here(name: str) -> None:
        if name == point:
            raise Killed

    monkeypatch.setattr(labels, "here", here)
    return lambda: monkeypatch.setattr(labels, "here", lambda _name: None)


def test_a_vendor_buys_a_label_and_pays_what_it_costs(
    parcel: Shipment, owner: Person, mock_carrier: CarrierProcess
) -> None:
    label = bought(parcel, owner.actor("vendor"))
    parcel.refresh_from_db()
    assert (label.state, parcel.carrier, parcel.tracking_number) == ("made", "DHL", NUMBER)
    assert (label.service, label.quoted, label.price) == ("P", Money(1_200, "KES"), Money(1_250, "KES"))
    with default_storage.open(label.file) as kept:
        assert kept.read(5) == b"%PDF-"
    ledger.catch_up()
    assert (books()["carriers"], books()["vendor_available"]) == (1_250, -1_250)  # the label's price, not the quote
    (journal,) = Journal.objects.filter(kind="label")
    assert (journal.cause_reference, journal.note) == (label.reference, f"{NUMBER} for {parcel.reference}")
    ledger.catch_up()
    assert Journal.objects.filter(kind="label").count() == 1
    assert broken() == {}


def test_pressed_again_it_is_the_same_label(parcel: Shipment, mock_carrier: CarrierProcess) -> None:
    actions.buy_label(parcel.pk, by=SYSTEM)
    actions.buy_label(parcel.pk, by=SYSTEM)
    first = labels.buy(ShippingLabel.objects.get())
    again = bought(parcel)
    assert (again.pk, again.tracking_number, again.version) == (first.pk, NUMBER, first.version)
    assert labels.buy(again).state == "made"
    assert mock_carrier.asked().count(BOUGHT) == 1


def test_a_label_that_somebody_asks_for_now_is_not_asked_for_by_another(
    parcel: Shipment, mock_carrier: CarrierProcess
) -> None:
    actions.buy_label(parcel.pk, by=SYSTEM)
    label = ShippingLabel.objects.get()
    said: dict[str, Any] = {"service": "P", "quoted": Money(1_200, "KES"), "file": "labels/x.pdf"}
    label = labelling.claim(label.pk, by=SYSTEM, **said)
    with pytest.raises(LabelUnderWay):
        labelling.claim(label.pk, by=SYSTEM, **said)
    assert labels.buy(label).state == "asking"
    assert mock_carrier.asked() == []


def test_what_the_carrier_refuses_costs_nothing_and_is_told_and_tried_again(
    parcel: Shipment, owner: Person, mock_carrier: CarrierProcess
) -> None:
    order = parcel.vendor_order.order
    type(order).objects.filter(pk=order.pk).update(country="AQ")
    label = bought(parcel)
    assert (label.state, label.failure_sentence) == ("refused", "DHL does not carry this parcel.")
    assert label.failure_sentence in owner.admin.get(f"/admin/orders/shipment/{parcel.pk}/change/").content.decode()
    ledger.catch_up()
    assert not Journal.objects.filter(kind="label").exists()
    type(order).objects.filter(pk=order.pk).update(country="KE")
    again = bought(parcel)
    assert (again.state, again.reference, again.failure_sentence) == ("made", label.reference, "")


@pytest.mark.parametrize("switches", [{"status": 500}, {"status": 429}, {"drop": True}, {"nonsense": True}])
def test_a_carrier_that_cannot_be_asked_sells_nothing(
    parcel: Shipment, mock_carrier: CarrierProcess, switches: dict[str, Any]
) -> None:
    mock_carrier.switch(**switches)
    label = bought(parcel)
    assert (label.state, label.failure_sentence) == ("refused", "DHL does not answer at the moment.")
    assert BOUGHT not in mock_carrier.asked()


@pytest.mark.parametrize("name", ["dhl", "fedex"])
def test_an_unclear_label_is_found_by_its_key_and_never_bought_again(
    parcel: Shipment, mock_carrier: CarrierProcess, name: str
) -> None:
    Shipment.objects.update(carrier=name)
    mock_carrier.switch(lost=True)
    label = bought(parcel)
    assert (label.state, bool(label.trouble)) == ("unclear", True)
    assert tasks.buy_labels() == 0  # it was asked about a moment ago
    aged(label)
    mock_carrier.switch(lost=False)
    assert tasks.buy_labels() == 1
    label.refresh_from_db()
    parcel.refresh_from_db()
    assert (label.state, label.trouble, label.has_paper) == ("made", "", False)
    assert parcel.tracking_number == label.tracking_number != ""
    assert label.price == label.quoted  # nobody said more
    assert len([each for each in mock_carrier.asked() if each.endswith("/shipments")]) == 1


def test_what_the_carrier_never_heard_of_is_given_up_after_an_hour_and_asked_about_before_it_is_bought(
    parcel: Shipment, mock_carrier: CarrierProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives = killed_at("label.after_claim", monkeypatch)
    with pytest.raises(Killed):
        bought(parcel)
    lives()
    aged(ShippingLabel.objects.get())
    tasks.buy_labels()
    label = ShippingLabel.objects.get()
    assert (label.state, label.trouble) == ("unclear", "DHL has not heard of it yet.")
    aged(label, timedelta(hours=2))
    tasks.buy_labels()
    label.refresh_from_db()
    assert (label.state, label.failure_sentence) == ("refused", "DHL has not heard of it: it made none.")
    assert bought(parcel).state == "made"
    asked = mock_carrier.asked()
    assert (asked.count(BOUGHT), asked.count("/dhl/tracking")) == (1, 3)


@pytest.mark.parametrize(("point", "is_printed"), [("label.after_carrier", False), ("label.after_paper", True)])
def test_killed_between_asking_and_recording_it_is_found_and_charged_once(
    parcel: Shipment, mock_carrier: CarrierProcess, monkeypatch: pytest.MonkeyPatch, point: str, is_printed: bool
) -> None:
    lives = killed_at(point, monkeypatch)
    with pytest.raises(Killed):
        bought(parcel)
    lives()
    assert ShippingLabel.objects.get().state == "asking"
    assert tasks.buy_labels() == 0  # somebody may be at work on it
    aged(ShippingLabel.objects.get())
    assert tasks.buy_labels() == 1
    label = ShippingLabel.objects.get()
    assert (label.state, label.tracking_number, label.has_paper) == ("made", NUMBER, is_printed)
    ledger.catch_up()
    assert Journal.objects.filter(kind="label").count() == 1
    assert mock_carrier.asked().count(BOUGHT) == 1


def test_an_unclear_label_stays_so_while_the_carrier_is_away(parcel: Shipment, mock_carrier: CarrierProcess) -> None:
    mock_carrier.switch(lost=True)
    label = bought(parcel)
    mock_carrier.switch(lost=False, status=500)
    aged(label, timedelta(hours=2))
    tasks.buy_labels()
    label.refresh_from_db()
    assert label.state == "unclear"
    mock_carrier.switch(status=0)
    assert bought(parcel).state == "made"  # pressing it asks, too


@pytest.mark.parametrize("content", [b"%PDF-" + b"x" * labels.MOST_BYTES, b"<html>no label</html>"])
def test_a_paper_that_is_no_pdf_or_too_large_is_not_kept(
    parcel: Shipment, owner: Person, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    answer = carriers.Label("1Z", "application/pdf", content)
    monkeypatch.setattr(shipping, "label", lambda *_said, **_more: answer)
    label = bought(parcel)
    assert (label.state, label.has_paper, default_storage.exists(label.file)) == ("made", False, False)
    assert owner.api("vendor").get(f"/shipments/{parcel.reference}/label.pdf").status_code == 404
    assert (
        "Only the carrier can print it."
        in owner.admin.get(f"/admin/orders/shipment/{parcel.pk}/change/").content.decode()
    )


def test_what_gets_no_label_says_why(parcel: Shipment, mock_carrier: CarrierProcess) -> None:
    Shipment.objects.update(tracking_number="D-1")
    with pytest.raises(HasNumber):
        actions.buy_label(parcel.pk, by=SYSTEM)
    Shipment.objects.update(tracking_number="", carrier="G4S")
    with pytest.raises(NoLabelHere):
        actions.buy_label(parcel.pk, by=SYSTEM)
    Shipment.objects.update(carrier="dhl")
    actions.deliver_parcel(parcel.pk, by=SYSTEM)
    with pytest.raises(WrongState):
        actions.buy_label(parcel.pk, by=SYSTEM)
    assert (ShippingLabel.objects.count(), mock_carrier.asked()) == (0, [])


def test_only_its_vendor_and_operations_buy_and_read_a_label(
    parcel: Shipment, customer: Person, owner: Person, rival: Person, member: Person, support: Person,
    moderator: Person, finance: Person, nobody: Person,
) -> None:  # fmt: skip
    path = f"/shipments/{parcel.reference}"
    for stranger in (rival, member, customer):
        assert stranger.api("vendor").post(f"{path}/buy_label").status_code == 404
        with pytest.raises((Missing, Denied)):
            actions.buy_label(parcel.pk, by=stranger.actor("vendor"))
    assert moderator.api("operations").post(f"{path}/buy_label").status_code == 404
    assert finance.api("operations").post(f"{path}/buy_label").status_code == 403
    assert ShippingLabel.objects.count() == 0
    assert owner.api("vendor").get(f"{path}/label.pdf").status_code == 404
    assert owner.api("vendor").post(f"{path}/buy_label").status_code == 200
    label = labels.buy(ShippingLabel.objects.get())
    (told,) = owner.api("vendor").get("/shipping-labels", {"shipment": parcel.reference}).json()["items"]
    assert (told["id"], told["state"], told["price"]["amount"], told["has_paper"]) == (
        label.reference,
        "made",
        1_250,
        True,
    )
    assert "file" not in told
    assert rival.api("vendor").get("/shipping-labels").json()["items"] == []
    answer = owner.api("vendor").get(f"{path}/label.pdf")
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200, "application/pdf", "private, no-store",
    )  # fmt: skip
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    found = [each.api("vendor").get(f"{path}/label.pdf").status_code for each in (rival, member, customer)]
    assert found == [404, 404, 404]
    assert [each.api("operations").get(f"{path}/label.pdf").status_code for each in (support, moderator)] == [200, 404]
    assert nobody.api("vendor").get(f"{path}/label.pdf").status_code in (401, 404)
    assert Client().get(f"/media/{label.file}").status_code == 404
    assert customer.api().get(f"/orders/{parcel.vendor_order.order.reference}").status_code == 200


def test_a_refusal_is_a_problem_with_a_sentence(parcel: Shipment, owner: Person) -> None:
    Shipment.objects.update(carrier="Our own rider")
    answer = owner.api("vendor").post(f"/shipments/{parcel.reference}/buy_label")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_label_here")
    assert answer.json()["detail"].startswith("This parcel goes by nobody of whom the market buys labels.")


def test_the_page_of_a_parcel_offers_the_label_and_then_shows_it(
    parcel: Shipment, owner: Person, rival: Person
) -> None:
    at = f"/admin/orders/shipment/{parcel.pk}"
    press = f"{at}/verb/buy_label/"
    assert press in owner.admin.get(f"{at}/change/").content.decode()
    assert rival.admin.post(press, {"_asked": "True"}).status_code == 404
    assert owner.admin.post(press, {"_asked": "True"}).status_code in (200, 302)
    labels.buy(ShippingLabel.objects.get())
    page = owner.admin.get(f"{at}/change/").content.decode()
    for words in (f"DHL, {NUMBER}", "KES 12.50", f"{at}/label.pdf", "Label to print"):
        assert words in page, words
    assert press not in page
    assert b"".join(owner.admin.get(f"{at}/label.pdf").streaming_content).startswith(b"%PDF-")
    assert rival.admin.get(f"{at}/label.pdf").status_code == 404
