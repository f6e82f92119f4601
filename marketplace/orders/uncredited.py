"""What was given back of invoices and is on no credit note yet."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet, Sum

from core.money import Money
from marketplace.orders.models import CreditNote, Invoice, RefundPart


@dataclass(frozen=True)
class Owed:
    """What a refund that is done took off an invoice, of which there is no credit note yet."""

    invoice_id: int
    refund_id: int
    amount: Money
    tax_minor: int


def uncredited() -> QuerySet[RefundPart]:
    """What has gone back of invoiced shares, and is on no credit note."""
    noted = CreditNote.objects.filter(refund=OuterRef("refund"), vendor_order=OuterRef("vendor_order"))
    done = RefundPart.objects.filter(
        refund__status="succeeded", vendor_order__invoice__isnull=False, amount_minor__gt=0
    )
    return done.filter(~Exists(noted))


def to_credit(share_id: int) -> list[Owed]:
    """The credit notes that a share is to have, the oldest refund first."""
    invoice = Invoice.objects.filter(vendor_order=share_id).values_list("pk", flat=True).first()
    if invoice is None:
        return []
    rows = uncredited().filter(vendor_order=share_id).order_by("refund_id").values_list("refund_id", "amount_currency")
    sums = rows.annotate(back=Sum("amount_minor"), tax=Sum("tax_minor"))
    return [Owed(invoice, refund, Money(back, currency), tax) for refund, currency, back, tax in sums]
