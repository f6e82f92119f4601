"""Shipping: where parcels go, what that costs, and what carriers tell of them."""

from django.apps import AppConfig


class ShippingConfig(AppConfig):
    name = "marketplace.shipping"
    label = "shipping"
    verbose_name = "Shipping"
