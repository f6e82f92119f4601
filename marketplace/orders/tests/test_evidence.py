"""Files and contacts as evidence: everybody in a dispute opens them, nobody else, and what is refused leaves nothing behind."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from core import context
from core.errors import DomainError
from marketplace.cast import Goods, Person
from marketplace.contacts.actions import forget_clicks, press
from marketplace.contacts.channels import Channel
from marketplace.contacts.models import ContactClick, PersonalContact
from marketplace.orders import actions, flows
from marketplace.orders.actions import disputing, evidencing
from marketplace.orders.models import Dispute, DisputeEntry, DisputeFile
from marketplace.orders.tests.factories import SYSTEM, paid, shares_of
from marketplace.orders.tests.test_deliveries import photo
from marketplace.orders.tests.test_returns import delivered

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n%%EOF\n"


@pytest.fixture
def case(customer: Person, goods: Goods) -> Dispute:
    order = delivered(paid(customer.user, {goods.mug: 3, goods.lamp: 1}))
    share = shares_of(order)[0].reference
    return actions.open_dispute(order.pk, by=customer.actor(), share=share, why="broken", text="It came in two pieces.")


def show(person: Person, audience: str, case: Dispute, content: bytes, name: str = "mug.jpg") -> Any:
    file = SimpleUploadedFile(name, content, "application/octet-stream")
    return person.api(audience).upload(f"/disputes/{case.reference}/files", {"file": file})


def kept() -> int:
    try:
        return len(default_storage.listdir("evidence")[1])
    except FileNotFoundError:
        return 0


def test_each_side_shows_files_that_the_others_open_and_nobody_else(
    case: Dispute, customer: Person, owner: Person, support: Person, rival: Person, buyer: Person, moderator: Person
) -> None:
    before = kept()
    for person, audience, content, name in (
        (customer, "storefront", photo(), "my <mug>.jpg"),
        (owner, "vendor", PDF, "agreed.pdf"),
        (support, "operations", photo(), "???"),
    ):
        shown = show(person, audience, case, content, name)
        assert shown.status_code == 201, shown.content
    rows = list(DisputeFile.objects.order_by("pk"))
    assert [(each.kind, each.party, each.title) for each in rows] == [
        ("image", "buyer", "my mug.jpg"), ("pdf", "vendor", "agreed.pdf"), ("image", "market", "Picture"),
    ]  # fmt: skip
    said = DisputeEntry.objects.filter(kind="evidence").order_by("pk").values_list("party", "text")
    assert list(said)[:2] == [("buyer", "A file: my mug.jpg"), ("vendor", "A file: agreed.pdf")]
    at, (picture, paper, _) = f"/disputes/{case.reference}", rows
    for person, audience in ((customer, "storefront"), (owner, "vendor"), (support, "operations")):
        assert [each["id"] for each in person.api(audience).get(at).json()["files"]] == [each.pk for each in rows]
        seen = person.api(audience).get(f"{at}/files/{picture.pk}")
        assert (seen.status_code, seen["Content-Type"], seen["Cache-Control"]) == (
            200,
            "image/jpeg",
            "private, no-store",
        )
        saved = person.api(audience).get(f"{at}/files/{paper.pk}")
        assert b"".join(saved.streaming_content) == PDF
        assert (saved["X-Content-Type-Options"], saved["Content-Disposition"].split(";")[0]) == (
            "nosniff",
            "attachment",
        )
        assert "sandbox" in saved["Content-Security-Policy"]
    for person, audience in ((buyer, "storefront"), (rival, "vendor"), (moderator, "operations")):
        assert person.api(audience).get(f"{at}/files/{picture.pk}").status_code == 404
        assert show(person, audience, case, photo()).status_code == 404
    assert (DisputeFile.objects.count(), kept()) == (3, before + 3)


def test_what_is_neither_a_picture_nor_a_whole_pdf_leaves_nothing_behind(case: Dispute, customer: Person) -> None:
    before = kept()
    for content, code in (
        (b"<script>alert(1)</script>", "image_refused"),
        (PDF.replace(b"%%EOF", b""), "file_refused"),
        (b"%PDF-1.7" + b"0" * flows.MOST_BYTES, "file_refused"),
    ):
        with pytest.raises(DomainError) as refusal:
            flows.show_file(case, io.BytesIO(content), name="x.pdf", size=len(content), by=customer.actor())
        assert refusal.value.code == code
    disputing.win(case.pk, by=SYSTEM, reason="The proof is clear.")
    late = show(customer, "storefront", case, photo())
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")
    assert (DisputeFile.objects.count(), kept()) == (0, before)


def test_no_more_files_than_are_enough(case: Dispute, customer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    before = kept()
    monkeypatch.setattr(evidencing, "MOST_FILES", 1)
    assert show(customer, "storefront", case, PDF).status_code == 201
    again = show(customer, "storefront", case, PDF)
    assert (again.status_code, again.json()["code"], kept()) == (409, "enough_files", before + 1)


def test_files_are_shown_in_the_admin(case: Dispute, owner: Person, rival: Person) -> None:
    page = f"/admin/orders/dispute/{case.pk}"

    def add(person: Person, content: bytes) -> Any:
        return person.admin.post(f"{page}/files/", {"file": SimpleUploadedFile("slip.pdf", content)}, follow=True)

    assert (add(rival, PDF).status_code, DisputeFile.objects.count()) == (404, 0)
    answer = add(owner, PDF).content.decode()
    assert "Everybody in this dispute can open it." in answer
    assert "slip.pdf" in answer
    key = DisputeFile.objects.get().pk
    assert owner.admin.get(f"{page}/files/{key}/")["Content-Type"] == "application/pdf"
    assert rival.admin.get(f"{page}/files/{key}/").status_code == 404
    assert "Send a JPEG, PNG, WebP or AVIF image." in add(owner, b"text").content.decode()
    assert DisputeFile.objects.count() == 1


def test_the_contacts_of_the_two_stand_beside_the_case_and_are_forgotten_in_time(
    case: Dispute, customer: Person, owner: Person, support: Person, buyer: Person, goods: Goods
) -> None:
    listing = goods.mug.listing
    type(listing.vendor).objects.filter(pk=listing.vendor_id).update(phone="+254712000111")
    type(listing).objects.filter(pk=listing.pk).update(modes=[*listing.modes, "contact"])
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"
    for person in (customer, buyer):
        press(str(listing.pk), by=person.actor(), channel=Channel.CALL, address="10.0.0.9", agent=agent)
    assert (ContactClick.objects.count(), PersonalContact.objects.count()) == (2, 2)
    for person, audience in ((customer, "storefront"), (owner, "vendor"), (support, "operations")):
        told = person.api(audience).get(f"/disputes/{case.reference}").json()["contacts"]
        assert [(each["channel"], each["listing"]) for each in told] == [("call", listing.title)]
    page = owner.admin.get(f"/admin/orders/dispute/{case.pk}/change/").content.decode()
    assert "When the buyer contacted the vendor" in page
    forget_clicks(context.now().date() + timedelta(days=1), by=SYSTEM)
    assert (ContactClick.objects.count(), PersonalContact.objects.count()) == (0, 0)
