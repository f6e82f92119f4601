"""Credit notes of vendors: what of an invoice was given back, numbered without a gap in a series of their own, and never changed."""

from django.db import models
from django.db.models import F, Q

from core.models import Fact, Moment, Tally
from core.money import MoneyField
from marketplace.orders import rules
from marketplace.orders.models.invoices import Invoice
from marketplace.orders.models.shares import VendorOrder
from marketplace.payments.models import Refund


class CreditNoteCounter(Tally):
    """The last number that a vendor's credit notes have come to. Credit notes explain it: I-O12."""

    vendor = models.OneToOneField("vendors.Vendor", models.PROTECT, related_name="credit_note_counter")
    last = models.PositiveIntegerField(default=0)


class CreditNote(Fact):
    """What a refund takes off an invoice: issued when the money has gone back, in the words of that moment.

    Its lines are the refund's parts of the share, which are facts themselves; `amount` is their sum, with its tax, and
    `tax_minor` the tax in it.
    """

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="credit_notes")
    refund = models.ForeignKey(Refund, models.PROTECT, related_name="credit_notes", db_index=False)
    vendor_order = models.ForeignKey(VendorOrder, models.PROTECT, related_name="credit_notes")
    vendor = models.ForeignKey("vendors.Vendor", models.PROTECT, related_name="credit_notes", db_index=False)
    number = models.PositiveIntegerField()
    issued_at = Moment(auto_now_add=True)
    amount = MoneyField(least=1)
    amount_minor: int
    tax_minor = models.BigIntegerField(default=0)
    seller_name = models.CharField(max_length=80)
    seller_place = models.CharField(max_length=120, blank=True)

    policy = rules.CREDIT_NOTE

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("vendor", "number"), name="credit_note_number_once"),
            models.UniqueConstraint(fields=("refund", "vendor_order"), name="credit_note_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="credit_note_numbers_begin_with_one"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1, tax_minor__gte=0, tax_minor__lte=F("amount_minor")),
                name="credit_note_in_bounds",
            ),
        ]
        indexes = [models.Index(fields=("-issued_at", "-id"), name="credit_note_newest")]

    def __str__(self) -> str:
        return f"{self.vendor_id}-C{self.number:05d}"
