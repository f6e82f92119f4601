"""Addresses that stay: the three APIs, each with openapi.json beneath it, their documentation, and where gateways tell."""

from django.urls import path

from api import category_document, docs, hooks
from api.instances import PREFIX, instances

urlpatterns = [
    path("docs/", docs.index, name="api-docs"),
    path("docs/errors", docs.errors, name="api-docs-errors"),
    path("docs/<str:audience>/swagger", docs.swagger, name="api-docs-swagger"),
    path("docs/<str:audience>/redoc", docs.redoc, name="api-docs-redoc"),
    *[
        path(f"{PREFIX[audience]}/openapi.json", category_document.document, {"audience": audience})
        for audience in instances()
    ],
    *[path(f"{PREFIX[audience]}/", api.urls) for audience, api in instances().items()],
    path("hooks/<slug:gateway>", hooks.receive, name="api-hooks"),
]
