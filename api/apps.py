"""The API as a Django app: its templates, static files and commands are found."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"
    verbose_name = "API"
