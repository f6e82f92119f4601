"""Pieces of a line that are not sold any more: called off before they were sent, sent back, or paid back."""

from django.db import models
from django.db.models import F, Q

from core.models import Fact
from marketplace.orders import rules
from marketplace.orders.models.shares import OrderLine, VendorOrder


class LineReduction(Fact):
    """So many pieces of a paid line are given up, and so many of these went back on the shelf.

    `cancelled` pieces were never sent, `returned` ones came back, for `refunded` ones the buyer has the money and perhaps the
    thing. All of a line's never are more than were bought.
    """

    class Kind(models.TextChoices):
        CANCELLED = "cancelled", "Cancelled"
        RETURNED = "returned", "Returned"
        REFUNDED = "refunded", "Refunded"

    vendor_order = models.ForeignKey(VendorOrder, models.PROTECT, related_name="reductions")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="reductions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    quantity = models.PositiveSmallIntegerField()
    restocked = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=500, blank=True)
    returned_as = models.ForeignKey("orders.Return", models.PROTECT, null=True, related_name="received")
    at = models.DateTimeField("when")
    deed = models.UUIDField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField("by", max_length=120)

    policy = rules.LINE_REDUCTION

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="line_reduction_of_some"),
            models.CheckConstraint(condition=Q(restocked__lte=F("quantity")), name="line_reduction_restocks_its_own"),
            models.CheckConstraint(
                condition=Q(kind="returned", returned_as__isnull=False) | ~Q(kind="returned") & Q(returned_as=None),
                name="line_reduction_knows_its_return",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.get_kind_display().lower()}"
