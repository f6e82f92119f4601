"""Taxes: what a price holds or is charged of tax, by place and category."""

from django.apps import AppConfig


class TaxesConfig(AppConfig):
    name = "marketplace.taxes"
    label = "taxes"
    verbose_name = "Tax"
