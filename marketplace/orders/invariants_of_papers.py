"""What always holds of papers: invoices and credit notes are numbered without a gap, and nobody lacks one for long."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, F, Max, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.invariants import invariant
from marketplace.orders import states
from marketplace.orders.models import CreditNote, CreditNoteCounter, Invoice, InvoiceCounter, RefundPart, VendorOrder
from marketplace.orders.uncredited import uncredited

LATE = timedelta(minutes=10)


@invariant("I-O11", owner="orders")
def invoices_with_a_gap() -> Iterator[str]:
    """Each vendor's invoices are numbered from 1 to its counter without a gap; what was accepted and not called off has one."""
    of_vendor = Invoice.objects.filter(vendor=OuterRef("vendor")).order_by().values("vendor")
    counters = InvoiceCounter.objects.annotate(
        many=Coalesce(Subquery(of_vendor.annotate(n=Count("pk")).values("n")), Value(0)),
        most=Coalesce(Subquery(of_vendor.annotate(n=Max("number")).values("n")), Value(0)),
    )
    odd = counters.exclude(many=F("last"), most=F("last"))
    yield from (f"vendor {pk}" for pk in odd.order_by("pk").values_list("vendor", flat=True))
    stray = Invoice.objects.exclude(vendor=F("vendor_order__vendor"))
    yield from (f"invoice {pk}" for pk in stray.order_by("pk").values_list("pk", flat=True))
    accepted = VendorOrder.objects.filter(state__in=("to_ship", *states.UNDERWAY), invoice=None)
    yield from (f"vendor order {pk}" for pk in accepted.order_by("pk").values_list("pk", flat=True))


@invariant("I-O12", owner="orders")
def credit_notes_that_do_not_fit() -> Iterator[str]:
    """Each vendor's credit notes are numbered from 1 without a gap, and say what a refund gave back of an invoiced share.

    Each is of a done refund of its invoice's share; what has gone back of an invoiced share has one.
    """
    of_vendor = CreditNote.objects.filter(vendor=OuterRef("vendor")).order_by().values("vendor")
    counters = CreditNoteCounter.objects.annotate(
        many=Coalesce(Subquery(of_vendor.annotate(n=Count("pk")).values("n")), Value(0)),
        most=Coalesce(Subquery(of_vendor.annotate(n=Max("number")).values("n")), Value(0)),
    )
    odd = counters.exclude(many=F("last"), most=F("last"))
    yield from (f"vendor {pk}" for pk in odd.order_by("pk").values_list("vendor", flat=True))
    parts = RefundPart.objects.filter(refund=OuterRef("refund"), vendor_order=OuterRef("vendor_order")).order_by()
    sums = parts.values("refund")
    notes = CreditNote.objects.annotate(
        back=Coalesce(Subquery(sums.annotate(n=Sum("amount_minor")).values("n")), Value(0)),
        taxed=Coalesce(Subquery(sums.annotate(n=Sum("tax_minor")).values("n")), Value(0)),
    )
    fits = Q(
        vendor=F("vendor_order__vendor"), invoice__vendor_order=F("vendor_order"), refund__status="succeeded",
        amount_minor=F("back"), tax_minor=F("taxed"),
    )  # fmt: skip
    yield from (f"credit note {pk}" for pk in notes.exclude(fits).order_by("pk").values_list("pk", flat=True))
    owed = uncredited().filter(refund__status_since__lt=timezone.now() - LATE)
    late = owed.order_by("vendor_order").values_list("vendor_order", flat=True).distinct()
    yield from (f"vendor order {pk} lacks a credit note" for pk in late)
