"""Payouts: what vendors have earned is sent to them, in batches that two people answer for."""

from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    name = "marketplace.payouts"
    label = "payouts"
    verbose_name = "Payouts"
