"""How a share is sent, frozen when it was ordered."""

from django.db import models

from marketplace.shipping import rating
from marketplace.shipping.models import ShippingMethod


class SentShare(models.Model):
    """How it was promised to be sent: the method's name and days as the buyer read them. Empty: for nothing, without a method."""

    shipping_method = models.ForeignKey(
        ShippingMethod, models.PROTECT, null=True, editable=False, related_name="+", help_text="As it was chosen."
    )
    shipping_name = models.CharField("sent by", max_length=60, blank=True, editable=False)
    shipping_kind = models.CharField(max_length=8, choices=ShippingMethod.Kind, blank=True, editable=False)
    shipping_days_min = models.PositiveSmallIntegerField(null=True, editable=False)
    shipping_days_max = models.PositiveSmallIntegerField(null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def shipping_days(self) -> str:
        """How long it was said to take, in words."""
        return rating.days(self.shipping_days_min, self.shipping_days_max)
