"""Who may do what to which rows in the admin: the policy's rules, asked for each request."""

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.actors import admin_actor
from core.resources.declaration import Resource
from core.rules import Actor, allows, policy_of, scope


class ScopedRights:
    """Rows and rights of a model's admin, for the base admin."""

    resource: type[Resource]
    model: Any

    # --- Who is acting, and on which rows ---------------------------------------------------------------------------

    def actor(self, request: HttpRequest) -> Actor:
        return admin_actor(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return scope(self.actor(request), self.model).order_by(*self._order())

    def _order(self) -> tuple[str, ...]:
        money = getattr(self.model, "money_fields", {})
        names = list(self.resource.order)
        found = [
            f"{'-' if each.startswith('-') else ''}{each.lstrip('-')}_minor" if each.lstrip("-") in money else each
            for each in names
        ]
        return (*found, *(() if {"id", "-id", "pk", "-pk"} & set(found) else ("-pk",)))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return self._order()

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)  # type: ignore[misc]
        if row is not None:
            row.seen_by = self.actor(request)
        return row

    def in_sidebar(self, actor: Actor) -> bool:
        """Has this actor a use for the list itself? A look may say no."""
        return self.resource.serves(actor.audience)

    # --- Rights: the policy's, for the row as the database has it ----------------------------------------------------

    def _may(self, request: HttpRequest, deed: str, row: Any = None) -> bool:
        actor = self.actor(request)
        if not self.resource.serves(actor.audience):
            return False
        if not isinstance(row, models.Model):  # Unfold passes keys as rows
            return policy_of(self.model).may_ever(actor, deed)
        memo = request.__dict__.setdefault("_may", {})
        key = (deed, self.model, row.pk)
        if key not in memo:
            memo[key] = allows(actor, deed, row)
        return memo[key]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "create" in self.resource.operations_of(self.actor(request).audience) and self._may(request, "create")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "update" in self.resource.operations_of(self.actor(request).audience) and self._may(
            request, "change", obj
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "delete" in self.resource.operations_of(self.actor(request).audience) and self._may(
            request, "delete", obj
        )
