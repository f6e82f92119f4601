"""The catalogue: categories, their attributes, and the listings that stand in them."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "marketplace.catalog"
    label = "catalog"
    verbose_name = "Catalogue"
