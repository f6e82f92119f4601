"""Search: one entry of plain words for each listing, kept by events, asked through one contract whatever the database."""

from importlib import import_module

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "marketplace.search"
    label = "search_index"  # the admin's own search has the address of an app called search
    verbose_name = "Search"

    def ready(self) -> None:
        import_module("marketplace.search.queries").register_index()
        import_module("marketplace.search.mirror").register()
