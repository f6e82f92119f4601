"""The vendors app: on start, the page of roles joins the generated documentation."""

from importlib import import_module

from django.apps import AppConfig


class VendorsConfig(AppConfig):
    name = "marketplace.vendors"
    label = "vendors"
    verbose_name = "Vendors"

    def ready(self) -> None:
        import_module("marketplace.vendors.pages")
