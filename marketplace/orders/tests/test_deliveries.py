"""Couriers: they see the parcels that are theirs to bring and nothing else of the market, and prove what they brought."""

import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as Picture

from core.errors import Denied, DomainError, Missing, WrongState
from core.models import Audit
from core.rules import Actor, scope
from marketplace.accounts.tests.factories import make_user
from marketplace.cast import Goods, Person
from marketplace.catalog.models import Listing
from marketplace.orders import actions, flows, queries
from marketplace.orders.models import Delivery, DeliveryPhoto, Order, Shipment, VendorOrder
from marketplace.orders.tests.factories import paid, shares_of
from marketplace.orders.tests.holding import broken
from marketplace.vendors.models import Vendor

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
OTHERS = ["owner", "rival", "customer", "buyer", "member", "moderator", "finance", "nobody"]


def sent(customer: Person, wanted: dict[Any, int]) -> Shipment:
    share = shares_of(paid(customer.user, wanted))[0]
    actions.accept(share.pk, by=SYSTEM)
    actions.ship(share.pk, by=SYSTEM, carrier="Our own rider")
    return Shipment.objects.get(vendor_order=share)


@pytest.fixture
def second(db: None) -> Person:
    """Another courier, who must never see what the first one brings."""
    return Person(make_user("courier", full_name="Cora Courier", email="second@soko.example"))


@pytest.fixture
def task(customer: Person, courier: Person, support: Person, goods: Goods) -> Delivery:
    parcel = sent(customer, {goods.mug: 2, goods.rug: 1})
    actions.assign(parcel.pk, by=support.actor("operations"), courier_id=courier.user.pk)
    return Delivery.objects.get()


def photo(size: tuple[int, int] = (40, 30)) -> bytes:
    buffer = io.BytesIO()
    Picture.new("RGB", size, (10, 120, 90)).save(buffer, "JPEG")
    return buffer.getvalue()


def words(task: Delivery) -> tuple[str, str, str]:
    task = Delivery.objects.select_related("shipment__vendor_order").get(pk=task.pk)
    return task.state, task.shipment.state, task.shipment.vendor_order.state


def test_a_courier_fetches_a_parcel_fails_once_and_hands_it_over(task: Delivery, courier: Person) -> None:
    by, seen = courier.actor("operations"), [words(task)]
    for verb, said in (
        (actions.pick_up, {}),
        (actions.fail, {"reason": "Nobody was there."}),
        (actions.pick_up, {}),
        (actions.hand_over, {"received_by": "Amina", "note": "At the gate."}),
    ):
        verb(task.pk, by=by, **said)
        seen.append(words(task))
    assert seen == [
        ("assigned", "shipped", "shipped"), ("picked_up", "shipped", "shipped"), ("failed_attempt", "shipped", "shipped"),
        ("picked_up", "shipped", "shipped"), ("delivered", "delivered", "delivered"),
    ]  # fmt: skip
    now = Delivery.objects.get()
    assert (now.failed_count, now.reason, now.received_by, now.note) == (
        1,
        "Nobody was there.",
        "Amina",
        "At the gate.",
    )
    assert (Order.objects.get().cached_state, broken()) == ("delivered", {})


def test_a_step_that_does_not_fit_is_refused_and_changes_nothing(task: Delivery, courier: Person) -> None:
    by = courier.actor("operations")
    for verb, said in ((actions.hand_over, {"received_by": "Amina"}), (actions.fail, {"reason": "Nobody was there."})):
        with pytest.raises(WrongState):
            verb(task.pk, by=by, **said)
    actions.pick_up(task.pk, by=by)
    with pytest.raises(WrongState):
        actions.pick_up(task.pk, by=by)
    assert words(task) == ("picked_up", "shipped", "shipped")


def test_a_courier_sees_nothing_of_the_market_but_the_task(task: Delivery, courier: Person, second: Person) -> None:
    by = courier.actor("operations")
    assert [row.pk for row in scope(by, Delivery)] == [task.pk]
    for model in (Order, VendorOrder, Shipment, Listing, Vendor):
        assert scope(by, model).count() == 0, model
    assert scope(second.actor("operations"), Delivery).count() == 0


@pytest.mark.parametrize("role", [*OTHERS, "second"])
def test_nobody_else_works_on_the_task(task: Delivery, role: str, request: pytest.FixtureRequest) -> None:
    person: Person = request.getfixturevalue(role)
    before = Audit.objects.count()
    for audience in ("storefront", "vendor", "operations"):
        for verb, said in (
            (actions.pick_up, {}),
            (actions.hand_over, {"received_by": "Me"}),
            (actions.fail, {"reason": "No."}),
        ):
            with pytest.raises((Missing, Denied)):
                verb(task.pk, by=person.actor(audience), **said)
        with pytest.raises((Missing, Denied)):
            actions.assign(task.shipment_id, by=person.actor(audience), courier_id=task.courier_id)
    assert (words(task)[0], Audit.objects.count()) == ("assigned", before)


def test_a_task_is_given_to_somebody_else_until_the_first_has_the_parcel(
    task: Delivery, courier: Person, second: Person, support: Person, customer: Person
) -> None:
    by = support.actor("operations")
    for wrong in (customer.user.pk, support.user.pk, 2**31 - 1):
        with pytest.raises(DomainError) as refusal:
            actions.assign(task.shipment_id, by=by, courier_id=wrong)
        assert refusal.value.code == "no_courier"
    actions.assign(task.shipment_id, by=by, courier_id=second.user.pk)
    assert scope(courier.actor("operations"), Delivery).count() == 0
    actions.pick_up(task.pk, by=second.actor("operations"))
    with pytest.raises(WrongState):
        actions.assign(task.shipment_id, by=by, courier_id=courier.user.pk)
    assert Delivery.objects.get().courier_id == second.user.pk


def test_a_parcel_that_arrived_otherwise_is_off_the_list(task: Delivery, courier: Person, owner: Person) -> None:
    actions.deliver(task.shipment.vendor_order_id, by=owner.actor("vendor"))
    assert words(task) == ("closed", "delivered", "delivered")
    with pytest.raises(WrongState):
        actions.pick_up(task.pk, by=courier.actor("operations"))
    assert broken() == {}


def test_the_courier_reads_where_to_fetch_and_bring_until_it_has_ended(
    task: Delivery, courier: Person, second: Person, rival: Person
) -> None:
    api = courier.api("operations")
    listed = api.get("/deliveries").json()["items"]
    assert [each["id"] for each in listed] == [task.reference]
    at = f"/deliveries/{task.reference}"
    found = api.get(at).json()
    assert found["destination"] == {
        "recipient": "Amina Odhiambo", "phone": "+254712345678", "street": "12 Moi Avenue", "town": "Nairobi",
        "province": "", "postal_code": "", "country": "KE", "note": "",
    }  # fmt: skip
    assert (found["origin"]["vendor_name"], found["pieces"], found["proof"]) == ("Omar's Shop", 3, None)
    for path in ("/orders", "/vendor-orders", "/shipments", "/listings", "/vendors", "/users"):
        assert api.get(path).json()["items"] == [], path
    assert second.api("operations").get(at).status_code == 404
    assert second.api("operations").post(f"{at}/pick_up").status_code == 404
    assert rival.api("vendor").get(at).status_code == 404
    assert api.post(f"{at}/pick_up").status_code == 200
    assert api.post(f"{at}/hand_over", {"received_by": "Amina"}).json()["destination"] is None
    assert "Moi Avenue" not in str(api.get(at).json())


def test_photos_prove_it_to_those_who_may_see_the_order_alone(
    task: Delivery, courier: Person, second: Person, owner: Person, rival: Person, customer: Person, buyer: Person,
    support: Person,
) -> None:  # fmt: skip
    at = f"/deliveries/{task.reference}"
    api = courier.api("operations")

    def upload(person: Person, content: bytes = b"") -> Any:
        file = SimpleUploadedFile("door.jpg", content or photo(), "image/jpeg")
        return person.api("operations").upload(f"{at}/photos", {"file": file})

    assert upload(courier).json()["code"] == "wrong_state"
    api.post(f"{at}/pick_up")
    assert upload(second).status_code == 404
    assert upload(courier, b"no picture").json()["code"] == "image_refused"
    assert DeliveryPhoto.objects.count() == 0
    assert upload(courier).status_code == 201
    api.post(f"{at}/hand_over", {"received_by": "Amina"})
    proof = api.get(at).json()["proof"]
    (key,) = proof["photo_ids"]
    order = Order.objects.get().reference
    for person, audience, path in (
        (courier, "operations", f"{at}/photos/{key}"),
        (support, "operations", f"{at}/photos/{key}"),
        (owner, "vendor", f"{at}/photos/{key}"),
        (customer, "storefront", f"/orders/{order}/photos/{key}"),
    ):
        answer = person.api(audience).get(path)
        assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
            200,
            "image/jpeg",
            "private, no-store",
        )
        with Picture.open(io.BytesIO(b"".join(answer.streaming_content))) as kept:
            assert (kept.format, kept.size) == ("JPEG", (40, 30))
    for person, audience, path in (
        (second, "operations", f"{at}/photos/{key}"),
        (rival, "vendor", f"{at}/photos/{key}"),
        (buyer, "storefront", f"/orders/{order}/photos/{key}"),
    ):
        assert person.api(audience).get(path).status_code == 404
    name = DeliveryPhoto.objects.get().file
    assert customer.admin.get(f"/media/{name}").status_code == 404


def test_a_refused_photo_leaves_no_file_behind(task: Delivery, courier: Person) -> None:
    before = len(default_storage.listdir(flows.PROOFS)[1]) if default_storage.exists(flows.PROOFS) else 0
    content = photo()
    with pytest.raises(WrongState):
        flows.add_photo(task, io.BytesIO(content), size=len(content), by=courier.actor("operations"))
    after = len(default_storage.listdir(flows.PROOFS)[1]) if default_storage.exists(flows.PROOFS) else 0
    assert (after, DeliveryPhoto.objects.count()) == (before, 0)


def test_the_timeline_tells_what_the_courier_did(
    task: Delivery, courier: Person, owner: Person, customer: Person
) -> None:
    by = courier.actor("operations")
    actions.pick_up(task.pk, by=by)
    actions.fail(task.pk, by=by, reason="Nobody was there.")
    actions.pick_up(task.pk, by=by)
    actions.hand_over(task.pk, by=by, received_by="Amina")
    share = VendorOrder.objects.get()
    found = queries.timeline_of_share(share, owner.actor("vendor"))[4:]
    assert [(each.event, each.who, each.reason) for each in found] == [
        ("given_to_courier", "Soko", ""), ("picked_up", "The courier", ""),
        ("attempt_failed", "The courier", "Nobody was there."), ("picked_up", "The courier", ""),
        ("delivered", "The courier", ""),
    ]  # fmt: skip
    assert {each.parcel for each in found} == {task.shipment.reference}


def test_the_couriers_first_page_is_the_list_of_what_to_bring(
    task: Delivery, courier: Person, second: Person, owner: Person
) -> None:
    text = courier.admin.get("/admin/").content.decode()
    for words_ in (
        task.reference,
        "12 Moi Avenue",
        "tel:+254712345678",
        f"/admin/orders/delivery/{task.pk}/verb/pick_up/",
    ):
        assert words_ in text, words_
    assert "/admin/orders/order/" not in text
    assert "/admin/catalog/" not in text
    other = second.admin.get("/admin/").content.decode()
    assert ("Nothing is to be brought." in other, task.reference in other) == (True, False)
    for path in ("change", "verb/pick_up", "history"):
        assert second.admin.get(f"/admin/orders/delivery/{task.pk}/{path}/").status_code in (302, 403, 404)
        assert (
            "Moi Avenue"
            not in second.admin.get(f"/admin/orders/delivery/{task.pk}/{path}/", follow=True).content.decode()
        )


def test_a_courier_works_through_the_dialogs_and_adds_a_photo(task: Delivery, courier: Person, second: Person) -> None:
    page = f"/admin/orders/delivery/{task.pk}"
    courier.admin.post(f"{page}/verb/pick_up/", {"_asked": "on", "_version": task.version})
    assert words(task)[0] == "picked_up"

    def add(person: Person, content: bytes) -> Any:
        return person.admin.post(f"{page}/photo/", {"file": SimpleUploadedFile("x.jpg", content)}, follow=True)

    assert add(second, photo()).status_code == 404
    assert "Send a JPEG" in add(courier, b"nothing").content.decode()
    assert "The photo is kept." in add(courier, photo()).content.decode()
    key = DeliveryPhoto.objects.get().pk
    assert courier.admin.get(f"{page}/photos/{key}/")["Content-Type"] == "image/jpeg"
    assert second.admin.get(f"{page}/photos/{key}/").status_code == 404
    assert courier.admin.get(f"{page}/photo/").status_code == 404
    unsaid = courier.admin.post(f"{page}/verb/hand_over/", {"_asked": "on"})
    assert (unsaid.status_code, words(task)[0]) == (200, "picked_up")
    courier.admin.post(f"{page}/verb/hand_over/", {"_asked": "on", "received_by": "Amina"})
    text = courier.admin.get(f"{page}/change/").content.decode()
    assert ("Amina" in text, "Moi Avenue" in text, words(task)[2]) == (True, False, "delivered")


def test_support_gives_a_parcel_to_a_courier_by_a_dialog(
    customer: Person, courier: Person, support: Person, goods: Goods
) -> None:
    parcel = sent(customer, {goods.mug: 1})
    url = f"/admin/orders/shipment/{parcel.pk}/verb/assign/"
    assert "Kofi Courier" in support.admin.get(url).content.decode()
    answer = support.admin.post(url, {"_asked": "on", "courier_id": str(courier.user.pk)})
    assert (answer.status_code, Delivery.objects.get().courier_id) == (302, courier.user.pk)


def test_a_longer_list_asks_the_database_no_more_often(
    task: Delivery, courier: Person, customer: Person, goods: Goods
) -> None:
    second = sent(customer, {goods.lamp: 1})
    actions.assign(second.pk, by=SYSTEM, courier_id=courier.user.pk)
    api = courier.api("operations")
    with CaptureQueriesContext(connection) as one:
        api.get("/deliveries", {"limit": "1"})
    with CaptureQueriesContext(connection) as two:
        assert len(api.get("/deliveries", {"limit": "2"}).json()["items"]) == 2
    assert len(two) == len(one)
