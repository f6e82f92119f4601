"""Addresses that stay: the three APIs, each with openapi.json beneath it, their documentation, and where gateways tell."""

from django.urls import path

from api import docs, hooks
from api.instances import PREFIX, instances
from marketplace.payments import gateways

urlpatterns = [
    path("docs/", docs.index, name="api-docs"),
    path("docs/errors", docs.errors, name="api-docs-errors"),
    path("docs/<str:audience>/swagger", docs.swagger, name="api-docs-swagger"),
    path("docs/<str:audience>/redoc", docs.redoc, name="api-docs-redoc"),
    *[path(f"{PREFIX[audience]}/", api.urls) for audience, api in instances().items()],
    *[path(f"hooks/{name}", hooks.receive, {"gateway": name}, name=f"api-hooks-{name}") for name in gateways.names()],
]
