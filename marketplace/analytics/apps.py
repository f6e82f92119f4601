"""Analytics: the figures of the market, for staff and for each vendor; it has no tables of its own."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "marketplace.analytics"
    label = "analytics"
    verbose_name = "Analytics"
