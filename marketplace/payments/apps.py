"""Payments: money that comes in and goes back through gateways, each unit of it explained by a fact."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "marketplace.payments"
    label = "payments"
    verbose_name = "Money"
