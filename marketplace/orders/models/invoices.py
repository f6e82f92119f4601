"""Invoices of vendors: numbered without a gap by each vendor for itself, and never changed."""

from django.db import models
from django.db.models import Q

from core.models import Fact, Moment, Tally
from marketplace.orders import rules
from marketplace.orders.models.shares import VendorOrder


class InvoiceCounter(Tally):
    """The last number that a vendor's invoices have come to. Invoices explain it: I-O11."""

    vendor = models.OneToOneField("vendors.Vendor", models.PROTECT, related_name="invoice_counter")
    last = models.PositiveIntegerField(default=0)


class Invoice(Fact):
    """What a vendor charges a buyer for one share: issued when the share is accepted, in the words of that moment.

    Its lines and sums are those of the share, which are facts themselves.
    """

    vendor_order = models.OneToOneField(VendorOrder, models.PROTECT, related_name="invoice")
    vendor = models.ForeignKey("vendors.Vendor", models.PROTECT, related_name="invoices", db_index=False)
    number = models.PositiveIntegerField()
    issued_at = Moment(auto_now_add=True)
    seller_name = models.CharField(max_length=80)
    seller_place = models.CharField(max_length=120, blank=True)

    policy = rules.INVOICE

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("vendor", "number"), name="invoice_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="invoice_numbers_begin_with_one"),
        ]

    def __str__(self) -> str:
        return f"{self.vendor_id}-{self.number:05d}"
