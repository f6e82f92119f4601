"""On start: the standard roles are laid out after each migration."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "marketplace.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        post_migrate.connect(_lay_out_roles, sender=self, dispatch_uid="accounts.roles")


def _lay_out_roles(using: str, **_rest: Any) -> None:
    """Roles are rows, so that people may edit them; the standard ones are there from the start."""
    from marketplace.accounts import actions  # models exist only once every app is ready

    needed = {"accounts_role", "accounts_historicalrole", "core_audit"}
    if using == "default" and needed <= set(connections[using].introspection.table_names()):
        actions.lay_out_roles(by=actions.SYSTEM)
