"""Orders, as they are written in an afternoon."""

from django.conf import settings
from django.db import models

from marketplace.catalog.models import Variant


class Order(models.Model):
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    status = models.CharField(max_length=20, default="pending")
    recipient = models.CharField(max_length=120)
    phone = models.CharField(max_length=40)
    street = models.CharField(max_length=200)
    town = models.CharField(max_length=80)
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(auto_now_add=True)


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    quantity = models.PositiveIntegerField()
    unit_price_minor = models.BigIntegerField()
