"""Moderation: what waits to be judged, what to look at twice, and what was decided."""

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "marketplace.moderation"
    label = "moderation"
    verbose_name = "Moderation"
