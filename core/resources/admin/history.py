"""The history of a row: who, when, why, before and after, of the fields this actor may read; going back is a dialog like any other."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse

from core.admin import words
from core.admin.actors import admin_actor
from core.audiences import OPERATIONS
from core.errors import DomainError
from core.models import Audit
from core.money import Money
from core.resources import documents, operations
from core.resources.admin import columns, rows
from core.resources.admin.verbs import AskForm
from core.resources.declaration import CHANGE, Resource
from core.rules import Actor, scope

WRITES = {"create": "Created", "change": "Changed", "delete": "Deleted", "arrange": "Set up"}
PAGE = 25


class HistoryScreens:
    """The history page and its dialog, for the base admin."""

    resource: type[Resource]
    admin_site: Any
    model: Any
    opts: Any

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_revert"
        here = path("<path:object_id>/history/<int:entry_id>/", self.admin_site.admin_view(self.revert_view), name=name)
        return [here, *super().get_urls()]  # type: ignore[misc]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The audit entries of a row the actor may see; 404 for any other."""
        row = self._row(request, object_id)
        actor = admin_actor(request)
        page = Paginator(
            Audit.objects.filter(model=self.opts.label_lower, object_id=row.pk).order_by("-id"), PAGE
        ).get_page(request.GET.get("p"))
        may_change = self.has_change_permission(request, row)  # type: ignore[attr-defined]
        entries = [
            each
            for entry in page.object_list
            if (each := seen(self.resource, actor, entry, row, may_change=may_change)) is not None
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": "History",
            "subtitle": rows.head_of(row, self.resource)[1],
            "opts": self.opts,
            "row": row,
            "row_url": rows.row_url(row),
            "head": _head(row, self.resource),
            "entries": entries,
            "page": page,
            **(extra_context or {}),
        }
        return render(request, "soko/history.html", context)

    def revert_view(self, request: HttpRequest, object_id: str, entry_id: int) -> HttpResponse:
        """GET shows what going back would set; POST sets it, as a change like any other. 404 for what the actor may not see or change."""
        row, actor = self._row(request, object_id), admin_actor(request)
        entry = Audit.objects.filter(pk=entry_id, model=self.opts.label_lower, object_id=row.pk).first()
        values = former(self.resource, actor, entry, row) if entry is not None else {}
        if entry is None or not values or not self.has_change_permission(request, row):  # type: ignore[attr-defined]
            raise Http404
        form = AskForm(request.POST or None, initial={"_asked": True, "_version": row.version})
        if request.method == "POST" and form.is_valid():
            try:
                operations.update(
                    row,
                    values,
                    by=actor,
                    version=form.cleaned_data["_version"],
                    reason=f"Back to what it was before {words.exact(entry.at)}",
                )
            except DomainError as refusal:
                form.refuse(refusal, row)
            else:
                target = reverse(
                    f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_history", args=(row.pk,)
                )
                return (
                    HttpResponse(headers={"HX-Redirect": target})
                    if request.headers.get("HX-Request")
                    else HttpResponseRedirect(target)
                )
        context = {
            "title": "Go back to this",
            "form": form,
            "head": rows.head_of(row, self.resource),
            "legal": True,
            "opts": self.opts,
            "changes": [(self.label_of(name), words.show(value, whole=True)) for name, value in values.items()],  # type: ignore[attr-defined]
        }
        if request.headers.get("HX-Request"):
            return render(request, "soko/dialog.html", context)
        return render(request, "soko/dialog_page.html", {**self.admin_site.each_context(request), **context})

    def _row(self, request: HttpRequest, object_id: str) -> Any:
        row = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if row is None or not self.has_view_permission(request, row):  # type: ignore[attr-defined]
            raise Http404
        return row


def _head(row: models.Model, resource: type[Resource]) -> dict[str, str]:
    image, title, subtitle = rows.head_of(row, resource)
    return {"image": image, "title": title, "subtitle": subtitle}


def seen(resource: type[Resource], actor: Actor, entry: Audit, row: Any, *, may_change: bool) -> dict[str, Any] | None:
    """An audit entry as the actor may see it, or None where nothing of it is for them.

    Of a document they see what is theirs to read; of what is shown to others otherwise than it is kept, nothing.
    """
    readable = resource.readable(actor.audience)
    changes = []
    for name, before, after in declared_changes(resource, entry.diff):
        if name == resource.document:
            before, after = _theirs(actor, row, before), _theirs(actor, row, after)
            if before == after:
                continue
        if name in readable and (actor.audience is OPERATIONS or not resource.fields[name].compute_for):
            changes.append(
                (
                    columns.title_of(resource, name),
                    _shown(resource, actor, name, before),
                    _shown(resource, actor, name, after),
                )
            )
    verb = next((each for each in resource.verbs if each.name == entry.verb), None)
    theirs = verb is not None and verb in resource.verbs_of(actor.audience)
    moved = entry.state_to and any(name in readable for name in ("status", "state"))
    if actor.audience is not OPERATIONS and not changes and not moved and not theirs:
        return None
    return {
        "entry": entry,
        "verb": verb.look.label.rstrip("…")
        if verb
        else WRITES.get(entry.verb, entry.verb.replace("_", " ").capitalize()),
        "who": who(actor, entry),
        "at": entry.at,
        "reason": entry.reason,
        "changes": changes,
        "is_first": entry.verb == "create",
        "can_revert": may_change and entry.verb == "change" and bool(former(resource, actor, entry, row)),
    }


def _theirs(actor: Actor, row: Any, document: Any) -> dict[str, Any]:
    """What of a former document the actor may see: operations all of it, others what their definitions are by now."""
    held = document or {}
    if actor.audience is OPERATIONS:
        return dict(held)
    codes = {each.code for each in documents.seen_by(actor, row.document_definitions())}
    return {code: value for code, value in held.items() if code in codes}


def who(actor: Actor, entry: Audit) -> str:
    """The name of whoever acted; people of operations are nameless to vendors."""
    if actor.audience is OPERATIONS or entry.actor_id == actor.user_id:
        return entry.actor_name
    return {"vendor": entry.actor_name, "storefront": "A customer"}.get(entry.audience, "Soko staff")


def declared_changes(resource: type[Resource], diff: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(declared field, before, after) of an audit diff: two money columns are one field, a key is its relation."""
    found: dict[str, tuple[Any, Any]] = {}
    money = getattr(resource.model, "money_fields", {})
    for column, (before, after) in diff.items():
        owner = next((name for name in money if column in (f"{name}_minor", f"{name}_currency")), None)
        if owner is not None:
            pair = [{}, {}] if owner not in found else [dict(each) for each in found[owner]]
            pair[0][column.removeprefix(f"{owner}_")], pair[1][column.removeprefix(f"{owner}_")] = before, after
            found[owner] = (pair[0], pair[1])
            continue
        field = next((each for each in resource.model._meta.concrete_fields if each.attname == column), None)
        if field is not None and field.name in resource.fields:
            found[field.name] = (before, after)
    return [(name, *pair) for name, pair in found.items()]


def _shown(resource: type[Resource], actor: Actor, name: str, value: Any) -> Any:
    if name in getattr(resource.model, "money_fields", {}):
        minor, currency = value.get("minor"), value.get("currency")
        return (
            str(Money(minor, currency))
            if minor is not None and currency
            else words.show(minor if minor is not None else currency)
        )
    field = columns.column_of(resource.model, name)
    if isinstance(field, models.ForeignKey) and value is not None:
        target: Any = field.related_model
        return words.show(scope(actor, target).filter(pk=value).first())
    if field is not None and field.choices:
        return dict(field.flatchoices).get(value, words.show(value))
    if name == resource.document:
        return words.show({str(key).replace("_", " "): each for key, each in (value or {}).items()}, whole=True)
    if isinstance(field, models.DateTimeField) and isinstance(value, str):
        moment = _read(field, value)
        return words.exact(moment) if moment else value
    return words.show(value, whole=True)


def former(resource: type[Resource], actor: Actor, entry: Audit, row: Any) -> dict[str, Any]:
    """The values before an entry, of the fields that the actor may write."""
    writable = resource.writable(actor.audience, CHANGE)
    found: dict[str, Any] = {}
    for name, before, after in declared_changes(resource, entry.diff):
        field = columns.column_of(resource.model, name)
        if name not in writable or isinstance(field, models.FileField):
            continue
        if name == resource.document:
            if (was := _theirs(actor, row, before)) != _theirs(actor, row, after):
                found[name] = was
            continue
        if name in getattr(resource.model, "money_fields", {}):
            current = getattr(row, name, None)
            minor = before.get("minor", current.amount if current else None)
            currency = before.get("currency", current.currency if current else None)
            found[name] = Money(minor, currency) if minor is not None and currency else None
        else:
            found[name] = (
                before
                if isinstance(field, models.ForeignKey | models.JSONField) or before is None
                else _read(field, before)
            )
    return found


def _read(field: models.Field | None, value: Any) -> Any:
    try:
        return field.to_python(value) if field is not None else value
    except ValidationError:
        return None
