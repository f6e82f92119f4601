"""Engagement: what people look at, keep in view, and search for again."""

from django.apps import AppConfig


class EngagementConfig(AppConfig):
    name = "marketplace.engagement"
    label = "engagement"
    verbose_name = "Engagement"
