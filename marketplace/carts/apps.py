"""Carts: what somebody means to buy, checked anew whenever it is read."""

from django.apps import AppConfig


class CartsConfig(AppConfig):
    name = "marketplace.carts"
    label = "carts"
    verbose_name = "Orders"
