"""Who brings a parcel, and the proof that it was brought."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core import references
from core.models import Fact, Moment, Record
from marketplace.orders import rules, states
from marketplace.orders.models.parcels import Shipment


class Delivery(Record):
    """A courier's task: to fetch one parcel and bring it. `received_by` and `note` are its proof, with the photos.

    `reason` says why the last attempt failed.
    """

    shipment = models.OneToOneField(Shipment, models.PROTECT, related_name="delivery", editable=False)
    courier = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="deliveries", db_index=False, editable=False
    )
    reference = models.CharField(max_length=references.LENGTH, unique=True, editable=False)
    state = states.DELIVERY.field()
    state_since = Moment(auto_now_add=True, editable=False)
    assigned_at = Moment(auto_now_add=True, editable=False)
    picked_up_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    failed_count = models.PositiveSmallIntegerField("failed attempts", default=0, editable=False)
    reason = models.CharField(max_length=500, blank=True, editable=False)
    received_by = models.CharField(max_length=120, blank=True, editable=False)
    note = models.CharField(max_length=500, blank=True, editable=False)

    locked_under = "shipment"
    policy = rules.DELIVERY
    moves = states.DELIVERY

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            states.DELIVERY.constraint("delivery_state_known"),
            models.CheckConstraint(
                condition=~Q(state="delivered") | ~Q(received_by=""), name="delivery_received_by_somebody"
            ),
        ]
        indexes = [
            models.Index(fields=("courier", "state", "assigned_at"), name="delivery_of_courier"),
            models.Index(fields=("-assigned_at", "-id"), name="delivery_newest"),
        ]

    def __str__(self) -> str:
        return self.reference


class DeliveryPhoto(Fact):
    """A photo that proves a delivery. `file` is an address within the media store, which nobody is served from by address."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="photos")
    file = models.CharField(max_length=200)
    at = Moment(auto_now_add=True)

    policy = rules.DELIVERY_PHOTO

    def __str__(self) -> str:
        return f"photo of {self.delivery}"
