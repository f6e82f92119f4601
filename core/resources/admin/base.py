"""The one ModelAdmin of the project: every queryset is the actor's scope, every right is the policy's, every save an operation."""

from typing import Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import ActionLocation, ShowFacets
from django.contrib.admin.options import ModelAdmin as DjangoAdmin
from django.db import models, router, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from core import memo
from core.admin import words
from core.errors import DomainError
from core.resources import parameters
from core.resources.admin import attributes, columns, rows
from core.resources.admin import forms as declared_forms
from core.resources.admin.choices import ScopedChoices
from core.resources.admin.history import HistoryScreens
from core.resources.admin.lists import CheapPaginator, ResourceList
from core.resources.admin.option_screens import OptionScreens
from core.resources.admin.rights import ScopedRights
from core.resources.admin.saving import OperationsOnly
from core.resources.admin.screens import TransferScreens
from core.resources.admin.verbs import VerbScreens
from core.resources.declaration import CHANGE, CREATE, Resource
from core.resources.registry import resource_of
from core.resources.types import key_of
from core.rules import Actor
from core.subclassing import refuse_shadows

#: What decides who sees what. A subclass that replaces one of these must say so aloud: `unsafe = True` in its own body.
SEALED = frozenset(
    {
        "get_queryset", "get_object", "has_view_permission", "has_add_permission", "has_change_permission", "has_delete_permission",
        "has_module_permission", "get_search_fields", "get_search_results", "lookup_allowed", "to_field_allowed", "save_model",
        "delete_model", "delete_queryset", "save_formset", "formfield_for_foreignkey", "history_view", "get_urls",
    }
)  # fmt: skip


class ScopedAdmin(
    ScopedRights, OperationsOnly, ScopedChoices, VerbScreens, HistoryScreens, TransferScreens, OptionScreens, ModelAdmin
):
    """Rows, rights and writes of a model in the admin. What may be changed in a subclass is its look."""

    resource: type[Resource]

    change_form_template = "soko/change_form.html"
    change_list_template = "soko/change_list.html"
    delete_confirmation_template = "soko/delete.html"
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    paginator = CheapPaginator
    list_filter_submit = True
    list_fullwidth = True
    warn_unsaved_form = True
    save_on_top = False
    show_facets = ShowFacets.NEVER
    actions_selection_counter = True
    compressed_fields = False
    list_display = ("__str__",)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.__dict__.get("unsafe"):
            return
        refuse_shadows(cls)
        replaced = SEALED & set(cls.__dict__)
        if replaced:
            raise TypeError(
                f"{cls.__name__} replaces {', '.join(sorted(replaced))}, which decide who sees what. "
                "Say `unsafe = True` in it if you must."
            )

    # --- Lists -------------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ResourceList]:
        return ResourceList

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return list(columns.displays(self.resource, self.actor(request).audience))

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> list[Any]:
        return list(list_display)[:1]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return []

    def get_sortable_by(self, request: HttpRequest) -> list[Any]:
        return [each for each in self.get_list_display(request) if getattr(each, "admin_order_field", None)]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """No field lookups: a list is filtered by its declared parameters only."""
        return False

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        return to_field in ("id", self.model._meta.pk.name)

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return [name for name, f in self.resource.readable(self.actor(request).audience).items() if f.search]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        known = parameters.filters(self.resource, self.actor(request).audience).get("q")
        text = "".join(each for each in search_term if each.isprintable())[:120].strip()
        if known is None or known.condition is None or not text:
            return queryset, False
        return queryset.filter(known.condition(self.actor(request), text)), False

    def label_of(self, name: str) -> str:
        return columns.title_of(self.resource, name)

    def title_of(self, row: models.Model, actor: Actor) -> str:
        return rows.head_of(row, self.resource)[1]

    @property
    def media(self) -> forms.Media:
        extra = forms.Media(
            js=[
                "admin/js/vendor/jquery/jquery.min.js",
                "admin/js/vendor/select2/select2.full.js",
                "admin/js/jquery.init.js",
                "unfold/js/select2.init.js",
            ],
            css={"screen": ["admin/css/vendor/select2/select2.css", "admin/css/autocomplete.css"]},
        )
        return super(ModelAdmin, self).media + extra  # Unfold's own reads the request off this shared object

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if any(key_of(each) is None for each in ticked):
            raise Http404
        actor = self.actor(request)
        extra = {
            "resource": self.resource,
            "empty": self.resource.look.empty,
            "can_transfer": self.transfers(request),
            "list_help": self.resource.look.help,
        }
        with memo.block():  # what a row needs of the platform is read once for all of them
            answer = super().changelist_view(request, {**extra, **(extra_context or {}), "admin_actor": actor})
            return answer.render() if isinstance(answer, TemplateResponse) else answer

    # --- Forms -------------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return type(
                "Facts",
                (declared_forms.DeclaredForm,),
                {
                    "Meta": type("Meta", (), {"model": self.model, "fields": ()}),
                    "resource": self.resource,
                    "actor": self.actor(request),
                },
            )
        return declared_forms.form_for(self, request, self.actor(request), obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = [name for name in self.get_form(request, obj).base_fields if name != "_version"]
        tabs = {title: [name for name in chosen if name in names] for title, chosen in self.resource.look.tabs.items()}
        attribute_names = [name for name in names if name.startswith(attributes.PREFIX)]
        if attribute_names:
            holder = next(
                (title for title, chosen in self.resource.look.tabs.items() if self.resource.document in chosen),
                "Attributes",
            )
            for heading, chosen in attributes.headings(self.get_form(request, obj), attribute_names).items():
                tabs[heading or holder] = [*tabs.get(heading or holder, []), *chosen]
        placed = {name for chosen in tabs.values() for name in chosen}
        found: list[Any] = [(None, {"fields": [name for name in names if name not in placed]})]
        many = len([chosen for chosen in tabs.values() if chosen]) > 1
        found += [
            (title, {"fields": chosen, "classes": ["tab"] if many else []}) for title, chosen in tabs.items() if chosen
        ]
        return [each for each in found if each[1]["fields"]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[()]:
        return ()

    def facts(self, request: HttpRequest, row: models.Model) -> list[tuple[str, Any]]:
        """What the actor may read of the row and not write here, as (title, words)."""
        actor = self.actor(request)
        written = set(self.get_form(request, row).base_fields)
        readable = self.resource.readable(actor.audience)
        names = list(self.resource.look.facts) or list(readable)
        moves = getattr(self.model, "moves", None)
        skipped = {"id", "version", self.resource.document, "created_at", "updated_at"} - set(self.resource.look.facts)
        skipped |= (
            {moves.column, f"{moves.column}_since", "created_at"} if moves else {"created_at"}
        )  # at the top and at the end
        wanted = [name for name in dict.fromkeys(names) if name in readable and name not in written | skipped]
        shown = [(name, columns.read(self.resource, name, row, actor, whole=True)) for name in wanted]
        found = [(self.label_of(name), value) for name, value in shown if value != words.EMPTY]
        if self.resource.document in readable and not any(each.startswith(attributes.PREFIX) for each in written):
            found += attributes.facts(self.resource, actor, row)
        found += [
            (title, words.ago(getattr(row, name)))
            for name, title in (("created_at", "Created"), ("updated_at", "Changed"))
            if hasattr(row, name)
        ]
        return found

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save a form. A refusal undoes all of it and comes back as sentences at the fields, with nothing lost."""
        if object_id is None and request.method == "GET" and self.has_add_permission(request):
            asking = self._pick_first(request)
            if asking is not None:
                return asking
        with memo.block():
            extra = {**self.form_context(request, object_id), **(extra_context or {})}
        try:
            with transaction.atomic(using=router.db_for_write(self.model)):
                return super().changeform_view(request, object_id, form_url, extra)
        except DomainError as refusal:
            request._refusal = refusal  # type: ignore[attr-defined]  # the form made next shows it
            request.__dict__.pop("_may", None)
            answer = super().changeform_view(request, object_id, form_url, extra)
            answer.status_code = 200 if refusal.status < 500 else refusal.status
            return answer

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404  # what is not yours and what is not there answer alike

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        """What the form's page shows beside the form; a subclass may add to it. A row that is not the actor's is a 404."""
        if object_id is None:
            return {"help": self.resource.look.help}
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        actor = self.actor(request)
        image, title, subtitle = rows.head_of(row, self.resource)
        moves = getattr(self.model, "moves", None)
        legal = rows.legal_verbs(actor, self.resource, [row])[row.pk]
        return {
            "head": {"image": image, "title": title, "subtitle": subtitle, "icon": rows.icon_of(self.resource)},
            "state": words.state(moves, row) if moves else "",
            "verbs": rows.buttons(row, legal),
            "facts": self.facts(request, row),
            "is_writable": self.has_change_permission(request, row),
            "show_history": True,
        }

    def _pick_first(self, request: HttpRequest) -> HttpResponse | None:
        """A resource with a typed document asks where the row will stand before it shows the form."""
        actor = self.actor(request)
        if attributes.standing(self.resource, actor, None, request) is not None or not attributes.depends_on(
            self.resource
        ):
            return None
        if self.resource.document not in self.resource.writable(actor.audience, CREATE):
            return None
        whole = declared_forms.form_for(self, request, actor, None)
        kept = {
            name: field for name, field in whole.base_fields.items() if name in attributes.depends_on(self.resource)
        }
        form = type("PickForm", (forms.Form,), kept)(initial=request.GET.dict())
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"New {self.opts.verbose_name}",
            "form": form,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "soko/pick.html", context)

    def get_actions(self, request: HttpRequest, action_location: Any = ActionLocation.CHANGE_LIST) -> dict[str, Any]:
        if action_location is not ActionLocation.CHANGE_LIST:
            return {}
        return self.bulk_actions(request)

    def get_action_choices(
        self, request: HttpRequest, default_choices: Any = None, action_location: Any = ActionLocation.CHANGE_LIST
    ) -> Any:
        return DjangoAdmin.get_action_choices(self, request, [("", "Choose what to do")], action_location)

    def searches(self, model: type[models.Model], actor: Actor) -> bool:
        """May rows of this model be searched by the actor, in an autocomplete?"""
        resource = resource_of(model)
        return (
            resource is not None
            and self.admin_site.is_registered(model)
            and any(f.search for f in resource.readable(actor.audience).values())
        )


class ResourceAdmin(ScopedAdmin):
    """The generated admin of a resource: subclass `admin_of(Resource)` to change its look."""


__all__ = ["CHANGE", "ResourceAdmin", "ScopedAdmin"]
