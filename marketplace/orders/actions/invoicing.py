"""Invoices are issued when a vendor takes a share on, credit notes when money of it has gone back: each vendor's are numbered from
1, and no number is left out.
"""

from typing import Any

from django.db.models import F

from core import deeds
from core.actions import action
from core.rules import Actor
from marketplace.orders.models import CreditNote, CreditNoteCounter, Invoice, InvoiceCounter, VendorOrder
from marketplace.orders.uncredited import to_credit
from marketplace.vendors.models import Vendor


def issue(share: VendorOrder) -> None:
    """Issue the invoice of a share: last of all, since everybody who accepts for this vendor wants its counter."""
    deeds.do_last(lambda: _issue(share.pk, share.vendor_id))


def _issue(share_id: int, vendor_id: int) -> None:
    if Invoice.objects.filter(vendor_order=share_id).exists():
        return
    number = next_number(vendor_id)
    Invoice(vendor_order_id=share_id, number=number, **_seller(vendor_id)).save(force_insert=True)
    _credit(share_id, vendor_id)  # what had gone back before


@action(label="Issue credit notes", audited=False)
def credit(share: VendorOrder, *, by: Actor) -> VendorOrder:
    """Issue a credit note for each refund of an invoiced share that is done. Does nothing a second time, nor without an invoice."""
    deeds.do_last(lambda: _credit(share.pk, share.vendor_id))
    return share


def _credit(share_id: int, vendor_id: int) -> None:
    for owed in to_credit(share_id):
        note = CreditNote(
            invoice_id=owed.invoice_id, refund_id=owed.refund_id, vendor_order_id=share_id, tax_minor=owed.tax_minor,
            number=_next(CreditNoteCounter, vendor_id), **_seller(vendor_id),
        )  # fmt: skip
        note.amount = owed.amount
        note.save(force_insert=True)


def _seller(vendor_id: int) -> dict[str, Any]:
    """Who sells, in the words of today."""
    vendor = Vendor.objects.get(pk=vendor_id)
    place = ", ".join(each for each in (vendor.city, vendor.country) if each)
    return {"vendor": vendor, "seller_name": vendor.name, "seller_place": place}


def next_number(vendor_id: int) -> int:
    """The next number of the vendor's invoices."""
    return _next(InvoiceCounter, vendor_id)


def _next(counters: type[InvoiceCounter | CreditNoteCounter], vendor_id: int) -> int:
    """The vendor's next number. Its counter is held until the transaction ends: what is not committed leaves no gap."""
    counters.objects.get_or_create(vendor_id=vendor_id)
    counter = counters.objects.filter(vendor_id=vendor_id)
    counter.update(last=F("last") + 1)
    return counter.values_list("last", flat=True).get()
