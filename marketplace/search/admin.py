"""The index in the admin: how it stands, above the list of its entries, with the button that rebuilds it; and the page for tuning."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html

from core import memo
from core.admin.sidebar import Place, add_place, badge
from core.admin.site import site
from core.audiences import OPERATIONS
from core.jobs.models import Job
from core.resources.admin import admin_of, rows
from core.rules import Actor, scope
from marketplace.catalog.beside import beside_listing
from marketplace.catalog.models import Listing
from marketplace.search import actions, queries, screens
from marketplace.search.models import Entry, Synonym, UnmetSearch
from marketplace.search.resources import SearchEntries, Synonyms


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


class SynonymsAdmin(admin_of(Synonyms)):  # type: ignore[misc]
    """The generated admin, and the page on which a query is tried out."""

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [("tuning/", self.tuning_view, "tuning")]

    def tuning_view(self, request: HttpRequest) -> HttpResponse:
        """A query as buyers ask it, why each hit is one, and why a listing stands where it does. GET only, and changes nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        with memo.block():
            page = screens.context_of(request, self)
        context = {**self.admin_site.each_context(request), "title": "Search tuning", **page}
        context["media"] = self.media + page["media"]
        return render(request, "search/tuning.html", context)


@beside_listing
def why_this_rank(listing: Listing, actor: Actor) -> list[tuple[str, Any]]:
    """On a listing's page: the way to why it stands where it does."""
    if actor.audience is not OPERATIONS or not screens.may_look(actor):
        return []
    link = screens.page_link(q=listing.title[: screens.LONGEST_QUERY], listing=listing.pk)
    return [("In search", format_html('<a class="soko-link" href="{}">Why this rank</a>', link))]


site.register(Entry, SearchEntriesAdmin)
site.register(Synonym, SynonymsAdmin)
badge(UnmetSearch, screens.waiting)
add_place(
    Place(
        group="Search",
        title="Search tuning",
        link=screens.page_link,
        icon="tune",
        shown=screens.may_look,
        rank=10,
    )
)
