"""Invoices and packing slips: numbered without a gap, the same bytes each time, and read by those alone whom they are about."""

from typing import Any

import pytest

from core.errors import Missing, WrongState
from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.orders import actions, documents
from marketplace.orders.actions.shipping import Pieces
from marketplace.orders.models import Invoice, InvoiceCounter, OrderLine, Shipment, VendorOrder
from marketplace.orders.tests.factories import paid, shares_of
from marketplace.orders.tests.holding import broken

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


def accepted(customer: Person, wanted: dict[Any, int], **said: Any) -> VendorOrder:
    share = shares_of(paid(customer.user, wanted, **said))[0]
    return actions.accept(share.pk, by=SYSTEM)


def test_each_vendor_numbers_its_invoices_from_one_when_it_accepts(
    customer: Person, owner: Person, rival: Person, goods: Goods
) -> None:
    order = paid(customer.user, {goods.mug: 1, goods.lamp: 1})
    mine, theirs = shares_of(order)
    assert Invoice.objects.count() == 0
    actions.accept(mine.pk, by=owner.actor("vendor"))
    with pytest.raises(WrongState):
        actions.accept(mine.pk, by=owner.actor("vendor"))
    accepted(customer, {goods.mug: 1})
    actions.accept(theirs.pk, by=rival.actor("vendor"))
    found = Invoice.objects.order_by("pk").values_list("vendor", "number", "seller_name")
    assert list(found) == [
        (owner.vendor.pk, 1, "Omar's Shop"), (owner.vendor.pk, 2, "Omar's Shop"), (rival.vendor.pk, 1, "Rita's Rival Shop"),
    ]  # fmt: skip
    assert dict(InvoiceCounter.objects.values_list("vendor", "last")) == {owner.vendor.pk: 2, rival.vendor.pk: 1}
    assert broken() == {}


def test_an_invoice_is_a_pdf_of_the_same_bytes_each_time(customer: Person, goods: Goods) -> None:
    share = accepted(customer, {goods.mug: 2, goods.rug: 1})
    first = documents.invoice(share)
    assert first.startswith(b"%PDF-")
    assert documents.invoice(VendorOrder.objects.get(pk=share.pk)) == first


def test_every_letter_of_a_name_in_amharic_cyrillic_and_latin_has_a_shape(customer: Person, goods: Goods) -> None:
    share = accepted(customer, {goods.mug: 1}, recipient="ሰላም Żaneta Щукина")
    content = documents.invoice(share)
    assert b"NotoSansEthiopic" in content
    assert b"NotoSans-Regular" in content or b"NotoSans" in content


def test_there_is_no_invoice_before_it_is_accepted(customer: Person, goods: Goods) -> None:
    share = shares_of(paid(customer.user, {goods.mug: 2}))[0]
    with pytest.raises(Missing):
        documents.invoice(share)


def test_slips_tell_what_is_left_and_what_is_in_a_parcel(customer: Person, goods: Goods) -> None:
    share = accepted(customer, {goods.mug: 3})
    assert documents.packing_slip(share).startswith(b"%PDF-")
    line = OrderLine.objects.get()
    actions.ship(share.pk, by=SYSTEM, carrier="G4S", lines=[Pieces(line_id=line.pk, quantity=2)])
    parcel = Shipment.objects.get()
    assert documents.packing_slip_of(parcel) == documents.packing_slip_of(parcel)
    actions.ship(share.pk, by=SYSTEM, carrier="G4S")
    with pytest.raises(Missing):
        documents.packing_slip(share)


def test_documents_are_for_those_alone_whom_they_are_about(
    customer: Person, buyer: Person, owner: Person, rival: Person, member: Person, support: Person, finance: Person,
    moderator: Person, courier: Person, nobody: Person, goods: Goods,
) -> None:  # fmt: skip
    share = accepted(customer, {goods.mug: 3})
    actions.ship(share.pk, by=SYSTEM, carrier="G4S")
    parcel, order = Shipment.objects.get().reference, VendorOrder.objects.get().order.reference
    bought = f"/orders/{order}/shares/{share.reference}/invoice.pdf"
    sold, slip = f"/vendor-orders/{share.reference}/invoice.pdf", f"/shipments/{parcel}/packing-slip.pdf"

    def asked(person: Person, audience: str, path: str) -> int:
        answer = person.api(audience).get(path)
        if answer.status_code == 200:
            assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "private, no-store")
            assert answer.content.startswith(b"%PDF-")
        return answer.status_code

    assert asked(customer, "storefront", bought) == 200
    assert [asked(each, "storefront", bought) for each in (buyer, owner, nobody)] == [404, 404, 404]
    for path in (sold, slip):
        assert [asked(each, "vendor", path) for each in (owner, rival, member, customer)] == [200, 404, 404, 404]
        assert [asked(each, "operations", path) for each in (support, finance, moderator, courier)] == [
            200,
            200,
            404,
            404,
        ]
    other = shares_of(paid(buyer.user, {goods.lamp: 1}))[0]
    actions.accept(other.pk, by=SYSTEM)
    assert asked(customer, "storefront", f"/orders/{order}/shares/{other.reference}/invoice.pdf") == 404


def test_pages_of_the_admin_lead_to_the_documents_of_what_one_sees(
    customer: Person, owner: Person, rival: Person, support: Person, goods: Goods
) -> None:
    share = accepted(customer, {goods.mug: 3})
    invoice, slip = (f"/admin/orders/vendororder/{share.pk}/{name}.pdf" for name in ("invoice", "packing-slip"))
    page = owner.admin.get(f"/admin/orders/vendororder/{share.pk}/change/").content.decode()
    assert (invoice in page, slip in page) == (True, True)
    for path in (invoice, slip):
        assert owner.admin.get(path)["Content-Type"] == "application/pdf"
        assert support.admin.get(path).status_code == 200
        assert rival.admin.get(path).status_code == 404
    assert invoice in support.admin.get(f"/admin/orders/order/{share.order_id}/change/").content.decode()


def test_the_page_of_a_parcel_tells_what_is_in_it_and_leads_to_its_slip(
    customer: Person, owner: Person, rival: Person, goods: Goods
) -> None:
    share = accepted(customer, {goods.mug: 3})
    line = OrderLine.objects.get()
    actions.ship(share.pk, by=SYSTEM, carrier="G4S", lines=[Pieces(line_id=line.pk, quantity=2)])
    at = f"/admin/orders/shipment/{Shipment.objects.get().pk}"
    page = owner.admin.get(f"{at}/change/").content.decode()
    for words in ("<b>Mug</b>", "of 3", "12 Moi Avenue", f"{at}/packing-slip.pdf", share.reference):
        assert words in page, words
    assert "line_id" not in page
    assert owner.admin.get(f"{at}/packing-slip.pdf").content.startswith(b"%PDF-")
    assert rival.admin.get(f"{at}/packing-slip.pdf").status_code == 404
