"""Returns: what a buyer wants to send back, and what became of it."""

from django.db import models
from django.db.models import Q

from core import references
from core.models import Fact, Moment, Record
from marketplace.orders import rules, states
from marketplace.orders.models.shares import OrderLine, VendorOrder
from marketplace.payments.models import Refund


class Return(Record):
    """Some pieces of one share that their buyer sends back: asked for, allowed or refused by the vendor, received, paid back.

    Its share, and above that the order, is locked before it. What was received of it is told by the line reductions.
    """

    vendor_order = models.ForeignKey(VendorOrder, models.PROTECT, related_name="returns", editable=False)
    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    why = models.CharField(
        "reason",
        max_length=16,
        choices=[(each, each.replace("_", " ").capitalize()) for each in states.RETURN_REASONS],
        editable=False,
    )
    note = models.CharField(max_length=500, blank=True, editable=False, help_text="In the buyer's own words.")
    state = states.RETURN.field()
    state_since = Moment(auto_now_add=True, editable=False)
    asked_at = Moment(auto_now_add=True, editable=False)
    answer = models.CharField(
        max_length=500, blank=True, editable=False, help_text="How to send it back, or why it was refused."
    )
    received_at = models.DateTimeField(null=True, editable=False)
    refund = models.OneToOneField(Refund, models.PROTECT, null=True, related_name="of_return", editable=False)

    locked_under = "vendor_order"
    policy = rules.RETURN
    moves = states.RETURN

    class Meta:
        constraints = [
            states.RETURN.constraint("return_state_known"),
            models.CheckConstraint(condition=Q(state__in=states.RECEIVED) | Q(refund=None), name="return_is_received_before_it_is_paid"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("-asked_at", "-id"), name="return_newest"),
            models.Index(fields=("state", "-asked_at"), name="return_by_state"),
        ]

    def __str__(self) -> str:
        return self.reference


class ReturnLine(Fact):
    """So many pieces of one line that are to come back."""

    belongs_to = models.ForeignKey(Return, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="return_lines")
    quantity = models.PositiveSmallIntegerField()

    policy = rules.RETURN_LINE

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("belongs_to", "line"), name="return_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="return_line_of_some"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.title}"
