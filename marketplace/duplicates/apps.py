"""Possible duplicates: listings that are alike in words or pictures, shown side by side to moderators."""

from importlib import import_module

from django.apps import AppConfig


class DuplicatesConfig(AppConfig):
    name = "marketplace.duplicates"
    label = "duplicates"
    verbose_name = "Moderation"

    def ready(self) -> None:
        import_module("marketplace.duplicates.signals")
