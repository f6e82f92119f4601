"""Verbs in the admin: a dialog asks, its POST acts. On one row, or on many through an intermediate form and, if they are many, a job."""

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html

from core.actions import Action, Outcome
from core.admin.actors import admin_actor
from core.errors import DomainError, Stale
from core.resources import operations
from core.resources.admin import rows
from core.resources.admin.fields import input_fields
from core.resources.admin.forms import placed
from core.resources.admin.tables import asks_for_a_table
from core.resources.declaration import Resource
from core.resources.types import key_of
from core.rules import Actor, policy_of

DELETE = "delete_rows"
AT_ONCE = 200


class AskForm(forms.Form):
    """What a verb asks for, with the version of the row that the asker saw."""

    _asked = forms.BooleanField(required=True, initial=True, widget=forms.HiddenInput)
    _version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def values(self) -> dict[str, Any]:
        """The inputs that were filled in."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if not name.startswith("_")
            and (value not in (None, "") or isinstance(value, list) or getattr(self.fields[name], "says_none", False))
        }

    def refuse(self, refusal: DomainError, row: Any) -> None:
        """Put each sentence of a refusal at its field."""
        for name, sentence in placed(refusal, self.fields, row):
            self.add_error(name, sentence)


def ask_form(
    verb: Action,
    request: HttpRequest,
    version: int | None = None,
    held: dict[str, Any] | None = None,
    row: Any = None,
) -> AskForm:
    """The form of a verb about this row, or about many, bound if it was sent; `held` is what its fields start with."""
    kind = type("VerbForm", (AskForm,), input_fields(verb.inputs, row))
    sent = request.POST if request.method == "POST" and "_asked" in request.POST else None
    return kind(sent, initial={**(held or {}), "_asked": True, "_version": version}, auto_id="ask_%s")


class VerbScreens:
    """The dialogs of a resource's verbs, for the base admin."""

    resource: type[Resource]
    admin_site: Any
    model: Any
    opts: Any

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_verb"
        here = path("<path:object_id>/verb/<str:verb>/", self.admin_site.admin_view(self.verb_view), name=name)
        more = [
            path(route, self.admin_site.admin_view(view), name=f"{name.removesuffix('_verb')}_{word}")
            for route, view, word in self.more_pages()
        ]
        # Django's last resort sends any address below the list to a change page, there or not: here it is a 404.
        rest = [each for each in super().get_urls() if str(each.pattern) != "<path:object_id>/"]  # type: ignore[misc]
        return [here, *more, *rest]

    def more_pages(self) -> list[tuple[str, Any, str]]:
        """Pages that a subclass adds: (route, view, word of its name). Start each from `self.get_object` or `scope()`."""
        return []

    def verb_view(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """GET shows the dialog and changes nothing; POST does the verb. A row or verb that is not this actor's is a 404."""
        actor = admin_actor(request)
        action = next(
            (each for each in self.resource.verbs_of(actor.audience) if each.name == verb and each.model is self.model),
            None,
        )
        row = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if action is None or row is None or not policy_of(self.model).may_ever(actor, verb):
            raise Http404
        readable = self.resource.readable(actor.audience)
        held = {
            name: getattr(row, name)
            for name in (action.inputs.model_fields if action.inputs else ())
            if {name, name.removesuffix("_id")} & {*readable} and not callable(getattr(row, name, callable))
        }
        form = ask_form(action, request, _version_seen(request, row), held, row)
        status = 200
        if request.method == "POST" and form.is_valid():
            try:
                return self._do(request, actor, action, row, form)
            except DomainError as refusal:
                form.refuse(refusal, row)
                status = refusal.status
                if isinstance(refusal, Stale):
                    form.data = {
                        **{name: form.data[name] for name in form.data},
                        "_version": str(refusal.facts.get("version", "")),
                    }
        legal = action in rows.legal_verbs(actor, self.resource, [row])[row.pk]
        context = {
            "title": action.look.label,
            "form": form,
            "row": row,
            "head": (*rows.head_of(row, self.resource), rows.icon_of(self.resource)),
            "verb": action,
            "effect": action.look.effect(row) if action.look.effect and legal else "",
            "legal": legal,
            "opts": self.opts,
            "why_not": "" if legal else rows.why_not(row, action, actor),
            "promise": rows.promise_of(action),
        }
        if request.headers.get("HX-Request"):
            return render(request, "soko/dialog.html", context)
        return render(
            request, "soko/dialog_page.html", {**self.admin_site.each_context(request), **context}, status=status
        )

    def _do(self, request: HttpRequest, actor: Actor, action: Action, row: Any, form: AskForm) -> HttpResponse:
        inputs = action.read_inputs(form.values())
        version = form.cleaned_data.get("_version")
        moves = getattr(self.model, "moves", None)
        state = getattr(row, moves.column) if moves else ""
        title = rows.head_of(row, self.resource)[1]
        done = action(row.pk, by=actor, version=version, **inputs)
        messages.success(request, self._said(actor, action, done, title, state))
        target = self._back(request, row)
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": target})
        return HttpResponseRedirect(target)

    def _said(self, actor: Actor, action: Action, row: Any, title: str, state: str) -> str:
        """The confirmation, with a way back where the state table has one."""
        moves = getattr(self.model, "moves", None)
        words = f"{action.look.label.rstrip('…')}: done for {title}."
        if moves and isinstance(row, self.model) and getattr(row, moves.column) != state:
            back = next(
                (
                    each
                    for each in rows.legal_verbs(actor, self.resource, [row])[row.pk]
                    if moves.target(getattr(row, moves.column), each.name) == state
                ),
                None,
            )
            if back is not None:
                return format_html(
                    '{} <a class="soko-link" href="{}">Undo: {}</a>',
                    words,
                    rows.verb_url(row, back.name),
                    back.look.label,
                )
        return words

    def _back(self, request: HttpRequest, row: Any) -> str:
        """Where the person was, if that is still there for them; else the list."""
        came_from = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
        inside = came_from.path.startswith(reverse(f"{self.admin_site.name}:index")) and "/verb/" not in came_from.path
        changed = rows.row_url(row)
        if self.get_object(request, str(row.pk)) is None:  # type: ignore[attr-defined]
            changed = reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist")
            inside = inside and rows.row_url(row) != came_from.path
        return f"{came_from.path}{'?' if came_from.query else ''}{came_from.query}" if inside else changed

    # --- Many rows ---------------------------------------------------------------------------------------------------

    def bulk_actions(self, request: HttpRequest) -> dict[str, tuple[Any, str, str]]:
        """Django's actions: each verb that the actor may ever press, and deletion."""
        actor, policy = admin_actor(request), policy_of(self.model)
        found: dict[str, tuple[Any, str, str]] = {}
        for verb in self.resource.verbs_of(actor.audience):
            if verb.model is self.model and policy.may_ever(actor, verb.name) and not asks_for_a_table(verb.inputs):
                found[verb.name] = (_bulk(verb), verb.name, rows.label_of(verb))
        if self.has_delete_permission(request):  # type: ignore[attr-defined]
            found[DELETE] = (_bulk(None), DELETE, "Delete…")
        return found

    def bulk_view(self, request: HttpRequest, chosen: QuerySet, verb: Action | None) -> HttpResponse | None:
        """The intermediate form of a bulk verb; sent, it acts, or starts a job for more than 200 rows."""
        actor = admin_actor(request)
        form = (
            ask_form(verb, request)
            if verb
            else type("DeleteForm", (AskForm,), {})(
                request.POST if "_asked" in request.POST else None, initial={"_asked": True}
            )
        )
        across = request.POST.get("select_across") == "1"
        label = verb.look.label.rstrip("…") if verb else "Delete"
        count = chosen.count()
        if "_asked" in request.POST and form.is_valid():
            try:
                inputs = verb.read_inputs(form.values()) if verb else {}
            except DomainError as refusal:
                form.refuse(refusal, self.model())
            else:
                return self._do_many(request, actor, chosen, verb, inputs, count=count, across=across)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "form": form,
            "verb": verb,
            "count": count,
            "title": f"{label}: {count:,} {self.opts.verbose_name if count == 1 else self.opts.verbose_name_plural}",
            "sample": [rows.head_of(row, self.resource) for row in chosen[:8]],
            "as_job": count > AT_ONCE,
            "action": verb.name if verb else DELETE,
            "across": across,
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
            "selected": [] if across else request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
            "promise": rows.promise_of(verb),
        }
        return render(request, "soko/bulk.html", context)

    def _do_many(
        self,
        request: HttpRequest,
        actor: Actor,
        chosen: QuerySet,
        verb: Action | None,
        inputs: dict[str, Any],
        *,
        count: int,
        across: bool,
    ) -> HttpResponse | None:
        if count > AT_ONCE:
            pks = (
                []
                if across
                else [
                    int(each)
                    for each in request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
                    if each.isdecimal() and len(each) < 19
                ]
            )
            from core.admin import jobs  # jobs run what these screens start

            job = jobs.start_bulk(
                self.resource,
                actor,
                verb.name if verb else "delete",
                query=request.GET.urlencode(),
                pks=pks,
                inputs=inputs,
                count=count,
            )
            messages.info(request, f"{count:,} rows are being worked on. This page shows how far it is.")
            return HttpResponseRedirect(rows.row_url(job))
        pks = list(chosen.values_list("pk", flat=True))
        outcomes = verb.many(pks, by=actor, **inputs) if verb else [_try_delete(row, actor) for row in chosen]
        say(request, verb.look.label.rstrip("…") if verb else "Delete", outcomes)
        return None


def _version_seen(request: HttpRequest, row: Any) -> int | None:
    """The version that the page with the button showed, else that of now."""
    return key_of(request.GET.get("version", "")) or getattr(row, "version", None)


def _bulk(verb: Action | None) -> Any:
    def run(admin: Any, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        return admin.bulk_view(request, queryset, verb)

    run.__name__ = verb.name if verb else DELETE
    return run


def _try_delete(row: Any, actor: Actor) -> Outcome:
    pk = row.pk
    try:
        operations.delete(row, by=actor)
    except DomainError as refusal:
        return Outcome(pk, refusal.code, refusal.detail)
    return Outcome(pk)


def say(request: HttpRequest, label: str, outcomes: list[Outcome]) -> None:
    """One message for what was done, one for each reason of refusal with its number."""
    done = sum(each.done for each in outcomes)
    if done:
        messages.success(request, f"{label}: {done:,} done.")
    for sentence, number in Counter(each.message for each in outcomes if not each.done).most_common(5):
        messages.warning(request, f"{number:,} refused: {sentence}")
