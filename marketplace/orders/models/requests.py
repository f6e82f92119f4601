"""Refunds that somebody asked for by line, and that a second person may have to allow."""

from django.db import models
from django.db.models import F, Q

from core import references
from core.models import Fact, Moment, Record
from core.money import MoneyField
from marketplace.orders import rules, states
from marketplace.orders.models.shares import OrderLine, VendorOrder
from marketplace.payments.models import Refund


class RefundRequest(Record):
    """Some of a share's money is to go back, by line: asked by one person, allowed by the same or by another, or refused.

    Its share, and above that the order, is locked before it. `refund` is what came of it.
    """

    vendor_order = models.ForeignKey(VendorOrder, models.PROTECT, related_name="refund_requests", editable=False)
    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    amount = MoneyField()
    amount_minor: int
    amount_currency: str
    reason = models.CharField(max_length=500, editable=False, help_text="The buyer reads this sentence.")
    state = states.REFUND_REQUEST.field()
    state_since = Moment(auto_now_add=True, editable=False)
    asked_at = Moment(auto_now_add=True, editable=False)
    asked_by_id = models.BigIntegerField(null=True, editable=False)
    asked_by_name = models.CharField("asked by", max_length=120, editable=False)
    decided_by_id = models.BigIntegerField(null=True, editable=False)
    decided_by_name = models.CharField("decided by", max_length=120, blank=True, editable=False)
    decision = models.CharField(max_length=500, blank=True, editable=False, help_text="Why it was refused.")
    refund = models.OneToOneField(Refund, models.PROTECT, null=True, related_name="request", editable=False)

    locked_under = "vendor_order"
    policy = rules.REFUND_REQUEST
    moves = states.REFUND_REQUEST

    class Meta:
        constraints = [
            states.REFUND_REQUEST.constraint("refund_request_state_known"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(asked_by_name=""), name="refund_request_has_its_why"),
            models.CheckConstraint(
                condition=Q(state="approved") | Q(refund=None), name="refund_request_is_allowed_before_it_is_paid"
            ),
        ]
        indexes = [
            models.Index(fields=("-asked_at", "-id"), name="refund_request_newest"),
            models.Index(fields=("state", "-asked_at"), name="refund_request_by_state"),
        ]

    def __str__(self) -> str:
        return self.reference


class RefundRequestLine(Fact):
    """So much of one line, or of the shipping where no line is named; `restock` of the pieces are to go back on the shelf.

    Where `amount` is not said, it is what the pieces cost, or all that is left of the shipping.
    """

    request = models.ForeignKey(RefundRequest, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, null=True, related_name="refund_request_lines")
    quantity = models.PositiveSmallIntegerField(default=0)
    restock = models.PositiveSmallIntegerField(default=0)
    amount = MoneyField()
    amount_minor: int
    amount_currency: str

    policy = rules.REFUND_REQUEST_LINE

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("request", "line"), name="refund_request_line_once"),
            models.UniqueConstraint(fields=("request",), condition=Q(line=None), name="refund_request_shipping_once"),
            models.CheckConstraint(condition=Q(restock__lte=F("quantity")), name="refund_request_restocks_its_own"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.line or 'the shipping'}"
