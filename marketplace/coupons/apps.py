"""Coupons: codes that take something off a bill, so often and no more."""

from django.apps import AppConfig


class CouponsConfig(AppConfig):
    name = "marketplace.coupons"
    label = "coupons"
    verbose_name = "Orders"
