"""Options of a choice for the forms and filters that search them as one types."""

from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.urls import path

from core.admin.actors import admin_actor
from core.resources import documents
from core.resources.admin import attributes
from core.resources.declaration import Resource
from core.resources.definitions import CHOOSING, Definition
from core.resources.document_conditions import offered

PAGE = 50


class OptionScreens:
    """One page of a choice's options as JSON: for whoever may see the resource, of what they may see of its definitions."""

    resource: type[Resource]
    admin_site: Any
    opts: Any

    def get_urls(self) -> list[Any]:
        rest = super().get_urls()  # type: ignore[misc]
        if not self.resource.document:
            return rest
        name = f"{self.opts.app_label}_{self.opts.model_name}_options"
        return [path("options/", self.admin_site.admin_view(self.options_view), name=name), *rest]

    def options_view(self, request: HttpRequest) -> JsonResponse:
        """The options with all the words of `q`, of those that go with `under`, fifty a page."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise Http404
        definition = self._definition(request)
        words, under = request.GET.get("q", "")[:80].lower().split(), request.GET.get("under", "")
        options = definition.options if "asking" in request.GET else definition.open_options
        found = [
            each
            for each in options
            if all(word in f"{each.label} {each.code}".lower() for word in words)
            and ("asking" in request.GET or offered(each, under.split(",")))
        ]
        said = request.GET.get("page", "1")
        start = (int(said) - 1 if said.isdecimal() and 0 < len(said) < 5 and int(said) else 0) * PAGE
        results = [{"id": each.code, "text": each.label} for each in found[start : start + PAGE]]
        return JsonResponse({"results": results, "pagination": {"more": len(found) > start + PAGE}})

    def _definition(self, request: HttpRequest) -> Definition:
        actor, code = admin_actor(request), request.GET.get("code", "")
        if "asking" in request.GET:
            place = request.GET.get(self.resource.model.document_place) or None  # type: ignore[attr-defined]
            definitions = self.resource.model.filterable_definitions(place)  # type: ignore[attr-defined]
        else:
            row = attributes.standing(self.resource, actor, None, request)
            definitions = row.document_definitions() if row is not None else ()  # type: ignore[attr-defined]
        for each in documents.seen_by(actor, definitions):
            if each.code == code and each.kind in CHOOSING:
                return each
        raise Http404
