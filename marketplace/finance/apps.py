"""Finance: all work with money in one place, and whether gateways, orders and books say the same. It owns no rows."""

from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "marketplace.finance"
    label = "finance"
    verbose_name = "Finance"
