"""Addresses that stay: the three APIs, each with openapi.json beneath it, and their documentation."""

from django.urls import path

from api import docs
from api.instances import PREFIX, instances

urlpatterns = [
    path("docs/", docs.index, name="api-docs"),
    path("docs/errors", docs.errors, name="api-docs-errors"),
    path("docs/<str:audience>/swagger", docs.swagger, name="api-docs-swagger"),
    path("docs/<str:audience>/redoc", docs.redoc, name="api-docs-redoc"),
    *[path(f"{PREFIX[audience]}/", api.urls) for audience, api in instances().items()],
]
