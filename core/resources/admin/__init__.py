"""From a declared resource to its admin: lists, forms, dialogs, history and transfer, each by the same rows and fields as the API."""

from core.resources.admin.base import ResourceAdmin, ScopedAdmin
from core.resources.admin.building import admin_of

__all__ = ["ResourceAdmin", "ScopedAdmin", "admin_of"]
