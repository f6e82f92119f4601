"""Addresses that stay: the three APIs, each with openapi.json beneath it, their documentation, and where gateways tell."""

from django.urls import path

from api import docs, hooks
from api.instances import PREFIX, instances

urlpatterns = [
    path("docs/", docs.index, name="api-docs"),
    path("docs/errors", docs.errors, name="api-docs-errors"),
    path("docs/<str:audience>/swagger", docs.swagger, name="api-docs-swagger"),
    path("docs/<str:audience>/redoc", docs.redoc, name="api-docs-redoc"),
    *[path(f"{PREFIX[audience]}/", api.urls) for audience, api in instances().items()],
    path("hooks/<slug:gateway>", hooks.receive, name="api-hooks"),
]
