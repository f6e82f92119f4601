"""Parcels: what is sent of a vendor's share, by whom it is carried, and how many pieces of which line are in it."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from core import references
from core.models import Fact, Moment, Record
from marketplace.orders import rules, states
from marketplace.orders.models.shares import OrderLine, VendorOrder


class Shipment(Record):
    """One consignment of a vendor's share: who carries it, and under which number."""

    vendor_order = models.ForeignKey(VendorOrder, models.PROTECT, related_name="shipments", editable=False)
    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    carrier = models.CharField(max_length=60)
    tracking_number = models.CharField(max_length=80, blank=True)
    state = states.SHIPMENT.field()
    state_since = Moment(auto_now_add=True, editable=False)
    shipped_at = Moment(auto_now_add=True, editable=False)
    delivered_at = models.DateTimeField(null=True, editable=False)

    locked_under = "vendor_order"
    policy = rules.SHIPMENT
    moves = states.SHIPMENT

    class Meta:
        constraints = [states.SHIPMENT.constraint("shipment_state_known")]
        indexes = [
            models.Index(fields=("-shipped_at", "-id"), name="shipment_newest"),
            models.Index(fields=("shipped_at",), condition=Q(state="shipped"), name="shipment_on_its_way"),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking_number}".strip()


class ShipmentLine(Fact):
    """So many pieces of a line that are in a parcel."""

    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="lines", db_index=False)
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="shipped")
    quantity = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])

    policy = rules.SHIPMENT_LINE

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("shipment", "line"), name="shipment_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="shipment_line_has_some"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line}"
