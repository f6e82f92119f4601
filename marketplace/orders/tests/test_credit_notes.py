"""Credit notes: one for each done refund of an invoice, numbered without a gap by each vendor, and read by whom they are about."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from marketplace.cast import Goods, Person
from marketplace.orders import actions, documents, reactions, tasks
from marketplace.orders.actions import invoicing
from marketplace.orders.models import CreditNote, CreditNoteCounter, Order
from marketplace.orders.tests.factories import SYSTEM, paid, place, refund_succeeds, shares_of
from marketplace.orders.tests.holding import broken
from marketplace.orders.tests.test_refund_parts import billed, failed, paid_later
from marketplace.orders.tests.test_refund_requests import of
from marketplace.orders.tests.test_returns import delivered
from marketplace.payments import actions as payments
from marketplace.payments.events import RefundSucceeded
from marketplace.payments.models import Refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(customer: Person, goods: Goods) -> Order:
    """Three mugs of one vendor, sent for 300 and with tax within the prices, and a lamp of another."""
    return delivered(paid_later(billed(place(customer.user, {goods.mug: 3, goods.lamp: 1}), shipping=300, tax=150)))


def told(refund: Refund) -> None:
    """The event of a refund that is done is heard, twice."""
    for _ in range(2):
        reactions.issue_credit_notes(
            RefundSucceeded(refund_id=refund.pk, payment_id=refund.payment_id, subject=refund.payment.subject)
        )


def give(order: Order, finance: Person, goods: Goods, pieces: int = 1) -> Refund:
    """Some mugs are paid back; the gateway is not done with it."""
    known = set(Refund.objects.values_list("pk", flat=True))
    actions.refund_lines(
        shares_of(order)[0].pk, by=finance.actor("operations"), lines=of(goods.mug, pieces), reason="Broken."
    )
    return Refund.objects.exclude(pk__in=known).get()


def notes() -> list[tuple[str, int, int]]:
    return [(str(each).split("-")[1], each.amount.amount, each.tax_minor) for each in CreditNote.objects.order_by("pk")]


def test_only_a_refund_that_is_done_has_a_credit_note_and_one_alone(
    order: Order, finance: Person, goods: Goods
) -> None:
    first = give(order, finance, goods)
    told(first)
    assert notes() == []
    told(refund_succeeds(failed_then_repeated(first, finance)))
    told(first)
    assert notes() == [("C00001", 500, 50)]
    told(refund_succeeds(give(order, finance, goods, 2)))
    assert notes() == [("C00001", 500, 50), ("C00002", 1_000, 100)]
    note = CreditNote.objects.order_by("pk")[0]
    assert (note.invoice, note.vendor) == (shares_of(order)[0].invoice, shares_of(order)[0].vendor)
    assert CreditNoteCounter.objects.get().last == 2
    assert broken() == {}


def test_what_no_event_told_of_the_clock_finds(order: Order, finance: Person, goods: Goods) -> None:
    refund_succeeds(give(order, finance, goods))
    assert notes() == []
    assert tasks.credit_refunds() == 1
    assert notes() == [("C00001", 500, 50)]
    assert tasks.credit_refunds() == 0


def failed_then_repeated(refund: Refund, finance: Person) -> Refund:
    """The gateway refuses it; asked for again, it is another refund of the same parts."""
    payments.try_again(failed(refund).pk, by=finance.actor("operations"))
    return Refund.objects.get(repeats=refund)


def test_all_of_an_order_is_a_note_of_each_vendor_with_its_shipping(
    order: Order, finance: Person, owner: Person, rival: Person
) -> None:
    actions.refund(order.pk, by=finance.actor("operations"), reason="All of it was late.")
    told(refund_succeeds(Refund.objects.get()))
    found = CreditNote.objects.order_by("vendor")
    assert [(each.vendor, each.number, each.amount.amount, each.tax_minor) for each in found] == [
        (owner.vendor, 1, 1_800, 300), (rival.vendor, 1, 3_000, 0),
    ]  # fmt: skip
    assert broken() == {}


def test_what_went_back_before_the_invoice_is_credited_with_it(customer: Person, owner: Person, goods: Goods) -> None:
    share = shares_of(paid(customer.user, {goods.mug: 3}))[0]
    line = share.lines.get()
    piece = actions.cancelling_lines.SomePieces(variant_id=line.variant_id, quantity=1)
    actions.cancel_lines(share.pk, by=owner.actor("vendor"), lines=[piece], reason="No longer in stock.")
    told(refund_succeeds(Refund.objects.get()))
    assert notes() == []
    actions.accept(share.pk, by=SYSTEM)
    assert notes() == [("C00001", 500, 0)]
    assert broken() == {}


def test_a_note_that_is_not_committed_leaves_no_gap(order: Order, finance: Person, goods: Goods) -> None:
    refund_succeeds(give(order, finance, goods))
    share = shares_of(order)[0]
    with transaction.atomic():
        invoicing.credit(share.pk, by=SYSTEM)
        assert CreditNote.objects.count() == 1
        transaction.set_rollback(True)
    assert CreditNote.objects.count() == 0
    invoicing.credit(share.pk, by=SYSTEM)
    assert notes() == [("C00001", 500, 50)]


def test_it_is_on_paper_for_those_alone_whom_it_is_about_and_never_changes(
    order: Order, finance: Person, customer: Person, buyer: Person, owner: Person, rival: Person, support: Person,
    moderator: Person, goods: Goods,
) -> None:  # fmt: skip
    told(refund_succeeds(give(order, finance, goods)))
    note = CreditNote.objects.get()
    assert documents.credit_note(note).startswith(b"%PDF-")
    assert documents.credit_note(CreditNote.objects.get()) == documents.credit_note(note)
    path = f"/credit-notes/{note.pk}"
    for person, audience in ((customer, "storefront"), (owner, "vendor"), (support, "operations")):
        listed = person.api(audience).get("/credit-notes").json()["items"]
        assert [(each["reference"], each["amount"]["amount"]) for each in listed] == [(str(note), 500)]
        paper = person.api(audience).get(f"{path}/credit-note.pdf")
        assert (paper.status_code, paper["Content-Type"], paper["Cache-Control"]) == (
            200, "application/pdf", "private, no-store",
        )  # fmt: skip
    for person, audience in ((buyer, "storefront"), (rival, "vendor"), (moderator, "operations")):
        assert person.api(audience).get(f"{path}/credit-note.pdf").status_code == 404
    page = f"/admin/orders/creditnote/{note.pk}"
    assert owner.admin.get(f"{page}/credit-note.pdf").content.startswith(b"%PDF-")
    assert rival.admin.get(f"{page}/credit-note.pdf").status_code == 404
    assert f"{page}/credit-note.pdf" in owner.admin.get(f"{page}/change/").content.decode()
    assert str(note) in owner.admin.get(f"/admin/orders/vendororder/{note.vendor_order_id}/change/").content.decode()
    with pytest.raises(TypeError):
        note.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditNote.objects.bulk_create([CreditNote(**{**fields(note), "number": 2, "refund_id": note.refund_id})])


def fields(note: CreditNote) -> dict[str, object]:
    return {each.attname: getattr(note, each.attname) for each in note._meta.concrete_fields if not each.primary_key}


def missing(note: CreditNote) -> None:
    QuerySet(CreditNote).filter(pk=note.pk).delete()


def wrong_sum(note: CreditNote) -> None:
    QuerySet(CreditNote).filter(pk=note.pk).update(amount_minor=note.amount.amount - 1)


def gap(note: CreditNote) -> None:
    CreditNoteCounter.objects.update(last=3)


@pytest.mark.parametrize("fault", [missing, wrong_sum, gap])
def test_what_is_planted_is_found(
    fault: Callable[[CreditNote], None], order: Order, finance: Person, goods: Goods
) -> None:
    refund = refund_succeeds(give(order, finance, goods))
    told(refund)
    Refund.objects.filter(pk=refund.pk).update(status_since=refund.status_since - timedelta(hours=1))
    assert broken() == {}
    fault(CreditNote.objects.get())
    assert list(broken()) == ["I-O12"]
