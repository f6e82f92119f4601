"""What is stuck on a parcel, bought of the carrier that brings it."""

from django.db import models
from django.db.models import Q

from core import references
from core.models import Moment, Record
from core.money import MoneyField
from marketplace.orders import rules, states
from marketplace.orders.models.parcels import Shipment


class ShippingLabel(Record):
    """The one label of a parcel. Its reference is what the carrier knows it by: fixed before it is asked, the same however often.

    `quoted` is what the carrier asked before, `price` what the label cost: that is taken from the vendor. `file` is an address
    within the media store, which nobody is served from by address. `trouble` says why nobody knows yet what became of it.
    """

    shipment = models.OneToOneField(Shipment, models.PROTECT, related_name="label", editable=False)
    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    carrier = models.CharField(max_length=20, editable=False)
    service = models.CharField(max_length=60, blank=True, editable=False)
    state = states.LABEL.field()
    state_since = Moment(auto_now_add=True, editable=False)
    quoted = MoneyField(null=True)
    price = MoneyField(null=True)
    tracking_number = models.CharField(max_length=80, blank=True, editable=False)
    file = models.CharField(max_length=200, blank=True, editable=False)
    has_paper = models.BooleanField("can be printed", default=False, editable=False)
    failure_sentence = models.CharField(max_length=300, blank=True, editable=False)
    trouble = models.CharField(max_length=300, blank=True, editable=False)
    bought_at = models.DateTimeField(null=True, editable=False)
    asked_at = models.DateTimeField("carrier last asked", null=True, editable=False)

    locked_under = "shipment"
    machine_fields = frozenset({"asked_at"})
    policy = rules.SHIPPING_LABEL
    moves = states.LABEL

    class Meta:
        constraints = [
            states.LABEL.constraint("shipping_label_state_known"),
            models.CheckConstraint(
                condition=~Q(state="made")
                | Q(price_minor__isnull=False, price_currency__isnull=False, bought_at__isnull=False)
                & ~Q(tracking_number=""),
                name="shipping_label_made_whole",
            ),
        ]
        indexes = [models.Index(fields=("state", "state_since"), name="shipping_label_by_state")]

    def __str__(self) -> str:
        return self.reference
