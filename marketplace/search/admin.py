"""The index in the admin: how it stands, above the list of its entries, with the button that rebuilds it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect

from core.admin.site import site
from core.jobs.models import Job
from core.resources.admin import admin_of, rows
from core.rules import Actor, scope
from marketplace.search import actions, queries
from marketplace.search.models import Entry
from marketplace.search.resources import SearchEntries


class SearchEntriesAdmin(admin_of(SearchEntries)):  # type: ignore[misc]
    """The generated list, with the state of the index above it."""

    change_list_template = "search/change_list.html"

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [("rebuild/", self.rebuild_view, "rebuild")]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        actor = self.actor(request)
        last = scope(actor, Job).filter(kind=actions.REBUILD).order_by("-pk").first()
        extra = {
            "index": queries.state(),
            "last": last,
            "last_link": rows.row_url(last) if last is not None else "",
            "may_rebuild": may_rebuild(actor),
        }
        return super().changelist_view(request, {**extra, **(extra_context or {})})

    def rebuild_view(self, request: HttpRequest) -> HttpResponse:
        """Queue the job that writes every entry anew: by POST only, from those who may run jobs."""
        actor = self.actor(request)
        if not self.has_view_permission(request) or not may_rebuild(actor):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        job = actions.rebuild(by=actor)
        messages.success(request, "The index is being rebuilt; searching goes on meanwhile.")
        seen = scope(actor, Job).filter(pk=job.pk).exists()
        return HttpResponseRedirect(rows.row_url(job) if seen else "../")


def may_rebuild(actor: Actor) -> bool:
    return actor.has("run_jobs")


site.register(Entry, SearchEntriesAdmin)
