"""A vendor's share of an order, its lines as they were bought, and what is sent of it."""

from django.core.files.storage import default_storage
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from core import references
from core.models import Fact, Moment, Record
from core.money import MoneyField
from marketplace.catalog.models import Listing, Variant
from marketplace.orders import rules, states
from marketplace.orders.models.bills import LINE_PARTS, SHARE_PARTS, SHARE_TOTAL, BilledLine, BilledShare
from marketplace.orders.models.orders import Order
from marketplace.orders.models.sending import SentShare
from marketplace.payments.models import Refund


class VendorOrder(BilledShare, SentShare, Record):
    """One vendor's share of an order: what that vendor sees, ships and earns. Its order is locked before it."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="shares", editable=False)
    vendor = models.ForeignKey("vendors.Vendor", models.PROTECT, related_name="orders", db_index=False, editable=False)
    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    total = MoneyField()
    total_currency: str
    state = states.SHARE.field()
    state_since = Moment(auto_now_add=True, editable=False)
    placed_at = Moment(auto_now_add=True, editable=False)
    reason = models.CharField(max_length=500, blank=True, editable=False, help_text="Why it was cancelled.")

    locked_under = "order"
    policy = rules.VENDOR_ORDER
    moves = states.SHARE

    class Meta:
        constraints = [
            states.SHARE.constraint("vendor_order_state_known"),
            models.UniqueConstraint(fields=("order", "vendor"), name="vendor_order_once"),
            models.CheckConstraint(condition=SHARE_PARTS, name="vendor_order_parts_in_bounds"),
            models.CheckConstraint(condition=SHARE_TOTAL, name="vendor_order_adds_up"),
        ]
        indexes = [
            models.Index(fields=("vendor", "-placed_at", "-id"), name="vendor_order_of_vendor"),
            models.Index(fields=("vendor", "state", "state_since"), name="vendor_order_work"),
            models.Index(fields=("state", "state_since"), name="vendor_order_by_state"),
            models.Index(fields=("-placed_at", "-id"), name="vendor_order_newest"),
        ]

    def __str__(self) -> str:
        return self.reference


class OrderLine(BilledLine, Fact):
    """So many of one variant at the price of that moment, in the words and picture that the buyer saw.

    `attributes` are those that buyers see; `image` is an address within the media store.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines", db_index=False)
    vendor_order = models.ForeignKey(VendorOrder, models.PROTECT, related_name="lines")
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="order_lines")
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="order_lines")
    title = models.CharField(max_length=120)
    variant_title = models.CharField(max_length=80)
    sku = models.CharField("SKU", max_length=64)
    attributes = models.JSONField(default=dict)
    image = models.CharField(max_length=200, blank=True)
    vendor_name = models.CharField(max_length=80)
    unit_price = MoneyField()
    quantity = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    total = MoneyField()
    total_currency: str

    policy = rules.ORDER_LINE

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("order", "variant"), name="order_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_has_some"),
            models.CheckConstraint(
                condition=Q(total_minor=F("unit_price_minor") * F("quantity"), total_currency=F("unit_price_currency")),
                name="order_line_total",
            ),
            models.CheckConstraint(condition=LINE_PARTS, name="order_line_parts_in_bounds"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}, {self.variant_title}"

    @property
    def image_url(self) -> str:
        """Where the picture is served."""
        return default_storage.url(self.image) if self.image else ""


class RefundPart(Fact):
    """What of a refund is whose: so much of one line of a share, or of its shipping where no line is named.

    `amount` is what the buyer gets back, with its tax; `tax_minor` is the tax in it. `quantity` pieces are given up, or none
    where only money goes back. The parts of a refund add up to it.
    """

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="parts")
    vendor_order = models.ForeignKey(VendorOrder, models.PROTECT, related_name="refund_parts")
    line = models.ForeignKey(OrderLine, models.PROTECT, null=True, related_name="refund_parts")
    quantity = models.PositiveSmallIntegerField(default=0)
    amount = MoneyField()
    amount_minor: int
    amount_currency: str
    tax_minor = models.BigIntegerField(default=0)

    policy = rules.REFUND_PART

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("refund", "line"), name="refund_part_once_a_line"),
            models.UniqueConstraint(
                fields=("refund", "vendor_order"), condition=Q(line=None), name="refund_part_once_a_shipping"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, tax_minor__gte=0, tax_minor__lte=F("amount_minor")),
                name="refund_part_in_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.vendor_order}"
