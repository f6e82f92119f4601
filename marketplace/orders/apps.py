"""Orders: bought once, paid once, and split by vendor, each of whom ships a share of its own."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "marketplace.orders"
    label = "orders"
    verbose_name = "Orders"

    def ready(self) -> None:
        from marketplace.orders import approvals  # it needs the settings

        approvals.check()
